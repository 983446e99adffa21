"""The base of every event: what the server sends unasked."""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """An event, as one user is sent it."""
