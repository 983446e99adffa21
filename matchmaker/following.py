"""How a node keeps up with the rooms of its people that other nodes change: heard, or found out later."""

from typing import TYPE_CHECKING, Final

from matchmaker.entry import Entry
from matchmaker.house import House
from matchmaker.ids import RoomId
from matchmaker.missed import missed
from matchmaker.news import ChatSaid
from matchmaker.room import Room
from matchmaker.timekeeper import Key

if TYPE_CHECKING:
    from matchmaker.rooms import Rooms

MISSED_MS: Final = 1_000
"""How long whoever changed a room may take to let it be known; after that it was not heard, or they are dead."""


class Following:
    """Sees to it that whoever is here is told of every change of their room, by whomever it was made."""

    def __init__(self, house: House, rooms: "Rooms") -> None:
        self._house = house
        self._rooms = rooms

    def note(self, entry: Entry, room: Room) -> None:
        """Remember a room as it is now; the people who are here are told how it came to that."""
        if entry.take(room):
            self._rooms.watch(room)
        entry.tell(room.version)
        self._look_behind(entry)

    def hear(self, entry: Entry, room: Room) -> None:
        """Remember a room as another node says that it is."""
        self.note(entry, room)
        for person in room.people:
            if person.away_until is not None and self._house.engine.holds(person.user):
                # Whoever says so may have missed that they came here.
                self._house.timekeeper.watch(("attend", person.user), self._house.clock.now())

    def _look_behind(self, entry: Entry) -> None:
        """Have the people who are here told what they have not heard, unless they hear it soon."""
        if entry.room is not None and entry.is_behind:
            key: Key = ("missed", entry.room.room_id)
            if not self._house.timekeeper.is_watching(key):
                self._house.timekeeper.watch(key, self._house.clock.now() + MISSED_MS)

    async def make_up(self, room_id: RoomId) -> None:
        """Tell the people who are here what another node has changed, or let be said, and they have not heard.

        Raises:
            Unavailable: the ledger cannot be reached.
        """
        entry = self._rooms.known(room_id)
        if entry is None or not entry.is_behind:
            return
        await self.listen(entry)
        told, room = entry.told, entry.room
        if room is None:
            return
        entry.catch_up()
        here = [user for user in room.users if self._house.engine.holds(user)]
        await self._house.engine.tell([news for user in here for news in missed(told, room, user=user)])

    async def listen(self, entry: Entry) -> None:
        """Tell the people who are here what was said and they have not heard. Raises as `make_up`."""
        room, holds = entry.room, self._house.engine.holds
        if room is None:
            return
        for message in await self._house.ledger.messages(room.room_id):
            peer = room.peer(message.sender).user
            if entry.hear(message) and holds(peer):
                await self._house.engine.tell((ChatSaid(to=peer, message=message),))

    async def take_over(self, entry: Entry, room: Room) -> None:
        """Remember a room as the ledger has it: somebody else has changed it, and may not have said so."""
        if entry.room is not None and room.version >= entry.room.version:
            entry.room = room
        self._rooms.watch(entry.room or room)
        await self._look_who_is_here(room)
        self._look_behind(entry)

    async def _look_who_is_here(self, room: Room) -> None:
        """Have a room brought in line with its people: whoever changed it may not know who is here, or is no more."""
        engine = self._house.engine
        for user in room.users:
            is_away = room.me(user).away_until is not None
            if is_away or engine.holds(user):
                # As it is stored, not as it is remembered: they may be at another node by now, and we be deaf.
                seat = (await engine.recall((user,)))[0]
                if seat is not None and seat.room == room.room_id and seat.connected == is_away:
                    self._house.timekeeper.watch(("attend", user), self._house.clock.now())
