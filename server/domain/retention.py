"""How long what is kept."""

import msgspec


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long what is kept, in milliseconds; None: as long as the account."""

    guests_ms: int | None
    """After signing up, of a guest who has no session any more."""
    history_ms: int | None
    """Past conversations, and what was said in them."""
    notifications_ms: int | None
    channels_ms: int | None = None
    """Messages of channels, and their files."""
    emails_ms: int | None = None
    """Of e-mails, after they were sent or given up."""
