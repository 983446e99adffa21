"""What other nodes have done, as far as this one remembers anything that follows from it."""

from collections.abc import Callable

import msgspec

from matchmaker.change import Change
from matchmaker.fact import (
    AnyFact,
    Apart,
    Forgiven,
    Interrupted,
    Introduced,
    Received,
    Reread,
    Reseated,
    RoomGone,
    RoomMoved,
)
from matchmaker.handover import PERSONAL
from matchmaker.house import House, persistent
from matchmaker.ids import UserId
from matchmaker.rooms import Rooms
from matchmaker.seat import Seat
from matchmaker.talk import Talk
from matchmaker.ticket import KEPT
from matchmaker.timekeeper import RETRY_MS


class Neighbours:
    """Keeps what this node remembers in line with what others tell."""

    def __init__(self, house: House, rooms: Rooms, talk: Talk) -> None:
        self._house = house
        self._rooms = rooms
        self._talk = talk
        self.on_interrupted: Callable[[], None] = _nothing

    def learn(self, fact: AnyFact) -> None:
        """Take over one fact."""
        house = self._house
        match fact:
            case RoomMoved():
                self._move(fact)
            case RoomGone():
                self._rooms.forget(fact.room_id)
            case Received():
                self._talk.learn(fact.receipt)
            case Apart():
                house.avoidance.lengthen(fact.to, fact.other, fact.until)
            case Forgiven():
                house.avoidance.forgive(fact.to, fact.other, fact.until)
            case Reread():
                house.timekeeper.watch(("reread", fact.to), house.clock.now())
            case Introduced():
                house.introductions.add(fact.to, fact.other, fact.by)
            case Reseated():
                self._reseat(fact.to, fact.before, fact.seat)
            case Interrupted():
                self.on_interrupted()

    def _move(self, fact: RoomMoved) -> None:
        room, entry = fact.room, self._rooms.known(fact.room.room_id)
        if entry is None:
            # One that is older is read from the ledger when it is asked for, with what was said in it.
            if room.version == 1 and fact.message is None:
                self._rooms.remember(room, [])
            return
        self._rooms.following.hear(entry, room)
        if fact.message is not None:
            entry.hear(fact.message)

    def _reseat(self, user: UserId, before: Seat | None, seat: Seat | None) -> None:
        house = self._house
        if seat is None:
            for kind in PERSONAL:
                house.timekeeper.watch((kind, user), None)
            house.forget(user)
            if before is not None and before.room is not None:
                self._rooms.let_be(before.room)
            return
        house.watch_seat(seat)
        if not seat.is_waiting or (before is not None and before.is_waiting and before.ticket == seat.ticket):
            return
        if seat.ticket is not None and seat.ticket.avoid is KEPT and house.avoidance.known(user) is not None:
            house.timekeeper.watch(("complete", user), house.clock.now())
        was_given_back = before is not None and before.room is not None and before.room != seat.last_room
        house.seek_soon(user, in_ms=RETRY_MS if was_given_back else 0)

    @persistent
    async def complete(self, user: UserId) -> None:
        """Let the ticket of somebody who is here carry all that is known of them: another node put them into the queue.

        Raises:
            Unavailable: whom they must not meet cannot be read.
        """
        house = self._house
        seat = await house.engine.seat(user)
        if seat is None or seat.ticket is None or not house.engine.holds(user):
            return
        avoid = await house.avoided_by(user)
        introduced = await house.introduced_to(user)
        seat = await house.seat(user)
        if seat.ticket is not None:
            ticket = msgspec.structs.replace(seat.ticket, avoid=avoid, introduced=introduced)
            await house.engine.commit(Change(seats=(msgspec.structs.replace(seat, ticket=ticket),)))
            house.seek_soon(user)

    @persistent
    async def reread(self, user: UserId) -> None:
        """Read again whom *user*, who is here, must not meet: it has become less.

        Raises:
            Unavailable: the ledger, or the engine, cannot be reached.
        """
        house = self._house
        if not house.engine.holds(user):
            return
        before = dict(house.avoidance.known(user) or {})
        await house.avoidance.refresh(user)
        seat = await house.engine.seat(user)
        if seat is not None and seat.ticket is not None and house.is_shared and house.avoidance.known(user) != before:
            house.engine.reread(user)
            avoid = await house.avoided_by(user)
            ticket = msgspec.structs.replace(seat.ticket, avoid=avoid)
            await house.engine.commit(Change(seats=(msgspec.structs.replace(seat, ticket=ticket),)))
        house.seek_soon(user)


def _nothing() -> None:
    """Have nothing that could be out of date."""
