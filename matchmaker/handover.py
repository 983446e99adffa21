"""From one process to the next: after a crash everything at once, in a deploy one room after the other.

Each person is in one process only, and a room moves as a whole: it is let go here before it is taken over there.
"""

from typing import Final

import msgspec

from matchmaker import course
from matchmaker import seat as seats
from matchmaker.change import Change
from matchmaker.errors import Conflict
from matchmaker.house import House, persistent
from matchmaker.ids import RoomId, UserId
from matchmaker.inviting import Inviting
from matchmaker.ledger import MESSAGES_IN_STATE
from matchmaker.room import Participant, Room
from matchmaker.rooms import Rooms
from matchmaker.seat import Seat
from matchmaker.ticket import Ticket
from matchmaker.timekeeper import Kind

PERSONAL: Final[tuple[Kind, ...]] = ("seat", "seek", "attend", "mirror")
"""What a person is woken for; an invite and a room have their own."""


class Handover:
    """Takes rooms over that the ledger has, and lets go of people whom another process has."""

    def __init__(self, house: House, rooms: Rooms, inviting: Inviting) -> None:
        self._house = house
        self._rooms = rooms
        self._inviting = inviting

    async def recover(self, *, crashed_at: int | None = None, only_new: bool = False) -> int:
        """Take over every open room of the ledger, both people away with a whole grace from now; return how many.

        *crashed_at*: when the previous process was last alive (Unix milliseconds); the torch stood still since.
        May be repeated after an interruption: a room to which somebody has already returned is left as it is.
        *only_new*: so is every room that is known here, for this process has been serving all the time.
        """
        house = self._house
        count, after = 0, None
        while page := await house.ledger.rooms(after=after):
            now = house.clock.now()
            since = now if crashed_at is None else crashed_at
            told = {room.room_id: messages for room, messages in page}
            stored = await house.ledger.revise(
                [
                    (room, course.recover(room, crashed_at=since, now=now, rules=house.rules))
                    for room, _ in page
                    if not await self._is_attended(room, if_known=only_new)
                ]
            )
            for room in stored:
                self._rooms.remember(room, told[room.room_id])
                for p in room.people:
                    await self._seat_in(room, p, now, is_away=not only_new)
            count, after = count + len(stored), page[-1][0].room_id
        return count

    async def _is_attended(self, room: Room, *, if_known: bool) -> bool:
        if self._rooms.known(room.room_id) is None:
            return False
        seats = [await self._house.engine.seat(user) for user in room.users]
        return if_known or any(seat is not None and seat.connected for seat in seats)

    @persistent
    async def take_over(self, user: UserId) -> RoomId | None:
        """Take over the room that the ledger has for *user*, both people away from now, unless it is known here.

        Return which it is.

        For somebody whom another process has just let go, or whom the engine has lost: with the room of a peer who is
        here they have no seat, either.
        """
        house = self._house
        room_id = await house.ledger.room_of(user)
        if room_id is None:
            return None
        known = self._rooms.known(room_id)
        if known is not None:
            if known.room is not None and user in known.room.users and await house.engine.seat(user) is None:
                person = next(p for p in known.room.people if p.user == user)
                await self._seat_in(known.room, person, house.clock.now(), is_away=True)
            return room_id
        room = await house.ledger.room(room_id)
        messages = await house.ledger.messages(room_id, limit=MESSAGES_IN_STATE)
        now = house.clock.now()
        if room is None or self._rooms.known(room_id) is not None:
            raise Conflict
        stored = await house.ledger.revise([(room, course.recover(room, crashed_at=now, now=now, rules=house.rules))])
        if not stored:
            raise Conflict
        self._rooms.remember(stored[0], messages)
        for p in stored[0].people:
            await self._seat_in(stored[0], p, now, is_away=p.user == user)
        return room_id

    async def seat_again(self, user: UserId) -> None:
        """Give *user*, whom no node seems to have, a seat in their room; one that has them all the same corrects it."""
        room_id = await self._house.ledger.room_of(user)
        entry = None if room_id is None else self._rooms.known(room_id)
        if entry is None or entry.room is None or user not in entry.room.users:
            return
        if await self._house.engine.seat(user) is None:
            await self._seat_in(entry.room, entry.room.me(user), self._house.clock.now(), is_away=False)

    async def company(self, user: UserId) -> tuple[UserId, ...]:
        """Return who is in a room with *user*, themselves included; nobody if they have not been here lately."""
        seat = await self._house.engine.seat(user)
        if seat is None:
            return ()
        found = None if seat.room is None else await self._rooms.view(seat.room)
        return (user,) if found is None else found[0].users

    @persistent
    async def let_go(self, user: UserId) -> tuple[UserId, ...]:
        """Forget *user*, who has come to another process, and with them their room as a whole; return who has gone.

        An invite of theirs is over; what is durable stays as it is, and nobody is told anything.
        """
        house = self._house
        seat = await house.engine.seat(user)
        if seat is not None and seat.open_invite is not None:
            await self._inviting.abandon(user, seat.open_invite, gone=False)
        going = await self.company(user)
        seats = [seat for one in going if (seat := await house.engine.seat(one)) is not None]
        seat = await house.engine.seat(user)
        if seat is None:
            return ()
        room_id = seat.room
        gone = tuple(one for one in seats if one.user == user or one.room == room_id)
        await house.engine.commit(Change(forgotten=gone))
        if room_id is not None:
            await self._rooms.let_go(room_id)
        for one in gone:
            for kind in PERSONAL:
                house.timekeeper.watch((kind, one.user), None)
            house.forget(one.user)
        return tuple(one.user for one in gone)

    @persistent
    async def _seat_in(self, room: Room, person: Participant, now: int, *, is_away: bool) -> None:
        """Give *person* their seat in *room*; *is_away*: no node that lives has them, whatever their seat says."""
        profile = person.profile
        mirrored = room.is_mirror and not profile.mirror
        # A person goes before a machine, after a restart too: the place in the queue is as old as the room.
        avoid = await self._house.avoidance.of(person.user) if mirrored else {}
        # As when they arrive, numbers go on rising: else a node that remembers an older seat would put that back.
        new = Seat(profile=profile, epoch=now if is_away else 0, lost_at=now)
        seat = await self._house.engine.seat(person.user) or new
        if is_away and seat.connected and seat.node != self._house.engine.node:
            # Not left to the burial of their node: meanwhile the room would take them for being here.
            left = seats.drop(seat, epoch=seat.epoch, now=now, rules=self._house.rules)
            await self._house.look_after(left)
            seat = await self._house.seat(person.user)
        if seat.room == room.room_id:
            return
        if seat.open_invite is not None:
            await self._inviting.abandon(seat.user, seat.open_invite, gone=False)
            seat = await self._house.seat(seat.user)
        ticket = None
        if mirrored:
            ticket = Ticket(profile=profile, wish=person.wish, joined_at=room.started_at, avoid=avoid, band=seat.band)
        seat = msgspec.structs.replace(seat, room=room.room_id, ticket=ticket, mirrored=mirrored)
        await self._house.engine.commit(Change(seats=(seat,)))
        if seat.connected:
            self._house.timekeeper.watch(("attend", person.user), now)
