"""Moving the state of one user, or of a room and its users, from one process to another."""

from collections.abc import Mapping

import msgspec

from matchmaker.domain import room_transitions
from matchmaker.domain.errors import TakenOver, Unavailable, VersionConflict
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.user_state import UserState
from matchmaker.ports.room_repository import MESSAGES_IN_STATE
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.room_recovery import RoomRecovery
from matchmaker.services.rooms import RoomService

_replace = msgspec.structs.replace


class ReleasedUser(msgspec.Struct, frozen=True, kw_only=True):
    """The whole state of a user who has neither invite nor room."""

    state: UserState = msgspec.field(name="seat")
    """The mappings of its ticket are in `avoided` and `introduced`."""
    avoided: Mapping[UserId, int] | None = None
    """None: it was not loaded."""
    introduced: Mapping[UserId, str | None] | None = None
    unanswered: Mapping[UserId, int] = {}
    """When the last direct invite to each user expired."""


class UserTransfer:
    """Releases and adopts users; takes over rooms."""

    def __init__(self, context: MatchmakerContext, rooms: RoomService, handover: RoomRecovery) -> None:
        self._context = context
        self._rooms = rooms
        self._handover = handover

    def release(self, user: UserId) -> ReleasedUser | None:
        """Remove and return the state of *user*; None: there is none, or they have an invite or a room.

        Afterwards requests of theirs fail as for a user who is not connected.
        """
        context = self._context
        state = context.store.cached_state(user)
        if state is None or state.room is not None or state.open_invite is not None:
            return None
        avoided = context.exclusions.known(user)
        introduced = context.introductions.known(user) if context.introductions.is_known(user) else None
        context.drop(user)
        if state.ticket is not None:
            state = _replace(state, ticket=_replace(state.ticket, avoid={}, introduced={}))
        unanswered = context.unanswered_invites.release(user)
        return ReleasedUser(state=state, avoided=avoided, introduced=introduced, unanswered=unanswered)

    def adopt(self, released: ReleasedUser) -> UserState:
        """Add the user of *released*, exactly as they were.

        Raises:
            VersionConflict: there is a state of theirs already.
        """
        context, state = self._context, released.state
        if context.store.cached_state(state.user) is not None:
            raise VersionConflict
        if released.avoided is not None:
            avoided = context.exclusions.load(state.user, released.avoided)
            introduced = context.introductions.load(state.user, released.introduced or {})
            if state.ticket is not None:
                state = _replace(state, ticket=_replace(state.ticket, avoid=avoided, introduced=introduced))
        context.unanswered_invites.adopt(state.user, released.unanswered)
        context.put(state)
        if state.is_waiting:
            context.schedule_matching(state.user)
        return state

    async def adopt_room(self, room_id: RoomId, *, crashed_at: int | None = None) -> bool:
        """Serve a room that this process now owns; both users are away, with a full grace from now.

        *crashed_at*: when its former owner was last alive; the torch stood still since. None: until now.

        Return whether it is open, and no other process has taken it over since.

        Raises:
            Unavailable: the repository cannot be reached, or another process has changed the room in between.
        """
        context = self._context
        try:
            room = await context.repository.room(room_id)
        except TakenOver:
            return False
        if room is None:
            return False
        messages = await context.repository.messages(room_id, limit=MESSAGES_IN_STATE)
        now = context.clock.now()
        since = now if crashed_at is None else crashed_at
        stored = await context.repository.update_rooms(
            [(room, room_transitions.recover(room, crashed_at=since, now=now, rules=context.rules))]
        )
        if not stored:
            raise Unavailable
        for participant in room.people:
            known = context.store.cached_state(participant.user)
            if known is not None and known.room != room_id:
                self._rooms.evict(participant.user)
        await self._handover.restore_users(stored[0], messages)
        return True
