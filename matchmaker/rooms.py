"""The verbs of a room: load, let time act, decide, make durable, tell."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec

from matchmaker import course
from matchmaker.change import Ending, RoomChange, Step
from matchmaker.errors import Conflict, CooldownActive, NotInRoom, TargetUnavailable, Unavailable
from matchmaker.house import House
from matchmaker.ids import RoomId, UserId, new_id
from matchmaker.invite import Invite, Party
from matchmaker.ledger import MESSAGES_IN_STATE
from matchmaker.message import Message
from matchmaker.news import AnyNews, InviteClosed, RoomStarted
from matchmaker.room import Reason, Room, users_away
from matchmaker.rules import FOREVER
from matchmaker.seat import Seat
from matchmaker.seating import Seating
from matchmaker.ticket import Mode

Decide = Callable[[Room, int], Step]


class Entry:
    """A room as this node remembers it, and the line of those who want to change it."""

    __slots__ = ("ending", "lock", "messages", "room")

    def __init__(self, room: Room, messages: list[Message]) -> None:
        self.room: Room | None = room
        """None once the room has ended."""
        self.messages = deque(messages, maxlen=MESSAGES_IN_STATE)
        self.lock = asyncio.Lock()
        self.ending: Step | None = None
        """How the room was to end when the ledger could not be reached: if it turns out to be gone, it ended so."""


class Rooms:
    """Opens, changes and ends rooms. The ledger is the referee; what is remembered here is what it last said."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._seating = Seating(house)
        self._entries: dict[RoomId, Entry] = {}
        self._opening: dict[RoomId, asyncio.Future[None]] = {}

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
        room = course.begin(RoomId(new_id(now)), mode, first, second, now=now, rules=house.rules)
        self._opening[room.room_id] = asyncio.get_running_loop().create_future()
        try:
            before = await self._seating.claim(room, invite)
            try:
                await house.ledger.commit(RoomChange(before=None, after=room))
            except BaseException as why:
                self._learn(room, why)
                await self._seating.give_back(room, before, invite)
                if isinstance(why, Conflict):
                    raise Unavailable from why
                raise
            room = self._remember(msgspec.structs.replace(room, version=1), []).room or room
        finally:
            self._opening.pop(room.room_id).set_result(None)
        house.stats.rooms_opened[mode] += 1
        await house.engine.tell((*_accepted(room, invite), *(RoomStarted(to=user, room=room) for user in room.users)))
        for user in room.users:
            seat = await house.engine.seat(user)
            if seat is None or not seat.connected:
                house.timekeeper.watch(("attend", user), now)
        return room

    def remember(self, room: Room, messages: list[Message]) -> None:
        """Take over an open room that the ledger has handed out."""
        self._remember(room, messages)

    async def let_go(self, room_id: RoomId) -> None:
        """Forget a room that another process takes over, once nobody is changing it."""
        entry = self._entries.get(room_id)
        if entry is None:
            return
        async with entry.lock:
            entry.room = None
            if self._entries.get(room_id) is entry:
                del self._entries[room_id]
            self._house.timekeeper.watch(("room", room_id), None)

    async def settled(self, room_id: RoomId) -> None:
        """Return once it is certain whether a room that is just opening does open."""
        opening = self._opening.get(room_id)
        if opening is not None:
            await asyncio.shield(opening)

    async def view(self, room_id: RoomId) -> tuple[Room, tuple[Message, ...]] | None:
        """Return a room and its last messages; None when it is no more. One that is just opening is waited for."""
        await self.settled(room_id)
        entry = await self._load(room_id)
        return None if entry is None or entry.room is None else (entry.room, tuple(entry.messages))

    def known(self, room_id: RoomId) -> Entry | None:
        """Return what this node remembers of a room."""
        return self._entries.get(room_id)

    def now(self) -> list[Room]:
        """Return the open rooms that this node remembers."""
        return [entry.room for entry in self._entries.values() if entry.room is not None]

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
        """Give *user* a turn at a room: alone, after time has acted, and again if another node was faster.

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
                    await self._reload(entry, room)

    async def let_time_act(self, room_id: RoomId) -> None:
        """Do what is due in a room."""
        entry = await self._load(room_id)
        if entry is None:
            return
        async with entry.lock:
            while (room := entry.room) is not None:
                step = course.pass_time(room, now=self._house.clock.now(), rules=self._house.rules)
                try:
                    await self.store(entry, room, step)
                except Conflict:
                    await self._reload(entry, room)
                    continue
                if entry.room is not None:
                    self._watch(entry.room)
                return

    async def attend(self, user: UserId) -> None:
        """Bring the room of *user* in line with whether they are here: into grace, or out of it."""
        house = self._house
        seat = await house.engine.seat(user)
        if seat is None or seat.room is None or seat.room in self._opening:
            return  # whoever opens a room looks afterwards who is here

        async def turn(entry: Entry, room: Room, passed: Step) -> None:
            # Asked again under the lock: what counts is whether they are here now, not who woke us.
            seat, now = await house.engine.seat(user), house.clock.now()
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
            seat = await self._house.engine.seat(user)
            if seat is None or seat.last_room != room_id:
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
            seat = await self._house.engine.seat(user)
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
            Conflict: another node has changed the room. Nothing was stored.
        """
        if step.ending is not None:
            await self._finish(entry, room, step)
            return None
        stored = None
        if step.room is not room or message is not None:
            stored = await self._house.ledger.commit(RoomChange(before=room, after=step.room, message=message))
        if message is not None and stored is not None:
            if stored.message_id != message.message_id:
                return stored
            entry.messages.append(stored)
        if step.room is not room:
            entry.room = msgspec.structs.replace(step.room, version=room.version + 1)
            self._watch(entry.room)
        await self._house.engine.tell(step.tell)
        return stored

    async def _finish(self, entry: Entry, room: Room, step: Step) -> None:
        await self._seating.prepare(step)
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
        await self._seating.vacate(step)

    def _remember(self, room: Room, messages: list[Message]) -> Entry:
        entry = self._entries[room.room_id] = Entry(room, messages)
        self._watch(room)
        return entry

    def _watch(self, room: Room) -> None:
        self._house.timekeeper.watch(("room", room.room_id), course.deadline(room, rules=self._house.rules))

    async def _load(self, room_id: RoomId) -> Entry | None:
        entry = self._entries.get(room_id)
        if entry is not None:
            return entry
        room = await self._house.ledger.room(room_id)
        if room is None:
            return None
        messages = await self._house.ledger.messages(room_id, limit=MESSAGES_IN_STATE)
        return self._entries.get(room_id) or self._remember(room, messages)

    async def _reload(self, entry: Entry, room: Room) -> None:
        """Take over what the ledger says of a room that was changed, or ended, by somebody else."""
        current = await self._house.ledger.room(room.room_id)
        if current is not None:
            entry.room = current
            self._watch(current)
            for user in users_away(current):
                # Whoever changed it may not know that they are here.
                seat = await self._house.engine.seat(user)
                if seat is not None and seat.connected and seat.room == room.room_id:
                    self._house.timekeeper.watch(("attend", user), self._house.clock.now())
            return
        # Nobody may be left sitting in a room that is no more, not even when nobody here knows how it ended.
        now = self._house.clock.now()
        ending = Ending(reason="hangup", by=None, at=now, live_ms=room.live_ms(now), cooldown_until=room.cooldown_until)
        await self._close(entry, entry.ending or course.ended(room, ending))

    def _learn(self, room: Room, why: BaseException) -> None:
        if isinstance(why, CooldownActive):
            self._house.avoidance.lengthen(*room.users, int(str(why.details["until_at"])))
        elif isinstance(why, TargetUnavailable):
            self._house.avoidance.lengthen(*room.users, FOREVER)


def _accepted(room: Room, invite: Invite | None) -> tuple[AnyNews, ...]:
    if invite is None:
        return ()
    return tuple(InviteClosed(to=user, invite_id=invite.invite_id, outcome="accepted") for user in room.users)
