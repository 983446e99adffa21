"""Queries of PostgreSQL every half second: live processes, and rooms of this node that were taken over."""

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
    """Queries PostgreSQL for one node, and gives up rooms that other nodes own."""

    def __init__(self, owners: RoomOwners, membership: Membership, rooms: RoomService) -> None:
        self._owners = owners
        self._membership = membership
        self._rooms = rooms
        self._lost: int | None = None
        """Number of rooms taken over from this node, as of the last query."""
        self._has_gap = False
        self._failed_at = -GAP_S
        self._is_away = False
        """Whether PostgreSQL did not answer the last query."""

    async def due(self) -> None:
        """Return once the next query is due: immediately if a room was taken over, or a node does not answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_S):
                await self._owners.poll_now.wait()
        self._owners.poll_now.clear()

    async def poll(self) -> bool:
        """Query PostgreSQL, before ownership of rooms is known again; return whether it was away until now.

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
            self._failed_at, self._is_away = now(), True
            raise
        was_away, self._is_away = self._is_away, False
        self._has_gap, self._lost = False, found.lost
        members.record_postgres_beat(found, now())
        return was_away

    def has_compared_rooms(self) -> bool:
        """Return whether the rooms of this node have been compared with PostgreSQL since it was last away."""
        return not self._has_gap

    def knows_its_rooms(self) -> bool:
        """Return whether PostgreSQL answered recently, or is known to be unavailable, when no node takes rooms over.

        Neither holds after a stall of this process: its rooms may have been taken over.
        """
        now = asyncio.get_running_loop().time()
        return not self._has_gap and (self._membership.hears_postgres(now) or now - self._failed_at < GAP_S)

    async def _check_rooms(self) -> None:
        """Give up the rooms that PostgreSQL lists with other owners; their sockets are closed with 1001."""
        rooms, node = self._rooms, self._membership.node
        open_rooms = rooms.all()
        owners = await self._owners.owners([room.room_id for room in open_rooms])
        lost = [room for room in open_rooms if owners.get(room.room_id, node) not in (node, None)]
        for room in lost:
            rooms.evict(room.offerer.user)
            rooms.evict(room.answerer.user)
        if lost and node not in self._membership.draining:
            log.warning("rooms_lost", rooms=len(lost))
