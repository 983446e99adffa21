"""How two people's seats follow their room: claimed before it opens, given back if it cannot, vacated at its end."""

from collections.abc import Mapping

import msgspec

from matchmaker import seat as seats
from matchmaker.change import Change, Ending, Step
from matchmaker.errors import Conflict
from matchmaker.house import House
from matchmaker.ids import UserId
from matchmaker.invite import Invite
from matchmaker.news import AnyNews, QueueUpdate
from matchmaker.room import Participant, Room
from matchmaker.seat import Seat
from matchmaker.ticket import Ticket
from matchmaker.timekeeper import RETRY_MS

_replace = msgspec.structs.replace


class Seating:
    """Moves both seats of a room at once, whole or not at all."""

    def __init__(self, house: House) -> None:
        self._house = house

    def claim(self, room: Room, invite: Invite | None) -> Mapping[UserId, Seat]:
        """Put both people into *room*, before it is durable and before anybody is told; return where they were.

        Raises:
            Conflict: one of them is no longer where they were when they agreed. Nothing happened.
        """
        house = self._house
        before = {participant.user: house.seat(participant.user) for participant in room.people}
        for participant in room.people:
            seat = before[participant.user]
            if invite is not None:
                fits = seat.open_invite == invite.invite_id
            elif participant.profile.mirror:
                fits = seat.connected and seat.phase == "idle"
            else:
                fits = seat.is_waiting and seat.phase == "queued" and seat.side_invite is None
            if not fits:
                raise Conflict
        seated = tuple(self._inside(seat, room) for seat in before.values())
        house.store.commit(Change(seats=seated, ended=() if invite is None else (invite,)))
        if not room.is_mirror:  # whom the mirror keeps company still waits, and still has to be woken
            for user in before:
                house.timekeeper.watch(("seek", user), None)
        if invite is not None:
            house.timekeeper.watch(("invite", invite.invite_id), None)
        return before

    def give_back(self, room: Room, before: Mapping[UserId, Seat], invite: Invite | None) -> None:
        """Put both people back where they were: the room could not be made durable.

        An invite whose time is over meanwhile comes back as well: it has yet to end, and both to be told.
        """
        house = self._house
        again = None if invite is None else _replace(invite, version=0)
        back: list[Seat] = []
        for user, home in before.items():
            seat = house.store.peek(user)
            if seat is not None and seat.room == room.room_id:
                seat = _replace(
                    seat,
                    room=None,
                    mirrored=False,
                    # Whom the mirror kept company had the place all the time, and may have given it up.
                    ticket=seat.ticket if seat.mirrored else home.ticket,
                    invite=None if again is None else home.invite,
                    side_invite=None if again is None else home.side_invite,
                    rooms_due=home.rooms_due,
                )
                back.append(seats.schedule(seat, rules=house.rules))
        house.store.commit(Change(seats=tuple(back), invites=() if again is None else (again,)))
        for seat in back:
            house.watch_seat(seat)
            if seat.phase == "queued":
                house.seek_soon(seat.user, in_ms=RETRY_MS)
        if again is not None:
            house.timekeeper.watch(("invite", again.invite_id), again.expires_at)

    def unread(self, step: Step) -> list[UserId]:
        """Return of whom it must be read who they must not meet: they go on into the queue once the room has ended."""
        assert step.ending is not None
        house, ending = self._house, step.ending
        return [p.user for p in step.room.people if _goes_on(p, ending) and not house.has_read(p.user)]

    def vacate(self, step: Step) -> None:
        """Let both people leave a room that has ended, some of them into the queue; then tell both."""
        assert step.ending is not None
        house, room, ending = self._house, step.room, step.ending
        house.stats.rooms_ended[ending.reason] += 1
        self._apart(room, ending)
        left: list[Seat] = []
        told: list[AnyNews] = []
        queued: list[AnyNews] = []
        for participant in room.people:
            seat = house.store.peek(participant.user)
            if seat is None or seat.room != room.room_id:
                continue  # they have been freed, and told
            ticket = self._next_ticket(seat, participant, ending)
            seat = _replace(seat, room=None, mirrored=False, last_room=room.room_id, ticket=ticket)
            left.append(seats.schedule(seat, rules=house.rules))
            told += (news for news in step.tell if news.to == participant.user)
            if ticket is not None:
                queued.append(QueueUpdate(to=participant.user, queued=True, reason="requeued"))
        house.store.commit(Change(seats=tuple(left), tell=(*told, *queued)))
        for seat in left:
            house.watch_seat(seat)
        for news in queued:
            house.seek_soon(news.to)

    def _apart(self, room: Room, ending: Ending) -> None:
        until, written = ending.cooldown_until, room.cooldown_until
        if until is None:
            return
        if written is not None and until < written:
            self._house.shorten(*room.users, before=written, until=until)
        else:
            self._house.part(*room.users, until)

    def _next_ticket(self, seat: Seat, participant: Participant, ending: Ending) -> Ticket | None:
        if seat.mirrored and seat.ticket is not None and (ending.by != seat.user or ending.reason == "next"):
            return seat.ticket
        avoid = self._house.avoidance.known(seat.user)
        now, rules = self._house.clock.now(), self._house.rules
        if avoid is None or seats.is_gone(seat, now=now, rules=rules) or not _goes_on(participant, ending):
            return None
        is_auto = participant.wish.pairing == "auto"
        wait = seats.room_wait(seat, now=now, rules=rules) if is_auto else 0
        return Ticket(
            profile=seat.profile,
            wish=participant.wish,
            joined_at=now,
            avoid=avoid,
            offered=frozenset(seat.offered),
            introduced=self._house.introductions.known(seat.user),
            band=seat.band,
            rests_until=now + wait if wait else None,
        )

    def _inside(self, seat: Seat, room: Room) -> Seat:
        rules = self._house.rules
        if not room.is_mirror:
            other = room.peer(seat.user).user
            return seats.schedule(seats.enter(seat, room.room_id, other, now=room.started_at, rules=rules), rules=rules)
        mirrored = not seat.profile.mirror
        ticket = seat.ticket if mirrored else None
        seat = _replace(seat, room=room.room_id, invite=None, side_invite=None, ticket=ticket, mirrored=mirrored)
        return seats.schedule(seat, rules=rules)


def _goes_on(participant: Participant, ending: Ending) -> bool:
    """Tell whether somebody is back in the queue once their room has ended, with the same wishes."""
    if participant.profile.mirror or (ending.reason in ("banned", "deleted") and ending.by == participant.user):
        return False
    return participant.wish.auto_next or (ending.by == participant.user and ending.reason == "next")
