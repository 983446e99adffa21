"""Names for people and things: opaque UUID strings, time-ordered where rows are many."""

import os
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", str)
RoomId = NewType("RoomId", str)
InviteId = NewType("InviteId", str)
MessageId = NewType("MessageId", str)

Pair = tuple[UserId, UserId]
"""Two people, the lower id first."""


def new_id(now: int) -> str:
    """Return a fresh UUID, version 7 (RFC 9562 section 5.7), for the instant *now* in Unix milliseconds."""
    noise = int.from_bytes(os.urandom(10), "big")
    value = (
        (now & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | (noise >> 68) << 64 | 0b10 << 62 | noise & 0x3FFF_FFFF_FFFF_FFFF
    )
    return str(UUID(int=value))


def pair_of(one: UserId, other: UserId) -> Pair:
    """Return the unordered pair of two people in its one canonical order."""
    return (one, other) if one < other else (other, one)
