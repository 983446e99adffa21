"""The verbs of a room: load, let time act, decide, make durable, tell."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import msgspec

from matchmaker import course
from matchmaker.change import Ending, RoomChange, Step
from matchmaker.entry import Entry
from matchmaker.errors import Conflict, NotInRoom, TakenOver, Unavailable
from matchmaker.friend_call import FriendCall
from matchmaker.house import House
from matchmaker.ids import RoomId, UserId
from matchmaker.ledger import MESSAGES_IN_STATE
from matchmaker.message import Message
from matchmaker.news import AnyNews
from matchmaker.opening import Opening
from matchmaker.room import Reason, Room
from matchmaker.seat import Seat
from matchmaker.seating import Seating

Decide = Callable[[Room, int], Step]


class Rooms:
    """Opens, changes and ends rooms. The ledger is the referee; what is remembered here is what it last said."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.seating = Seating(house)
        self._entries: dict[RoomId, Entry] = {}
        self.opening = Opening(house, self.seating, self)
        self.open = self.opening.open
        self.evict: Callable[[UserId], object]

    def remember(self, room: Room, messages: list[Message]) -> Entry:
        """Take over an open room that the ledger has handed out."""
        entry = self._entries[room.room_id] = Entry(room, messages)
        self.watch(room)
        return entry

    def forget(self, room_id: RoomId) -> None:
        """Remember a room no more: it is over, or nobody of it is here."""
        entry = self._entries.pop(room_id, None)
        if entry is not None:
            entry.room = None
        self._house.timekeeper.watch(("room", room_id), None)

    async def view(self, room_id: RoomId) -> tuple[Room, tuple[Message, ...]] | None:
        """Return a room and its last messages; None when it is no more. One that is just opening is waited for."""
        await self.opening.settled(room_id)
        entry = await self.load(room_id)
        return None if entry is None or entry.room is None else (entry.room, tuple(entry.messages))

    def known(self, room_id: RoomId) -> Entry | None:
        """Return what this node remembers of a room."""
        return self._entries.get(room_id)

    def all(self) -> list[Room]:
        """Return every open room that this node remembers."""
        return [entry.room for entry in self._entries.values() if entry.room is not None]

    def extend_graces(self, by_ms: int) -> Coroutine[Any, Any, None]:
        """Extend every grace by the time for which this process stood still; return what is left to do.

        Done in memory alone, before this returns: a start gives whole graces.
        """
        return self._change_graces(lambda room: course.extend_grace(room, by_ms=by_ms))

    def renew_graces(self, *, less_than_ms: int) -> Coroutine[Any, Any, None]:
        """Begin every grace anew of which less than *less_than_ms* is left; return what is left to do, as above."""
        now, rules = self._house.clock.now(), self._house.rules
        return self._change_graces(
            lambda room: course.renew_grace(room, less_than_ms=less_than_ms, now=now, rules=rules)
        )

    def _change_graces(self, change: Callable[[Room], Step]) -> Coroutine[Any, Any, None]:
        entries = list(self._entries.values())
        told = [news for entry in entries if not entry.lock.locked() for news in self._change_grace(entry, change)]

        async def rest() -> None:
            await self._house.store.tell(told)
            for entry in busy:
                async with entry.lock:
                    await self._house.store.tell(self._change_grace(entry, change))

        busy = [entry for entry in entries if entry.lock.locked()]
        return rest()

    def _change_grace(self, entry: Entry, change: Callable[[Room], Step]) -> tuple[AnyNews, ...]:
        if entry.room is None or entry.room.grace_until is None:
            return ()
        step = change(entry.room)
        entry.room = step.room
        self.watch(step.room)
        return step.tell

    async def store_again(self) -> None:
        """Store every open room as it is: what the ledger has was written by a wall clock that has been set since.

        Raises:
            Unavailable: the ledger cannot be reached; to repeat it changes nothing.
        """

        async def act(entry: Entry, room: Room, passed: Step) -> None:
            await self.store(entry, room, msgspec.structs.replace(passed, room=msgspec.structs.replace(passed.room)))

        for entry in list(self._entries.values()):
            if entry.room is not None:
                with suppress(NotInRoom):
                    await self.turn(entry, entry.room.offerer.user, act)

    async def change(self, user: UserId, room_id: RoomId, decide: Decide) -> None:
        """Let time act on the room, then *decide*; whole or not at all.

        Raises:
            NotInRoom: *user* is not a participant, or time has ended the room.
        """

        async def turn(entry: Entry, room: Room, passed: Step) -> None:
            step = decide(passed.room, self._house.clock.now())
            await self.store(entry, room, msgspec.structs.replace(step, tell=passed.tell + step.tell))

        await self.turn(await self.entry(user, room_id), user, turn)

    async def turn(self, entry: Entry, user: UserId, act: Callable[[Entry, Room, Step], Awaitable[None]]) -> None:
        """Give *user* a turn at a room: alone, after time has acted, and again if the ledger has a newer version.

        Raises:
            NotInRoom: *user* is not a participant, or the room is over.
        """
        async with entry.lock:
            while True:
                room = entry.room
                if room is None:
                    raise NotInRoom
                room.me(user)
                passed = course.pass_time(room, now=self._house.clock.now(), rules=self._house.rules)
                try:
                    if passed.ending is not None:
                        await self.store(entry, room, passed)
                        raise NotInRoom
                    await act(entry, room, passed)
                    return
                except Conflict:
                    await self.reload(entry, room)

    async def let_time_act(self, room_id: RoomId) -> None:
        """Do what is due in a room."""
        entry = await self.load(room_id)
        if entry is None:
            return
        async with entry.lock:
            while (room := entry.room) is not None:
                step = course.pass_time(room, now=self._house.clock.now(), rules=self._house.rules)
                try:
                    await self.store(entry, room, step)
                except Conflict:
                    await self.reload(entry, room)
                    continue
                if entry.room is not None:
                    self.watch(entry.room)
                break

    async def attend(self, user: UserId) -> None:
        """Bring the room of *user* in line with whether they are here: into grace, or out of it."""
        house = self._house
        seat = await house.store.seat(user)
        if seat is None or seat.room is None or seat.room in self.opening.under_way:
            return  # whoever opens a room looks afterwards who is here

        async def turn(entry: Entry, room: Room, passed: Step) -> None:
            # Asked again under the lock: what counts is whether they are here now, not who woke us.
            seat, now = await house.store.seat(user), house.clock.now()
            if seat is not None and seat.connected:
                step = course.back(passed.room, user=user, now=now)
            else:
                step = course.away(passed.room, user=user, now=now, rules=house.rules)
            await self.store(entry, room, msgspec.structs.replace(step, tell=passed.tell + step.tell))

        try:
            await self.turn(await self.entry(user, seat.room), user, turn)
        except NotInRoom:
            return

    async def end(self, user: UserId, room_id: RoomId, reason: Reason) -> None:
        """End a room in the name of *user*; ending a room that is over is no error."""
        rules = self._house.rules
        try:
            await self.change(
                user, room_id, lambda room, now: course.leave(room, by=user, reason=reason, now=now, rules=rules)
            )
        except NotInRoom:
            seat = await self._house.store.seat(user)
            if seat is None or room_id not in (seat.last_room, seat.room):
                raise

    async def dismiss_mirror(self, seat: Seat) -> None:
        """Let the mirror leave: somebody real wants to meet the holder of *seat*, whose place in the queue stands."""
        found = None if seat.room is None else await self.view(seat.room)
        if found is not None:
            await self.end(found[0].peer(seat.user).user, found[0].room_id, "hangup")

    async def entry(self, user: UserId, room_id: RoomId) -> Entry:
        """Return the room that *user* is in.

        Raises:
            NotInRoom: they are not in a room of this name, whether or not it exists.
        """
        entry = self._entries.get(room_id)
        if entry is None:
            seat = await self._house.store.seat(user)
            if seat is None or seat.room != room_id:
                raise NotInRoom
            if await self.view(room_id) is None:
                raise NotInRoom
            entry = self._entries.get(room_id)
        if entry is None or entry.room is None or user not in entry.room.users:
            raise NotInRoom
        return entry

    async def store(self, entry: Entry, room: Room, step: Step, message: Message | None = None) -> Message | None:
        """Make *step* durable, then tell. The holder of the room's lock calls this.

        Raises:
            Conflict: the ledger has a newer version of the room. Nothing was stored.
        """
        if step.ending is not None:
            await self._finish(entry, room, step)
            return None
        stored = None
        if message is not None and step.room is room:
            # To say something changes a call, too: a process that has lost the room must not store it.
            step = msgspec.structs.replace(step, room=msgspec.structs.replace(room))
        if step.room is not room:
            stored = await self._house.ledger.commit(RoomChange(before=room, after=step.room, message=message))
        if message is not None and stored is not None:
            if stored.message_id != message.message_id:
                return stored
            entry.messages.append(stored)
        moved = room
        if step.room is not room:
            moved = msgspec.structs.replace(step.room, version=room.version + 1)
            entry.room = moved
            self.watch(moved)
        await self._house.store.tell(step.tell)
        return stored

    async def _finish(self, entry: Entry, room: Room, step: Step) -> None:
        await self.seating.prepare(step)
        try:
            await self._house.ledger.commit(RoomChange(before=room, after=step.room, ending=step.ending))
        except Unavailable:
            entry.ending = step
            raise
        await self._close(entry, step)

    async def _close(self, entry: Entry, step: Step) -> None:
        room_id = step.room.room_id
        entry.room = None
        self._entries.pop(room_id, None)
        self._house.timekeeper.watch(("room", room_id), None)
        await self.seating.vacate(step)
        if step.room.kind == "friend" and step.ending is not None:
            self._note_call(step.room, step.ending)

    def _note_call(self, room: Room, ending: Ending) -> None:
        caller, callee = room.users
        self._house.friends.note_call(
            FriendCall(
                call_id=room.room_id,
                caller=caller,
                callee=callee,
                outcome="accepted",
                mode=room.mode,
                live_ms=ending.live_ms if room.was_live else None,
            )
        )

    def watch(self, room: Room) -> None:
        """Wake whoever must act when the room's deadline comes."""
        self._house.timekeeper.watch(("room", room.room_id), course.deadline(room, rules=self._house.rules))

    async def load(self, room_id: RoomId) -> Entry | None:
        """Return what is remembered of a room, read from the ledger if that is nothing; None: it is not open."""
        entry = self._entries.get(room_id)
        if entry is not None:
            return entry
        room = await self._house.ledger.room(room_id)
        if room is None:
            return None
        messages = await self._house.ledger.messages(room_id, limit=MESSAGES_IN_STATE)
        return self._entries.get(room_id) or self.remember(room, messages)

    async def reload(self, entry: Entry, room: Room) -> None:
        """Take over what the ledger says of a room that was changed, or ended, by somebody else.

        The holder of the room's lock calls this.
        """
        try:
            current = await self._house.ledger.room(room.room_id)
        except TakenOver:
            self.evict(room.offerer.user if not room.offerer.profile.mirror else room.answerer.user)
            entry.room = None
            return
        if entry.room is None:
            return  # meanwhile we were told that it is over
        if current is not None:
            entry.room = current
            self.watch(current)
            return
        # Nobody may be left sitting in a room that is no more, not even when nobody here knows how it ended.
        now = self._house.clock.now()
        ending = Ending(reason="hangup", by=None, at=now, live_ms=room.live_ms(now), cooldown_until=room.cooldown_until)
        await self._close(entry, entry.ending or course.ended(room, ending))
