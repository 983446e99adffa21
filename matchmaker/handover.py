"""Rooms of the ledger are taken over: all of them after a crash, one of them from a process that is dead or leaving."""

import msgspec

from matchmaker import course
from matchmaker.change import Change
from matchmaker.house import House, persistent
from matchmaker.inviting import Inviting
from matchmaker.message import Message
from matchmaker.room import Participant, Room
from matchmaker.rooms import Rooms
from matchmaker.seat import Seat
from matchmaker.ticket import Ticket


class Handover:
    """Takes over rooms that the ledger has."""

    def __init__(self, house: House, rooms: Rooms, inviting: Inviting) -> None:
        self._house = house
        self._rooms = rooms
        self._inviting = inviting

    async def recover(self, *, crashed_at: int | None = None) -> int:
        """Take over every open room of the ledger, both people away with a whole grace from now; return how many.

        *crashed_at*: when the previous process was last alive (Unix milliseconds); the torch stood still since.
        May be repeated after an interruption: a room to which somebody has already returned is left as it is.
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
                    if not await self._is_attended(room)
                ]
            )
            for room in stored:
                self._rooms.remember(room, told[room.room_id])
                for p in room.people:
                    await self._seat_in(room, p, now)
            count, after = count + len(stored), page[-1][0].room_id
        return count

    async def _is_attended(self, room: Room) -> bool:
        if self._rooms.known(room.room_id) is None:
            return False
        seats = [self._house.store.peek(user) for user in room.users]
        return any(seat is not None and seat.connected for seat in seats)

    async def seat_both(self, room: Room, messages: list[Message]) -> None:
        """Remember a room that was just taken over, and give both users, who are away, their seats."""
        self._rooms.remember(room, messages)
        for participant in room.people:
            await self._seat_in(room, participant, self._house.clock.now())

    @persistent
    async def _seat_in(self, room: Room, person: Participant, now: int) -> None:
        """Give *person* their seat in *room*, in which they are away."""
        profile = person.profile
        mirrored = room.is_mirror and not profile.mirror
        # A person goes before a machine, after a restart too: the place in the queue is as old as the room.
        avoid = await self._house.avoidance.of(person.user) if mirrored else {}
        # As when they arrive: no socket of before has the number of a later one.
        new = Seat(profile=profile, epoch=now, lost_at=now)
        seat = self._house.store.peek(person.user) or new
        if seat.room == room.room_id:
            return
        if seat.open_invite is not None:
            await self._inviting.abandon(seat.user, seat.open_invite, gone=False)
            seat = self._house.seat(seat.user)
        ticket = None
        if mirrored:
            ticket = Ticket(profile=profile, wish=person.wish, joined_at=room.started_at, avoid=avoid, band=seat.band)
        seat = msgspec.structs.replace(seat, room=room.room_id, ticket=ticket, mirrored=mirrored)
        self._house.store.commit(Change(seats=(seat,)))
        if seat.connected:
            self._house.timekeeper.watch(("attend", person.user), now)
