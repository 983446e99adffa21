"""The base of every event: what the server sends without being asked."""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened, as one user is told."""
