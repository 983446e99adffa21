"""Identifiers: opaque UUID strings, time-ordered for rows that are many, random for users."""

import os
import uuid
from typing import NewType

UserId = NewType("UserId", str)
RoomId = NewType("RoomId", str)
InviteId = NewType("InviteId", str)
MessageId = NewType("MessageId", str)

Pair = tuple[UserId, UserId]
"""Two user ids, the lower one first."""


def new_id(now: int) -> str:
    """Return a fresh UUID, version 7 (RFC 9562 section 5.7), for the instant *now* in Unix milliseconds."""
    noise = os.urandom(10).hex()
    # Digits: 12 of time, the version, 3 of noise, one of variant and noise, 15 of noise.
    at, variant = f"{now & 0xFFFF_FFFF_FFFF:012x}", "89ab"[int(noise[4], 16) & 3]
    return f"{at[:8]}-{at[8:]}-7{noise[:3]}-{variant}{noise[5:8]}-{noise[8:]}"


def new_user_id() -> UserId:
    """Return a random UUID, version 4 (RFC 9562 section 5.4): other users see it, and it reveals no sign-up time."""
    return UserId(str(uuid.uuid4()))


def pair_of(one: UserId, other: UserId) -> Pair:
    """Return the unordered pair of two users in its canonical order."""
    return (one, other) if one < other else (other, one)
