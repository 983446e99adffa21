"""What dead nodes left undone: deadlines that nobody watches, rooms that never opened. Every node looks; one acts."""

import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from matchmaker.errors import Conflict
from matchmaker.handover import Handover
from matchmaker.house import House
from matchmaker.ids import RoomId, UserId
from matchmaker.resync import Resync
from matchmaker.rooms import Rooms

DUE_EVERY_MS: Final = 500
LATE_MS: Final = 400
"""What is overdue for so long is looked after by nobody: together with the round, less than a second."""
ORPHANS_EVERY_MS: Final = 5_000
ORPHAN_MS: Final = 1_000
AT_ONCE: Final = 200


class Sweep:
    """Looks again and again for what is overdue, and lets time act on it."""

    def __init__(self, house: House, rooms: Rooms, resync: Resync, handover: Handover) -> None:
        self._house = house
        self._rooms = rooms
        self._resync = resync
        self._handover = handover
        self._unseated: set[UserId] = set()
        """Who shares a room with somebody here, and had no seat when it was last looked."""

    def start(self) -> None:
        """Look from now on."""
        now = self._house.clock.now()
        self._house.timekeeper.watch(("due", ""), now + DUE_EVERY_MS)
        self._house.timekeeper.watch(("orphans", ""), now + random.randrange(ORPHANS_EVERY_MS))

    async def due(self) -> None:
        """Act on every deadline of the engine that is overdue.

        Raises:
            Unavailable: the engine is away; it is looked again in any case.
        """
        house = self._house
        now = house.clock.now()
        house.timekeeper.watch(("due", ""), now + DUE_EVERY_MS)
        for key in await house.engine.due(before=now - LATE_MS, limit=AT_ONCE):
            house.timekeeper.watch(key, now)

    async def orphans(self) -> None:
        """Act on every room that the ledger knows to be overdue, and look again at those that others share with us.

        Raises:
            Unavailable: the ledger is away; it is looked again in any case.
        """
        house = self._house
        now = house.clock.now()
        house.timekeeper.watch(("orphans", ""), now + ORPHANS_EVERY_MS)
        for room_id in await house.ledger.overdue(before=now - ORPHAN_MS, rules=house.rules, limit=AT_ONCE):
            house.timekeeper.watch(("room", room_id), now)
        for seat in house.engine.own():
            if seat.room is not None and self._rooms.known(seat.room) is None:
                house.timekeeper.watch(("stranded", seat.user), now)
        shared = {room.room_id: room for room in self._rooms.all() if not all(map(house.engine.holds, room.users))}
        versions = await house.ledger.versions(list(shared)) if shared else {}
        for room_id, room in shared.items():
            if versions.get(room_id) != room.version:
                await self._resync.refresh(room_id)
            self._rooms.let_be(room_id)
        absent = [user for room in shared.values() for user in room.users if not house.engine.holds(user)]
        await self._look_for_seats(absent)

    async def _look_for_seats(self, users: Sequence[UserId]) -> None:
        """Find out who has no seat, twice in a row: Redis has lost it, and nobody is left who would put it back."""
        unseated: set[UserId] = set()
        for at in range(0, len(users), AT_ONCE):
            some = users[at : at + AT_ONCE]
            stored = await self._house.engine.recall(some)
            unseated.update(user for user, seat in zip(some, stored, strict=True) if seat is None)
        for user in unseated & self._unseated:
            self._house.timekeeper.watch(("unseated", user), self._house.clock.now())
        self._unseated = unseated

    async def unseated(self, user: UserId) -> None:
        """Give somebody a seat again whose node has died with Redis: they are away from their room.

        Raises:
            Unavailable: engine or ledger is away.
        """
        await self._handover.seat_again(user)
        await self._rooms.attend(user)

    async def stranded(self, user: UserId) -> None:
        """Give somebody of ours their seat back, and have them ask anew, if their room is over, or never opened.

        Raises:
            Unavailable: engine or ledger is away.
        """
        house, rooms = self._house, self._rooms
        seat = await house.engine.seat(user)
        if seat is None or seat.room is None or rooms.seating.is_leaving(seat.room) or not house.engine.holds(user):
            return
        if await house.engine.claim(seat.room) is None and await rooms.load(seat.room) is None:
            with suppress(Conflict):  # somebody was faster
                await rooms.leave_behind(seat)
                self._resync.on_missed(user)

    async def claim(self, room_id: RoomId) -> None:
        """Find out what has become of a room that somebody was opening who is no more.

        Raises:
            Unavailable: engine or ledger is away.
        """
        house = self._house
        claim = await house.engine.claim(room_id)
        if claim is None:
            house.engine.settle(room_id)
            return
        if house.clock.now() < claim.until:
            return
        found = await house.ledger.room(room_id)
        if found is not None:
            await self._rooms.opening.take_up(found, claim.invite)
            return
        sits = [seat for user in claim.room.users if (seat := await house.engine.seat(user)) and seat.room == room_id]
        if sits:
            before = {seat.user: seat for seat in claim.before}
            await self._rooms.seating.give_back(claim.room, before, claim.invite)
        house.engine.settle(room_id)
