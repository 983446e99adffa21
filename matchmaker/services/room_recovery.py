"""Recovery: load all open rooms after a crash, or one room of a process that is dead or draining."""

from functools import partial

import msgspec

from matchmaker.domain import room_transitions
from matchmaker.domain.message import Message
from matchmaker.domain.room import Participant, Room
from matchmaker.domain.ticket import Ticket
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import completed
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.invites import InviteService
from matchmaker.services.rooms import RoomService


class RoomRecovery:
    """Takes over rooms of the repository."""

    def __init__(self, context: MatchmakerContext, rooms: RoomService, invite_service: InviteService) -> None:
        self._context = context
        self._rooms = rooms
        self._invites = invite_service

    async def recover(self, *, crashed_at: int | None = None) -> int:
        """Take over every open room, both users away with a full grace from now; return how many.

        *crashed_at*: when the previous process was last alive (Unix milliseconds); the torch stood still since.
        May be repeated after an interruption: a room to which a user has already returned is not changed.
        """
        context = self._context
        count, after = 0, None
        while page := await context.repository.rooms(after=after):
            now = context.clock.now()
            since = now if crashed_at is None else crashed_at
            told = {room.room_id: messages for room, messages in page}
            stored = await context.repository.update_rooms(
                [
                    (room, room_transitions.recover(room, crashed_at=since, now=now, rules=context.rules))
                    for room, _ in page
                    if not await self._is_attended(room)
                ]
            )
            for room in stored:
                self._rooms.remember(room, told[room.room_id])
                for p in room.people:
                    await self._restore_user(room, p, now)
            count, after = count + len(stored), page[-1][0].room_id
        return count

    async def _is_attended(self, room: Room) -> bool:
        if self._rooms.cached(room.room_id) is None:
            return False
        states = [self._context.store.cached_state(user) for user in room.users]
        return any(state is not None and state.connected for state in states)

    async def restore_users(self, room: Room, messages: list[Message]) -> None:
        """Cache a room that was just taken over, and create the states of both users, who are away."""
        self._rooms.remember(room, messages)
        for participant in room.people:
            await self._restore_user(room, participant, self._context.clock.now())

    async def _restore_user(self, room: Room, person: Participant, now: int) -> None:
        """Create the state of *person* in *room*, disconnected."""
        profile = person.profile
        mirrored = room.is_mirror and not profile.mirror
        # A real user has priority over the mirror after a restart too: the place in the queue is as old as the room.
        avoid = await self._context.exclusions.of(person.user) if mirrored else {}
        # As in `PresenceService.connect`: no earlier socket has the number of a later one.
        new = UserState(profile=profile, epoch=now, lost_at=now)
        state = self._context.store.cached_state(person.user) or new
        if state.room == room.room_id:
            return
        if state.open_invite is not None:
            await completed(partial(self._invites.cancel_for, state.user, state.open_invite, has_left=False))
            state = self._context.user_state(state.user)
        ticket = None
        if mirrored:
            ticket = Ticket(profile=profile, wish=person.wish, joined_at=room.started_at, avoid=avoid, band=state.band)
        state = msgspec.structs.replace(state, room=room.room_id, ticket=ticket, mirrored=mirrored)
        self._context.store.put(state)
        if state.connected:
            self._context.scheduler.schedule(("sync_presence", person.user), now)
