"""After an interruption: what this node remembers of its people and rooms, compared with what is stored.

Redis may have been away, restarted empty, flushed, or failed over to a replica that lacks the latest; or it was this
node that did not hear.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

import msgspec

from matchmaker import course
from matchmaker import seat as seats
from matchmaker.change import Change
from matchmaker.errors import Conflict, Unavailable
from matchmaker.house import House
from matchmaker.ids import RoomId, UserId
from matchmaker.neighbours import Neighbours
from matchmaker.news import AnyNews, InviteClosed, QueueUpdate
from matchmaker.rooms import Rooms
from matchmaker.seat import Seat

AT_ONCE: Final = 128
"""How many are looked at together: enough to share a round trip, few enough to let others in between."""

Item = TypeVar("Item")
_replace = msgspec.structs.replace


class Resync:
    """Puts back what Redis has lost, and takes over what this node has missed."""

    def __init__(self, house: House, rooms: Rooms, neighbours: Neighbours) -> None:
        self._house = house
        self._rooms = rooms
        self._neighbours = neighbours
        self._doubts = self._settled = 0
        """How often there was doubt, and up to which of these times all was compared."""
        self.on_missed: Callable[[UserId], None] = _nothing
        """Told whose place has changed without their having been told: their client should ask anew."""

    @property
    def is_current(self) -> bool:
        """Whether nothing that was missed is still to be made good."""
        return self._settled == self._doubts

    def doubt(self) -> None:
        """Note that something may have been missed."""
        self._doubts += 1

    async def run(self) -> None:
        """Compare everything; when this returns, what is remembered can be trusted again.

        Raises:
            Unavailable: Redis, or the ledger, is away; calling it again is right.
        """
        house, doubts = self._house, self._doubts
        await house.engine.begin()
        for some in _chunks(house.engine.own(), AT_ONCE):
            stored = await house.engine.recall([seat.user for seat in some])
            results = await asyncio.gather(*map(self._compare, some, stored), return_exceptions=True)
            for result in results:
                if isinstance(result, Conflict):
                    raise Unavailable  # somebody was faster: look again
                if isinstance(result, BaseException):
                    raise result
        for user in house.engine.trust():
            self.on_missed(user)
        for room in self._rooms.all():
            house.engine.watch(room.room_id, course.deadline(room, rules=house.rules))
        shared = [room.room_id for room in self._rooms.all() if not all(map(house.engine.holds, room.users))]
        for group in _chunks(shared, AT_ONCE):
            await asyncio.gather(*map(self.refresh, group))
        for seat in house.engine.own():
            if seat.is_waiting:
                house.timekeeper.watch(("reread", seat.user), house.clock.now())
        self._settled = doubts

    async def refresh(self, room_id: RoomId) -> None:
        """Take over what the ledger has of a room, and tell those who are here what they have not heard.

        Raises:
            Unavailable: the ledger cannot be reached.
        """
        entry = self._rooms.known(room_id)
        if entry is None:
            return
        async with entry.lock:
            if entry.room is not None:
                await self._rooms.reload(entry, entry.room)
        await self._rooms.following.listen(entry)

    async def _compare(self, mine: Seat, stored: Seat | None) -> None:
        house = self._house
        if stored is None:
            await self._put_back(mine, 0)
        elif stored.epoch > mine.epoch and stored.node != house.engine.node:
            house.engine.give_up(mine.user)
        elif stored.version < mine.version:
            await self._put_back(mine, stored.version)

    async def _put_back(self, seat: Seat, version: int) -> None:
        house, told = self._house, list[AnyNews]()
        if seat.open_invite is not None and await house.engine.invite(seat.open_invite) is None:
            told.append(InviteClosed(to=seat.user, invite_id=seat.open_invite, outcome="unavailable"))
            if seat.invite is not None and seat.ticket is not None:
                told.append(QueueUpdate(to=seat.user, queued=True, reason="requeued"))
            seat = seats.schedule(_replace(seat, invite=None, side_invite=None), rules=house.rules)
        await house.engine.commit(Change(restored=((version, seat),), tell=tuple(told)))
        house.watch_seat(seat)
        if seat.is_waiting:
            house.seek_soon(seat.user)


def _chunks(items: Iterable[Item], size: int) -> Iterator[Sequence[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _nothing(_: UserId) -> None:
    """Leave it to their client."""
