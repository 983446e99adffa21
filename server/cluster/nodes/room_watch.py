"""What PostgreSQL says every half second: which processes live, and whether rooms of this node were taken over."""

import asyncio
from contextlib import suppress

import structlog

from matchmaker.domain.errors import Unavailable
from matchmaker.services.rooms import RoomService
from server.cluster.nodes.membership import GAP_S, Membership
from server.cluster.ports.heartbeats import BEAT_S
from server.domain.room_owners import RoomOwners

log = structlog.get_logger()


class RoomWatch:
    """Looks at PostgreSQL for one node, and gives up rooms that others own."""

    def __init__(self, owners: RoomOwners, membership: Membership, rooms: RoomService) -> None:
        self._owners = owners
        self._membership = membership
        self._rooms = rooms
        self._lost: int | None = None
        """How many rooms had been taken over from this node at the last look."""
        self._has_gap = False
        self._failed_at = -GAP_S

    def look_soon(self) -> None:
        """Look without delay: a room was taken over, or a node takes its time to answer."""
        self._owners.told.set()

    async def due(self) -> None:
        """Return once it is time for the next look."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_S):
                await self._owners.told.wait()
        self._owners.told.clear()

    async def look(self) -> None:
        """Hear from PostgreSQL, before it is known again whose the rooms are.

        Raises:
            Unavailable: it does not answer.
        """
        now, members = asyncio.get_running_loop().time, self._membership
        if not members.hears_postgres(now()):
            self._has_gap = self._lost is not None
        try:
            found = await self._owners.beat()
            if self._lost is not None and (found.lost != self._lost or self._has_gap):
                await self._check_rooms()
        except Unavailable:
            self._failed_at = now()
            raise
        self._has_gap, self._lost = False, found.lost
        members.record_postgres_beat(found, now())

    def knows_its_rooms(self) -> bool:
        """Tell whether PostgreSQL was heard lately, or is known to be away, in which case no node takes rooms over.

        Neither is so after this process stood still: its rooms may be others' by now.
        """
        now = asyncio.get_running_loop().time()
        return not self._has_gap and (self._membership.hears_postgres(now) or now - self._failed_at < GAP_S)

    async def _check_rooms(self) -> None:
        """Give up the rooms that PostgreSQL says others own; their sockets are closed with 1001."""
        rooms, node = self._rooms, self._membership.node
        open_rooms = rooms.all()
        owners = await self._owners.owners([room.room_id for room in open_rooms])
        lost = [room for room in open_rooms if owners.get(room.room_id, node) not in (node, None)]
        for room in lost:
            rooms.evict(room.offerer.user)
            rooms.evict(room.answerer.user)
        if lost:
            log.warning("rooms_lost", rooms=len(lost))
