"""The contract with PostgreSQL, which decides who owns a room and knows which processes live."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Protocol

import msgspec

from matchmaker.domain.ids import RoomId, UserId


class OwnedRoom(msgspec.Struct, frozen=True):
    """An open room, as far as its ownership is concerned."""

    room_id: RoomId
    owner: str | None
    version: int
    users: tuple[UserId, UserId]


class StoreBeat(msgspec.Struct, frozen=True):
    """What one look at the list of processes found."""

    at: int
    """The database's time (Unix milliseconds)."""
    seen: Mapping[str, int]
    """When each process that has not ended was last heard."""
    gone: frozenset[str]
    """Processes that have ended: their connection is gone."""
    older: frozenset[str]
    """Processes that began to serve before this one."""
    lost: int
    """How many rooms were taken over from this node."""


class RoomOwners(Protocol):
    """Every call may raise `Unavailable`."""

    told: asyncio.Event
    """Set when a room of this node was taken over, if that is heard."""

    async def beat(self) -> StoreBeat:
        """Return which processes live, and how many rooms this node has lost."""
        ...

    async def room_of(self, user: UserId) -> OwnedRoom | None:
        """Return the open room of *user*."""
        ...

    async def take_over(self, room: OwnedRoom) -> bool:
        """Make this node the owner of *room* if owner and version are still the same."""
        ...

    async def claim_orphans(self, living: Collection[str], *, ends_within_ms: int | None = None) -> list[OwnedRoom]:
        """Make this node the owner of rooms whose owners are none of *living*; return these rooms.

        *ends_within_ms*: only of calls whose clock runs out this soon; None: of all.
        """
        ...

    async def owners(self, room_ids: Collection[RoomId]) -> Mapping[RoomId, str | None]:
        """Return who owns those of *room_ids* that are open."""
        ...
