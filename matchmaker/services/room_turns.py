"""Turns of a room: one after the other, decided after due deadlines, committed, then published."""

from collections.abc import Callable
from functools import partial

import msgspec

from matchmaker.domain import room_transitions
from matchmaker.domain.errors import NotInRoom, Unavailable, VersionConflict
from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomTransition, RoomWrite
from matchmaker.services.cached_room import CachedRoom, RoomTurn
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.open_rooms import OpenRooms

_replace = msgspec.structs.replace


class RoomTurns:
    """Decides synchronously, and is called back after the commit; only loading runs in a task."""

    def __init__(self, context: MatchmakerContext, rooms: OpenRooms) -> None:
        self._context = context
        self._rooms = rooms

    def add(self, entry: CachedRoom, turn: RoomTurn) -> None:
        """Run *turn* after those before it."""
        self.enqueue(entry, partial(self._act, entry, turn))

    def enqueue(self, entry: CachedRoom, act: Callable[[], bool]) -> None:
        """Call *act* after the turns before it; see `CachedRoom.turns`."""
        entry.turns.append(act)
        if not entry.is_busy:
            self._run_next(entry)

    def _run_next(self, entry: CachedRoom) -> None:
        """Run the waiting turns of *entry*, until one has to wait for a commit."""
        entry.is_busy = True
        while entry.turns:
            if not entry.turns.popleft()():
                return
        entry.is_busy = False

    def _act(self, entry: CachedRoom, turn: RoomTurn) -> bool:
        """Decide *turn*, and start its commit; return whether it is done already."""
        context, room = self._context, entry.room
        try:
            if room is None:
                raise NotInRoom
            if turn.user is not None:
                room.me(turn.user)
            now = context.clock.now()
            step = passed = room_transitions.advance_to(room, now=now, rules=context.rules)
            turn.error = None if turn.user is None or passed.ending is None else NotInRoom()
            if passed.ending is None and turn.decide is not None:
                step = turn.decide(passed.room, now)
                if passed.events:
                    step = _replace(step, events=passed.events + step.events)
        except Exception as error:  # noqa: BLE001 - the answer to the caller
            turn.done(None, error)
            return True
        if step.room is room and step.ending is None and step.message is None:
            context.store.publish(step.events)
            turn.done(None, None)
            return True
        turn.room, turn.step = room, step
        self._commit(entry, turn)
        return False

    def _commit(self, entry: CachedRoom, turn: RoomTurn) -> None:
        context, room, step = self._context, turn.room, turn.step
        if step.ending is not None:
            unread = self._rooms.membership.users_to_load(step)
            if unread:
                context.spawn(context.load(unread), partial(self._read, entry, turn))
                return
        elif step.room is room:
            # A message changes a call as well: a process that has lost the room must not store it.
            step = turn.step = _replace(step, room=_replace(room))
        change = RoomWrite(before=room, after=step.room, message=step.message, ending=step.ending)
        context.repository.submit(change, partial(self._committed, entry, turn))

    def _read(self, entry: CachedRoom, turn: RoomTurn, _: None, error: Exception | None) -> None:
        if error is None:
            self._commit(entry, turn)
        else:
            turn.done(None, error)
            self._run_next(entry)

    def _committed(self, entry: CachedRoom, turn: RoomTurn, stored: Message | None, error: Exception | None) -> None:
        """Apply what is durable now, and publish it; if the repository has a newer version of the room, decide
        again.
        """
        if isinstance(error, VersionConflict):
            self._context.spawn(self._rooms.reload(entry, turn.room), partial(self._reloaded, entry, turn))
            return
        step = turn.step
        if error is None:
            try:
                if step.ending is not None:
                    error = turn.error
                    self._rooms.close(entry, step)
                else:
                    self._move(entry, turn.room, step, stored)
            except Exception as fault:  # noqa: BLE001 - handed to the callback; the line must continue
                error = fault
        elif step.ending is not None and isinstance(error, Unavailable):
            entry.ending = step
        turn.done(stored, error)
        self._run_next(entry)

    def _reloaded(self, entry: CachedRoom, turn: RoomTurn, _: None, error: Exception | None) -> None:
        if error is None:
            entry.turns.appendleft(partial(self._act, entry, turn))
        else:
            turn.done(None, error)
        self._run_next(entry)

    def _move(self, entry: CachedRoom, room: Room, step: RoomTransition, stored: Message | None) -> None:
        if entry.room is None:
            return  # It was evicted during the commit: another process has it.
        if step.message is not None and stored is not None:
            if stored.message_id != step.message.message_id:
                return  # The message was sent before, and nothing was stored.
            entry.messages.append(stored)
        entry.room = moved = _replace(step.room, version=room.version + 1)
        self._rooms.schedule_deadline(moved)
        self._context.store.publish(step.events)
