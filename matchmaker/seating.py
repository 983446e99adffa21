"""How two people's seats follow their room: claimed before it opens, given back if it cannot, vacated at its end."""

from collections.abc import Mapping

import msgspec

from matchmaker import seat as seats
from matchmaker.change import Change, Ending, Step
from matchmaker.errors import Conflict, Unavailable
from matchmaker.house import House, persistent
from matchmaker.ids import RoomId, UserId
from matchmaker.invite import Invite, is_due
from matchmaker.news import AnyNews, QueueUpdate
from matchmaker.room import Participant, Room
from matchmaker.seat import Seat
from matchmaker.ticket import Ticket

_replace = msgspec.structs.replace


class Seating:
    """Moves both seats of a room at once, whole or not at all."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def claim(self, room: Room, invite: Invite | None) -> Mapping[UserId, Seat]:
        """Put both people into *room*, before it is durable and before anybody is told; return where they were.

        Raises:
            Conflict: one of them is no longer where they were when they agreed. Nothing happened.
        """
        before = {p.user: await self._house.seat(p.user) for p in room.people}
        for participant in room.people:
            seat = before[participant.user]
            if invite is not None:
                fits = seat.invite == invite.invite_id
            elif participant.profile.mirror:
                fits = seat.connected and seat.phase == "idle"
            else:
                fits = seat.is_waiting and seat.phase == "queued"
            if not fits:
                raise Conflict
        await self._house.engine.commit(
            Change(
                seats=tuple(self._inside(before[user], room) for user in room.users),
                ended=() if invite is None else (invite,),
            )
        )
        for user in room.users:
            self._house.timekeeper.watch(("seek", user), None)
        if invite is not None:
            self._house.timekeeper.watch(("invite", invite.invite_id), None)
        return before

    @persistent
    async def give_back(self, room: Room, before: Mapping[UserId, Seat], invite: Invite | None) -> None:
        """Put both people back where they were: the room could not be made durable."""
        house = self._house
        now = house.clock.now()
        again = None if invite is None or is_due(invite, now=now) else _replace(invite, version=0)
        back: list[Seat] = []
        for user in room.users:
            seat = await house.seat(user)
            if seat.room == room.room_id:
                home = _replace(
                    seat,
                    room=None,
                    mirrored=False,
                    ticket=before[user].ticket,
                    invite=None if again is None else again.invite_id,
                )
                back.append(seats.schedule(home, rules=house.rules))
        await house.engine.commit(Change(seats=tuple(back), invites=() if again is None else (again,)))
        for seat in back:
            house.watch_seat(seat)
        if again is not None:
            house.timekeeper.watch(("invite", again.invite_id), again.expires_at)

    async def vacate(self, step: Step) -> None:
        """Let both people leave a room that has ended, some of them into the queue; then tell both."""
        house, room, ending = self._house, step.room, step.ending
        assert ending is not None
        if ending.cooldown_until is not None:
            house.avoidance.lengthen(*room.users, ending.cooldown_until)
        else:
            house.avoidance.forgive(*room.users, room.cooldown_until)
        house.stats.rooms_ended[ending.reason] += 1
        tickets = {p.user: await self._next_ticket(p, ending) for p in room.people}
        await self._leave(room, ending, tickets, step.tell)

    @persistent
    async def _leave(
        self, room: Room, ending: Ending, tickets: Mapping[UserId, Ticket | None], tell: tuple[AnyNews, ...]
    ) -> None:
        house = self._house
        left: list[Seat] = []
        queued: list[UserId] = []
        for user in room.users:
            seat = await house.engine.seat(user)
            if seat is None or seat.room != room.room_id:
                continue
            ticket = tickets[user] if seat.connected else None
            if seat.mirrored and (ending.by != user or ending.reason == "next"):
                ticket = seat.ticket
            if ticket is not None:
                ticket = _replace(ticket, profile=seat.profile, offered=frozenset(seat.offered))
                queued.append(user)
            outside = _replace(seat, room=None, mirrored=False, last_room=room.room_id, ticket=ticket)
            left.append(seats.schedule(outside, rules=house.rules))
        told = tuple(QueueUpdate(to=user, queued=True, reason="requeued") for user in queued)
        await house.engine.commit(Change(seats=tuple(left), tell=tell + told))
        for seat in left:
            house.watch_seat(seat)
        for user in queued:
            house.seek_soon(user)

    @persistent
    async def free(self, room_id: RoomId) -> None:
        """Let nobody sit in a room that another node has ended."""
        # The node that ended it vacates the seats; on one node this cannot happen.

    def _inside(self, seat: Seat, room: Room) -> Seat:
        mirrored = room.is_mirror and not seat.profile.mirror
        ticket = seat.ticket if mirrored else None
        return seats.schedule(
            _replace(seat, room=room.room_id, invite=None, ticket=ticket, mirrored=mirrored), rules=self._house.rules
        )

    async def _next_ticket(self, participant: Participant, ending: Ending) -> Ticket | None:
        wish = participant.wish
        said_next = ending.by == participant.user and ending.reason == "next"
        if participant.profile.mirror or ending.reason in ("banned", "deleted") or not (said_next or wish.auto_next):
            return None
        try:
            avoid = await self._house.avoidance.of(participant.user)
        except Unavailable:
            return None
        return Ticket(profile=participant.profile, wish=wish, joined_at=self._house.clock.now(), avoid=avoid)
