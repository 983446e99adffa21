"""The contract of heartbeats: each node says that it lives, and hears who else does."""

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

BEAT_S: Final = 0.5
FORGET_MS: Final = 60_000
"""A node that was silent for so long is no longer listed."""


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """What one heartbeat found."""

    at: int
    """The store's own time (Unix milliseconds)."""
    seen: Mapping[str, int]
    """When each node was last heard, by that time."""
    draining: frozenset[str] = frozenset()
    memory: str = ""
    """Changes when the store has lost its memory."""


class Heartbeats(Protocol):
    """Every call may raise `Unavailable`."""

    async def beat(self, *, draining: bool) -> Beat:
        """Say that this node lives; return who else does."""
        ...

    async def leave(self) -> None:
        """Be listed no more."""
        ...
