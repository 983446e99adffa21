"""How a room opens: seats claimed, room durable, both told; or everything as it was."""

import asyncio
from typing import TYPE_CHECKING

import msgspec

from matchmaker import course
from matchmaker.change import RoomChange
from matchmaker.errors import Conflict, CooldownActive, TargetUnavailable, Unavailable
from matchmaker.house import House
from matchmaker.ids import RoomId, new_id
from matchmaker.invite import Invite, Party
from matchmaker.news import AnyNews, InviteClosed, RoomStarted
from matchmaker.room import Room
from matchmaker.rules import FOREVER
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
        self.under_way: dict[RoomId, asyncio.Future[None]] = {}

    async def open(self, mode: Mode, first: Party, second: Party, *, invite: Invite | None = None) -> Room:
        """Put two people who have agreed into a room, and tell them once it is durable.

        Raises:
            Conflict: one of them is no longer where they were when they agreed. Nothing happened.
            CooldownActive: the ledger knows that they may not meet yet; both are back where they were.
            TargetUnavailable: the ledger knows that one blocks the other; both are back where they were.
            Unavailable: the ledger cannot be reached; both are back where they were.
        """
        house = self._house
        now = house.clock.now()
        call = invite if invite is not None and invite.kind == "friend" else None
        room = course.begin(RoomId(new_id(now)), mode, first, second, now=now, rules=house.rules, call=call)
        self.under_way[room.room_id] = asyncio.get_running_loop().create_future()
        try:
            before = await self._seating.claim(room, invite)
            try:
                await house.ledger.commit(RoomChange(before=None, after=room))
            except BaseException as why:
                if call is None:  # friends who are friends no more have nothing to be kept apart for
                    self._learn(room, why)
                await self._seating.give_back(room, before, invite)
                if isinstance(why, Conflict):
                    raise Unavailable from why
                raise
            room = self._rooms.remember(msgspec.structs.replace(room, version=1), []).room or room
        finally:
            self.under_way.pop(room.room_id).set_result(None)
        house.stats.rooms_opened[mode] += 1
        await self.announce(room, invite)
        for user in room.users:
            try:
                seat = await house.store.seat(user)
            except Unavailable:
                seat = None
            if seat is None or not seat.connected:
                house.timekeeper.watch(("attend", user), now)
        return room

    async def announce(self, room: Room, invite: Invite | None) -> None:
        """Tell both that they are in a room, which is durable."""
        started = (RoomStarted(to=user, room=room) for user in room.users)
        await self._house.store.tell((*_accepted(room, invite), *started))

    async def settled(self, room_id: RoomId) -> None:
        """Return once it is certain whether a room that is just opening does open."""
        opening = self.under_way.get(room_id)
        if opening is not None:
            await asyncio.shield(opening)

    def _learn(self, room: Room, why: BaseException) -> None:
        if isinstance(why, CooldownActive):
            self._house.part(*room.users, int(str(why.details["until_at"])))
        elif isinstance(why, TargetUnavailable):
            self._house.part(*room.users, FOREVER)


def _accepted(room: Room, invite: Invite | None) -> tuple[AnyNews, ...]:
    if invite is None:
        return ()
    return tuple(InviteClosed(to=user, invite_id=invite.invite_id, outcome="accepted") for user in room.users)
