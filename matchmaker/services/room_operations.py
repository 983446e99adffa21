"""Operations on a room: one after the other, decided after due deadlines, committed, then published."""

from collections.abc import Callable
from functools import partial

import msgspec

from matchmaker.domain import room_transitions
from matchmaker.domain.errors import NotInRoom, Unavailable, VersionConflict
from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomTransition, RoomWrite
from matchmaker.services.cached_room import CachedRoom, RoomOperation
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.open_rooms import OpenRooms

_replace = msgspec.structs.replace


class RoomOperationQueue:
    """Decides synchronously, and is called back after the commit; only loading runs in a task."""

    def __init__(self, context: MatchmakerContext, rooms: OpenRooms) -> None:
        self._context = context
        self._rooms = rooms

    def add(self, entry: CachedRoom, operation: RoomOperation) -> None:
        """Run *operation* after those before it."""
        self.enqueue(entry, partial(self._act, entry, operation))

    def enqueue(self, entry: CachedRoom, act: Callable[[], bool]) -> None:
        """Call *act* after the operations before it; see `CachedRoom.operations`."""
        entry.operations.append(act)
        if not entry.is_busy:
            self._run_next(entry)

    def _run_next(self, entry: CachedRoom) -> None:
        """Run the waiting operations of *entry*, until one has to wait for a commit."""
        entry.is_busy = True
        while entry.operations:
            if not entry.operations.popleft()():
                return
        entry.is_busy = False

    def _act(self, entry: CachedRoom, operation: RoomOperation) -> bool:
        """Decide *operation*, and start its commit; return whether it is done already."""
        context, room = self._context, entry.room
        try:
            if room is None:
                raise NotInRoom
            if operation.user is not None:
                room.me(operation.user)
            now = context.clock.now()
            advance = room_transitions.advance_after_outage if entry.is_overdue else room_transitions.advance_to
            entry.is_overdue = False
            step = passed = advance(room, now=now, rules=context.rules)
            operation.error = None if operation.user is None or passed.ending is None else NotInRoom()
            if passed.ending is None and operation.decide is not None:
                step = operation.decide(passed.room, now)
                if passed.events:
                    step = _replace(step, events=passed.events + step.events)
        except Exception as error:  # noqa: BLE001 - the answer to the caller
            operation.done(None, error)
            return True
        if step.room is room and step.ending is None and step.message is None:
            context.store.publish(step.events)
            operation.done(None, None)
            return True
        operation.room, operation.step = room, step
        self._commit(entry, operation)
        return False

    def _commit(self, entry: CachedRoom, operation: RoomOperation) -> None:
        context, room, step = self._context, operation.room, operation.step
        if step.ending is not None:
            unread = self._rooms.membership.users_to_load(step)
            if unread:
                context.spawn(context.load(unread), partial(self._read, entry, operation))
                return
        elif step.room is room:
            # A message changes a call as well: a process that has lost the room must not store it.
            step = operation.step = _replace(step, room=_replace(room))
        change = RoomWrite(before=room, after=step.room, message=step.message, ending=step.ending)
        context.repository.submit(change, partial(self._committed, entry, operation))

    def _read(self, entry: CachedRoom, operation: RoomOperation, _: None, error: Exception | None) -> None:
        if error is None:
            self._commit(entry, operation)
        else:
            self._finish(entry, operation, None, error)

    def _committed(
        self, entry: CachedRoom, operation: RoomOperation, stored: Message | None, error: Exception | None
    ) -> None:
        """Apply what is durable now, and publish it; if the repository has a newer version of the room, decide
        again.
        """
        if isinstance(error, VersionConflict):
            self._context.spawn(self._rooms.reload(entry, operation.room), partial(self._reloaded, entry, operation))
            return
        step = operation.step
        if error is None:
            try:
                if step.ending is not None:
                    error = operation.error
                    self._rooms.close(entry, step)
                else:
                    self._move(entry, operation.room, step, stored)
            except Exception as fault:  # noqa: BLE001 - handed to the callback; the line must continue
                error = fault
        elif step.ending is not None and isinstance(error, Unavailable):
            entry.ending = step
        self._finish(entry, operation, stored, error)

    def _reloaded(self, entry: CachedRoom, operation: RoomOperation, _: None, error: Exception | None) -> None:
        if error is None:
            entry.operations.appendleft(partial(self._act, entry, operation))
            self._run_next(entry)
        else:
            self._finish(entry, operation, None, error)

    def _finish(
        self, entry: CachedRoom, operation: RoomOperation, stored: Message | None, error: Exception | None
    ) -> None:
        """Report *operation* as done, and run the next one."""
        if isinstance(error, Unavailable):
            due = room_transitions.deadline(operation.room, rules=self._context.rules)
            entry.is_overdue = due is not None and due <= self._context.clock.now()
        operation.done(stored, error)
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
