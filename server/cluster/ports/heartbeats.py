"""Port of heartbeats: each node reports that it is live, and gets the live nodes."""

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

BEAT_S: Final = 0.5
ANSWER_S: Final = 1.0
"""Timeout of a heartbeat over a connection that is open."""
FORGET_MS: Final = 60_000
"""Silence after which a node is removed from the list."""


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one heartbeat."""

    at: int
    """The store's own time (Unix milliseconds)."""
    seen: Mapping[str, int]
    """Time of the last heartbeat of each node, by the store's time."""
    draining: frozenset[str] = frozenset()
    is_new: bool = False
    """Whether the store did not know this node: the first heartbeat, or the store has lost its data."""


class Heartbeats(Protocol):
    """Every call may raise `Unavailable`."""

    async def beat(self, *, draining: bool) -> Beat:
        """Report that this node is live; return the live nodes."""
        ...

    async def leave(self) -> None:
        """Leave the list."""
        ...
