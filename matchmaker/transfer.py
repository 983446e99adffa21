"""The state of one user, or of a room and its two, taken out here and put in again in another process."""

from collections.abc import Mapping

import msgspec

from matchmaker import course
from matchmaker.errors import Conflict
from matchmaker.handover import Handover
from matchmaker.house import House, persistent
from matchmaker.ids import RoomId, UserId
from matchmaker.ledger import MESSAGES_IN_STATE
from matchmaker.rooms import Rooms
from matchmaker.seat import Seat

_replace = msgspec.structs.replace


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a user who has neither invite nor room."""

    seat: Seat
    """The mappings of its ticket are in `avoided` and `introduced`."""
    avoided: Mapping[UserId, int] | None = None
    """None: it was not read."""
    introduced: Mapping[UserId, str | None] | None = None
    unanswered: Mapping[UserId, int] = {}
    """When the last direct invite to each user expired."""


class Transfer:
    """Releases and adopts users; takes rooms over."""

    def __init__(self, house: House, rooms: Rooms, handover: Handover) -> None:
        self._house = house
        self._rooms = rooms
        self._handover = handover

    def release(self, user: UserId) -> Released | None:
        """Forget *user*, and return their state; None: nothing is known, or they have an invite or a room.

        From here on requests about them are refused as about a user who is not connected.
        """
        house = self._house
        seat = house.store.peek(user)
        if seat is None or seat.room is not None or seat.open_invite is not None:
            return None
        avoided = house.avoidance.known(user)
        introduced = house.introductions.known(user) if house.introductions.is_known(user) else None
        house.drop(user)
        if seat.ticket is not None:
            seat = _replace(seat, ticket=_replace(seat.ticket, avoid={}, introduced={}))
        unanswered = house.unanswered.release(user)
        return Released(seat=seat, avoided=avoided, introduced=introduced, unanswered=unanswered)

    def adopt(self, released: Released) -> Seat:
        """Know the user of *released*, exactly as they were.

        Raises:
            Conflict: something of them is known already.
        """
        house, seat = self._house, released.seat
        if house.store.peek(seat.user) is not None:
            raise Conflict
        if released.avoided is not None:
            avoided = house.avoidance.put(seat.user, released.avoided)
            introduced = house.introductions.put(seat.user, released.introduced or {})
            if seat.ticket is not None:
                seat = _replace(seat, ticket=_replace(seat.ticket, avoid=avoided, introduced=introduced))
        house.unanswered.adopt(seat.user, released.unanswered)
        house.store.put(seat)
        house.watch_seat(seat)
        if seat.is_waiting:
            house.seek_soon(seat.user)
        return seat

    @persistent
    async def adopt_room(self, room_id: RoomId) -> bool:
        """Serve a room of which this process has become the owner; both are away, with a whole grace from now.

        Return whether it is still open.
        """
        house = self._house
        room = await house.ledger.room(room_id)
        if room is None:
            return False
        messages = await house.ledger.messages(room_id, limit=MESSAGES_IN_STATE)
        now = house.clock.now()
        stored = await house.ledger.revise([(room, course.recover(room, crashed_at=now, now=now, rules=house.rules))])
        if not stored:
            raise Conflict
        for participant in room.people:
            known = house.store.peek(participant.user)
            if known is not None and known.room != room_id:
                self._rooms.evict(participant.user)
        await self._handover.seat_both(stored[0], messages)
        return True
