"""Rooms: load, apply deadlines, decide, commit, publish."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec

from matchmaker.domain import room_transitions
from matchmaker.domain.errors import NotInRoom, TakenOver, Unavailable
from matchmaker.domain.friend_call import FriendCall
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.message import Message
from matchmaker.domain.room import Reason, Room
from matchmaker.domain.transactions import RoomClosure, RoomTransition
from matchmaker.domain.user_events import AnyUserEvent
from matchmaker.ports.callbacks import Done, after, completed
from matchmaker.ports.room_repository import MESSAGES_IN_STATE
from matchmaker.services.cached_room import CachedRoom, Decide, RoomCache, RoomOperation
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.room_membership import RoomMembership
from matchmaker.services.room_opening import RoomOpener
from matchmaker.services.room_operations import RoomOperationQueue

_replace = msgspec.structs.replace


class RoomService:
    """Opens, changes and ends rooms. The repository decides conflicts; the cache holds what it last returned."""

    def __init__(self, context: MatchmakerContext, cache: RoomCache) -> None:
        self._context = context
        self.membership = RoomMembership(context)
        self._entries = cache
        self.opening = RoomOpener(context, self.membership, self)
        self._operations = RoomOperationQueue(context, self)
        self.open = self.opening.open

    def remember(self, room: Room, messages: list[Message]) -> CachedRoom:
        """Cache an open room that the repository has returned."""
        entry = self._entries[room.room_id] = CachedRoom(room, messages)
        self.schedule_deadline(room)
        return entry

    def forget(self, room_id: RoomId) -> None:
        """Remove a room from the cache: it has ended, or none of its users is here."""
        entry = self._entries.pop(room_id, None)
        if entry is not None:
            entry.room = None
        self._context.scheduler.schedule(("room", room_id), None)

    def evict(self, user: UserId) -> None:
        """Drop the state of *user*, which another process owns, or of both users of their room. No events."""
        context = self._context
        state = context.store.cached_state(user)
        if state is None:
            return
        entry = None if state.room is None else self._entries.get(state.room)
        users = (user,) if entry is None or entry.room is None else entry.room.users
        if state.room is not None:
            self.forget(state.room)
        for one in users:
            context.drop(one)
            context.store.changes.evicted.publish(one)

    def find(self, room_id: RoomId, done: Done) -> None:
        """Call *done* with a room, from the cache or the repository; None: it has ended, or failed to open."""
        entry = self._entries.get(room_id)
        if entry is not None:
            done(entry, None)
        elif room_id in self.opening.opening:
            self.opening.when_decided(room_id, after(partial(self.find, room_id), done))
        else:
            self._context.spawn(self._load(room_id), done)

    def cached(self, room_id: RoomId) -> CachedRoom | None:
        """Return the cached room."""
        return self._entries.get(room_id)

    def all(self) -> list[Room]:
        """Return every open room in the cache."""
        return [entry.room for entry in self._entries.values() if entry.room is not None]

    def extend_graces(self, by_ms: int) -> Coroutine[Any, Any, None]:
        """Extend every grace by the time for which this process was suspended; return the writes that are left to do.

        The extension is done in memory before this returns. Not stored, since a start gives full graces.
        """
        return self._change_graces(lambda room: room_transitions.extend_grace(room, by_ms=by_ms))

    def renew_graces(self, *, less_than_ms: int) -> Coroutine[Any, Any, None]:
        """Restart every grace of which less than *less_than_ms* is left; return the writes that are left to do, as
        above.
        """
        now, rules = self._context.clock.now(), self._context.rules
        return self._change_graces(
            lambda room: room_transitions.renew_grace(room, less_than_ms=less_than_ms, now=now, rules=rules)
        )

    def _change_graces(self, change: Callable[[Room], RoomTransition]) -> Coroutine[Any, Any, None]:
        busy = [entry for entry in self._entries.values() if entry.is_busy]
        told = [
            event
            for entry in self._entries.values()
            if not entry.is_busy
            for event in self._change_grace(entry, change)
        ]

        def line_up(entry: CachedRoom, done: Done) -> None:
            self._operations.enqueue(entry, partial(act, entry, done))

        def act(entry: CachedRoom, done: Done) -> bool:
            self._context.store.publish(self._change_grace(entry, change))
            done(None, None)
            return True

        async def rest() -> None:
            self._context.store.publish(told)
            for entry in busy:
                await completed(partial(line_up, entry))

        return rest()

    def _change_grace(self, entry: CachedRoom, change: Callable[[Room], RoomTransition]) -> tuple[AnyUserEvent, ...]:
        if entry.room is None or entry.room.grace_until is None:
            return ()
        step = change(entry.room)
        entry.room = step.room
        self.schedule_deadline(step.room)
        return step.events

    async def store_again(self) -> None:
        """Store every open room again: the stored instants were computed with a wall clock that has been stepped since.

        Raises:
            Unavailable: the repository cannot be reached; it may be retried.
        """
        for entry in list(self._entries.values()):
            if entry.room is not None:
                with suppress(NotInRoom):
                    await self.change(
                        entry.room.offerer.user, entry.room.room_id, lambda room, _: RoomTransition(room=_replace(room))
                    )

    async def change(self, user: UserId, room_id: RoomId, decide: Decide) -> None:
        """Do as `submit`, and return once it is done.

        Raises:
            NotInRoom: *user* is not a participant, or a deadline has ended the room.
        """
        await completed(partial(self.submit, user, room_id, decide))

    def submit(self, user: UserId, room_id: RoomId, decide: Decide, done: Done) -> None:
        """Apply the deadlines of the room of *user*, then *decide*; as a whole or not at all.

        *done* is called with the stored message, if any, or with the error: `NotInRoom` if *user* is not a
        participant, or a deadline has ended the room.
        """
        entry = self._entries.get(room_id)
        if entry is not None:
            self._operations.add(entry, RoomOperation(user, decide, done))
            return

        def found(entry: CachedRoom | None, error: Exception | None) -> None:
            if entry is None:
                done(None, error)
            else:
                self._operations.add(entry, RoomOperation(user, decide, done))

        self.entry(user, room_id, found)

    def close(self, entry: CachedRoom, step: RoomTransition) -> None:
        """Drop a room that has ended, clear the states of both users, and send the events."""
        room_id = step.room.room_id
        entry.room = None
        self._entries.pop(room_id, None)
        self._context.scheduler.schedule(("room", room_id), None)
        self.membership.clear(step)
        if step.room.kind == "friend" and step.ending is not None:
            self._note_call(step.room, step.ending)

    def _note_call(self, room: Room, ending: RoomClosure) -> None:
        caller, callee = room.users
        self._context.friends.note_call(
            FriendCall(
                call_id=room.room_id,
                caller=caller,
                callee=callee,
                outcome="accepted",
                mode=room.mode,
                live_ms=ending.live_ms if room.was_live else None,
            )
        )

    def process_deadline(self, room_id: RoomId, done: Done) -> None:
        """Apply the due deadlines of a room; then call *done*."""

        def found(entry: CachedRoom | None, error: Exception | None) -> None:
            if entry is None:
                done(None, error)
            else:
                self._operations.add(entry, RoomOperation(None, None, partial(passed, entry)))

        def passed(entry: CachedRoom, _: None, error: Exception | None) -> None:
            error = _unless_over(error)
            if error is None and entry.room is not None:
                self.schedule_deadline(entry.room)
            done(None, error)

        self.find(room_id, found)

    def sync_presence(self, user: UserId, done: Done) -> None:
        """Start or end the grace of *user* in their room, by whether they are connected; then call *done*."""
        context = self._context
        state = context.store.cached_state(user)
        if state is None or state.room is None or state.room in self.opening.opening:
            done(None, None)  # The opening of a room checks presence afterwards.
            return

        def decide(room: Room, now: int) -> RoomTransition:
            # Checked again when it runs: what counts is whether they are connected now, not what scheduled this.
            state = context.store.cached_state(user)
            if state is not None and state.connected:
                return room_transitions.mark_back(room, user=user, now=now)
            return room_transitions.mark_away(room, user=user, now=now, rules=context.rules)

        self.submit(user, state.room, decide, lambda _, error: done(None, _unless_over(error)))

    def leave(self, user: UserId, room_id: RoomId, reason: Reason, done: Done) -> None:
        """End a room for *user*; ending a room that is over is not an error. *done* as in `submit`."""
        context = self._context

        def left(_: None, error: Exception | None) -> None:
            if isinstance(error, NotInRoom):
                state = context.store.cached_state(user)
                if state is not None and room_id in (state.last_room, state.room):
                    error = None
            done(None, error)

        self.submit(
            user,
            room_id,
            lambda room, now: room_transitions.leave(room, by=user, reason=reason, now=now, rules=context.rules),
            left,
        )

    async def end(self, user: UserId, room_id: RoomId, reason: Reason) -> None:
        """Call `leave`, and return once it is done.

        Raises:
            NotInRoom: *user* is not a participant.
        """
        await completed(partial(self.leave, user, room_id, reason))

    def dismiss_mirror(self, user: UserId, done: Done) -> None:
        """End the room of *user* with the mirror, because another user is paired with them; then call *done*.

        They keep their place in the queue. `Unavailable`: the room cannot be ended now.
        """
        state = self._context.store.cached_state(user)
        if state is None or state.room is None:
            done(None, None)
            return
        room_id = state.room

        def found(entry: CachedRoom | None, error: Exception | None) -> None:
            if entry is None or entry.room is None:
                ended(None, error)
            else:
                self.leave(entry.room.peer(user).user, room_id, "hangup", ended)

        def ended(_: None, error: Exception | None) -> None:
            error = _unless_over(error)
            state = self._context.store.cached_state(user)
            if error is None and state is not None and state.room == room_id:
                error = Unavailable()
            done(None, error)

        self.find(room_id, found)

    def entry(self, user: UserId, room_id: RoomId, done: Done) -> None:
        """Call *done* with the room that *user* is in; or with `NotInRoom`, whether or not the room exists."""

        def found(entry: CachedRoom | None, error: Exception | None) -> None:
            if error is None and (entry is None or entry.room is None or user not in entry.room.users):
                error = NotInRoom()
            done(entry if error is None else None, error)

        state = self._context.store.cached_state(user)
        if room_id not in self._entries and (state is None or state.room != room_id):
            done(None, NotInRoom())
        else:
            self.find(room_id, found)

    def schedule_deadline(self, room: Room) -> None:
        """Schedule the deadline of the room."""
        self._context.scheduler.schedule(
            ("room", room.room_id), room_transitions.deadline(room, rules=self._context.rules)
        )

    async def _load(self, room_id: RoomId) -> CachedRoom | None:
        try:
            room = await self._context.repository.room(room_id)
        except TakenOver:
            return None
        if room is None:
            return None
        messages = await self._context.repository.messages(room_id, limit=MESSAGES_IN_STATE)
        return self._entries.get(room_id) or self.remember(room, messages)

    async def reload(self, entry: CachedRoom, room: Room) -> None:
        """Apply the stored state of a room that was changed, or ended, by another process.

        Other operations of the room wait.
        """
        try:
            current = await self._context.repository.room(room.room_id)
        except TakenOver:
            self.evict(room.offerer.user if not room.offerer.profile.mirror else room.answerer.user)
            entry.room = None
            return
        if entry.room is None:
            return  # The end of the room was received in between.
        if current is not None:
            entry.room = current
            entry.is_overdue = True  # after an outage: what was stored, and refused, has been undone
            self.schedule_deadline(current)
            return
        # No user may stay in a room that has ended, even if it is unknown how it ended.
        now = self._context.clock.now()
        ending = RoomClosure(
            reason="hangup", by=None, at=now, live_ms=room.live_ms(now), cooldown_until=room.cooldown_until
        )
        self.close(entry, entry.ending or room_transitions.closure_events(room, ending))


def _unless_over(error: Exception | None) -> Exception | None:
    """Return *error*, unless it is that the room is over."""
    return None if isinstance(error, NotInRoom) else error
