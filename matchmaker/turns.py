"""How rooms change: one turn after the other in each, decided once time has acted, committed, then told."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from matchmaker import course
from matchmaker.change import RoomChange, Step
from matchmaker.entry import Entry, Turn
from matchmaker.errors import Conflict, NotInRoom, Unavailable
from matchmaker.house import House
from matchmaker.message import Message
from matchmaker.room import Room

if TYPE_CHECKING:
    from matchmaker.rooms import Rooms

_replace = msgspec.structs.replace


class Turns:
    """Decides at once, and is called back by the ledger; nothing here is a task but what has to be read first."""

    def __init__(self, house: House, rooms: "Rooms") -> None:
        self._house = house
        self._rooms = rooms

    def add(self, entry: Entry, turn: Turn) -> None:
        """Take *turn* once those before it are done."""
        self.line_up(entry, partial(self._act, entry, turn))

    def line_up(self, entry: Entry, act: Callable[[], bool]) -> None:
        """Call *act* once those before it are done; see `Entry.turns`."""
        entry.turns.append(act)
        if not entry.is_busy:
            self._go_on(entry)

    def _go_on(self, entry: Entry) -> None:
        """Let those act who wait for *entry*, until one has to wait for a commit."""
        entry.is_busy = True
        while entry.turns:
            if not entry.turns.popleft()():
                return
        entry.is_busy = False

    def _act(self, entry: Entry, turn: Turn) -> bool:
        """Decide *turn*, and begin to commit it; return whether it is done already."""
        house, room = self._house, entry.room
        try:
            if room is None:
                raise NotInRoom
            if turn.user is not None:
                room.me(turn.user)
            now = house.clock.now()
            step = passed = course.pass_time(room, now=now, rules=house.rules)
            turn.error = None if turn.user is None or passed.ending is None else NotInRoom()
            if passed.ending is None and turn.decide is not None:
                step = turn.decide(passed.room, now)
                if passed.tell:
                    step = _replace(step, tell=passed.tell + step.tell)
        except Exception as error:  # noqa: BLE001 - the answer of whoever caused it
            turn.done(None, error)
            return True
        if step.room is room and step.ending is None and step.message is None:
            house.store.tell(step.tell)
            turn.done(None, None)
            return True
        turn.room, turn.step = room, step
        self._commit(entry, turn)
        return False

    def _commit(self, entry: Entry, turn: Turn) -> None:
        house, room, step = self._house, turn.room, turn.step
        if step.ending is not None:
            unread = self._rooms.seating.unread(step)
            if unread:
                house.spawn(house.read(unread), partial(self._read, entry, turn))
                return
        elif step.room is room:
            # To say something changes a call, too: a process that has lost the room must not store it.
            step = turn.step = _replace(step, room=_replace(room))
        change = RoomChange(before=room, after=step.room, message=step.message, ending=step.ending)
        house.ledger.submit(change, partial(self._committed, entry, turn))

    def _read(self, entry: Entry, turn: Turn, _: None, error: Exception | None) -> None:
        if error is None:
            self._commit(entry, turn)
        else:
            turn.done(None, error)
            self._go_on(entry)

    def _committed(self, entry: Entry, turn: Turn, stored: Message | None, error: Exception | None) -> None:
        """Take over what is durable now, and tell; if the ledger has a newer version of the room, decide again."""
        if isinstance(error, Conflict):
            self._house.spawn(self._rooms.reload(entry, turn.room), partial(self._reloaded, entry, turn))
            return
        step = turn.step
        if error is None:
            try:
                if step.ending is not None:
                    error = turn.error
                    self._rooms.close(entry, step)
                else:
                    self._move(entry, turn.room, step, stored)
            except Exception as fault:  # noqa: BLE001 - told to whoever waits; the line must go on
                error = fault
        elif step.ending is not None and isinstance(error, Unavailable):
            entry.ending = step
        turn.done(stored, error)
        self._go_on(entry)

    def _reloaded(self, entry: Entry, turn: Turn, _: None, error: Exception | None) -> None:
        if error is None:
            entry.turns.appendleft(partial(self._act, entry, turn))
        else:
            turn.done(None, error)
        self._go_on(entry)

    def _move(self, entry: Entry, room: Room, step: Step, stored: Message | None) -> None:
        if step.message is not None and stored is not None:
            if stored.message_id != step.message.message_id:
                return  # it was said before, and nothing was stored
            entry.messages.append(stored)
        entry.room = moved = _replace(step.room, version=room.version + 1)
        self._rooms.watch(moved)
        self._house.store.tell(step.tell)
