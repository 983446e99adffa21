"""Retention times by kind of data."""

import msgspec


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Retention times in milliseconds; None: as long as the account."""

    guests_ms: int | None
    """Of a guest without a session, from sign-up."""
    history_ms: int | None
    """Of past rooms and their messages."""
    notifications_ms: int | None
    channels_ms: int | None = None
    """Of messages of channels, and their files."""
    emails_ms: int | None = None
    """Of sent and failed e-mails."""
