"""The base of every event: what the server sends unasked."""

from functools import cache

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """An event, as one user is sent it."""


@cache
def kind_of(event: type[Event]) -> str:
    """Return the `type` of the events of a class; msgspec builds a new description of the class at each request."""
    return str(event.__struct_config__.tag)
