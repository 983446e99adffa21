"""The bounds of what comes in over HTTP, written once as types: they validate, and the OpenAPI document shows them."""

from typing import Annotated, Final

from msgspec import Meta

from signaling.bounds import INTERESTS_MAX, UUID

PASSWORD: Final = (8, 1_024)
"""Shortest and longest password; the upper bound only keeps hashing cheap."""
_FROM = "from the answer before; left out: from the beginning"

NewPassword = Annotated[str, Meta(min_length=PASSWORD[0], max_length=PASSWORD[1])]
Interests = Annotated[tuple[str, ...], Meta(max_length=INTERESTS_MAX, description="tags")]
Place = Annotated[str, Meta(pattern=rf"^[0-9]{{1,14}}\.{UUID.removeprefix('^')}", description=_FROM)]
"""A cursor of a list that is sorted by time: Unix milliseconds and an id."""
Position = Annotated[str, Meta(pattern=r"^[0-9]{1,18}\Z", description=_FROM)]
"""A cursor of a conversation: the number of a message."""
