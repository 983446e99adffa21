"""Port of PostgreSQL for the ownership of rooms and the list of live processes."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Protocol

import msgspec

from matchmaker.domain.ids import RoomId, UserId


class OwnedRoom(msgspec.Struct, frozen=True):
    """The ownership of an open room."""

    room_id: RoomId
    owner: str | None
    version: int
    users: tuple[UserId, UserId]
    owner_seen_at: int | None = None
    """When the owner had its last heartbeat (Unix milliseconds); None: it is unknown."""


class StoreBeat(msgspec.Struct, frozen=True):
    """One reading of the list of processes."""

    at: int
    """The database's time (Unix milliseconds)."""
    seen: Mapping[str, int]
    """Time of the last heartbeat of each process that has not ended."""
    ended: frozenset[str]
    """Processes that have ended: their connection is closed."""
    older: frozenset[str]
    """Processes that started to serve before this one."""
    stopped: frozenset[str]
    """Those of `ended` that were told to stop."""
    lost: int
    """Number of rooms that other nodes took over from this one."""


class RoomOwners(Protocol):
    """Ownership of rooms in the database. Any method may raise `Unavailable`."""

    poll_now: asyncio.Event
    """Set when a room of this node was taken over, or a node does not answer: `beat` is due without delay."""

    async def beat(self) -> StoreBeat:
        """Return which processes are live, and how many rooms this node has lost."""
        ...

    async def room_of(self, user: UserId) -> OwnedRoom | None:
        """Return the open room of *user*."""
        ...

    async def take_over(self, room: OwnedRoom) -> bool:
        """Make this node the owner of *room* if owner and version are unchanged."""
        ...

    async def claim_orphans(self, living: Collection[str], *, ends_within_ms: int | None = None) -> list[OwnedRoom]:
        """Make this node the owner of rooms whose owner is not in *living*; return these rooms.

        *ends_within_ms*: only of video rooms whose deadline is this soon; None: of all.
        """
        ...

    async def owners(self, room_ids: Collection[RoomId]) -> Mapping[RoomId, str | None]:
        """Return the owners of the open rooms among *room_ids*."""
        ...
