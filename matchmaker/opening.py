"""How a room opens: seats claimed, room durable, both told; or everything as it was."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from matchmaker import course
from matchmaker.callbacks import Done
from matchmaker.change import RoomChange
from matchmaker.errors import Conflict, CooldownActive, TargetUnavailable, Unavailable
from matchmaker.house import House
from matchmaker.ids import RoomId, UserId, new_id
from matchmaker.invite import Invite, Party
from matchmaker.news import AnyNews, InviteClosed, RoomStarted
from matchmaker.room import Room
from matchmaker.rules import FOREVER
from matchmaker.seat import Seat
from matchmaker.seating import Seating
from matchmaker.ticket import Mode

if TYPE_CHECKING:
    from matchmaker.rooms import Rooms


class Opening:
    """Opens rooms, and knows which are just opening."""

    def __init__(self, house: House, seating: Seating, rooms: "Rooms") -> None:
        self._house = house
        self._seating = seating
        self._rooms = rooms
        self.under_way: dict[RoomId, list[asyncio.Future[None]]] = {}
        """Who waits for each."""

    def open(self, mode: Mode, first: Party, second: Party, done: Done, *, invite: Invite | None = None) -> None:
        """Put two people who have agreed into a room, and tell them once it is durable; then call *done*.

        Errors that *done* is called with: both are back where they were.
            CooldownActive: the ledger knows that they may not meet yet.
            TargetUnavailable: the ledger knows that one blocks the other.
            Unavailable: the ledger cannot be reached.

        Raises:
            Conflict: one of them is no longer where they were when they agreed. Nothing happened.
        """
        house = self._house
        now = house.clock.now()
        call = invite if invite is not None and invite.kind == "friend" else None
        room = course.begin(RoomId(new_id(now)), mode, first, second, now=now, rules=house.rules, call=call)
        before = self._seating.claim(room, invite)
        self.under_way[room.room_id] = []
        house.ledger.submit(RoomChange(before=None, after=room), partial(self._committed, room, before, invite, done))

    def _committed(
        self,
        room: Room,
        before: Mapping[UserId, Seat],
        invite: Invite | None,
        done: Done,
        _: None,
        error: Exception | None,
    ) -> None:
        try:
            if error is None:
                self._announce(room, invite)
            else:
                if room.kind != "friend":  # friends who are friends no more have nothing to be kept apart for
                    self._learn(room, error)
                self._seating.give_back(room, before, invite)
        except Exception as fault:  # noqa: BLE001 - told to whoever waits
            error = fault
        for waiting in self.under_way.pop(room.room_id):
            if not waiting.done():
                waiting.set_result(None)
        done(None, Unavailable() if isinstance(error, Conflict) else error)

    def _announce(self, room: Room, invite: Invite | None) -> None:
        """Tell both that they are in a room, which is durable."""
        house = self._house
        room = msgspec.structs.replace(room, version=1)
        self._rooms.remember(room, [])
        house.stats.rooms_opened[room.mode] += 1
        users = room.users
        house.store.tell((*_accepted(room, invite), *(RoomStarted(to=user, room=room) for user in users)))
        for user in users:
            seat = house.store.peek(user)
            if seat is None or not seat.connected:
                house.timekeeper.watch(("attend", user), house.clock.now())

    async def settled(self, room_id: RoomId) -> None:
        """Return once it is certain whether a room that is just opening does open."""
        waiting = self.under_way.get(room_id)
        if waiting is not None:
            opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waiting.append(opened)
            await opened

    def _learn(self, room: Room, why: BaseException) -> None:
        if isinstance(why, CooldownActive):
            self._house.part(*room.users, int(str(why.details["until_at"])))
        elif isinstance(why, TargetUnavailable):
            self._house.part(*room.users, FOREVER)


def _accepted(room: Room, invite: Invite | None) -> tuple[AnyNews, ...]:
    if invite is None:
        return ()
    return tuple(InviteClosed(to=user, invite_id=invite.invite_id, outcome="accepted") for user in room.users)
