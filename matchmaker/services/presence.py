"""Presence: connect, disconnect, and dropping the state at the deadline."""

from functools import partial

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.domain import user_state as user_states
from matchmaker.domain.errors import Unavailable, VersionConflict
from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.snapshot import UserSnapshot
from matchmaker.domain.ticket import ALL_AGES, AgeBand
from matchmaker.domain.transactions import StateTransaction
from matchmaker.domain.user_events import AnyUserEvent, QueueUpdate
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import completed
from matchmaker.services.cached_room import CachedRoom
from matchmaker.services.context import MatchmakerContext, retry_on_conflict
from matchmaker.services.invites import InviteService
from matchmaker.services.rooms import RoomService

_replace = msgspec.structs.replace


class PresenceService:
    """Tracks which users are connected, by their sockets, and returns snapshots of their state."""

    def __init__(self, context: MatchmakerContext, rooms: RoomService, invite_service: InviteService) -> None:
        self._context = context
        self._rooms = rooms
        self._invites = invite_service
        self.mirrors: set[UserId] = set()
        """Connected users that are mirrors."""
        self._turned_away: dict[UserId, dict[int, int | None]] = {}
        """For users with several handshakes in progress: numbers of sockets that were turned away, and the one before
        each."""

    async def connect(self, profile: Profile, *, resumed: bool, band: AgeBand = ALL_AGES) -> UserSnapshot:
        """Register one more socket of a user, which supersedes the others; return the user's snapshot."""
        await self.process_deadline(profile.user_id)
        epoch, elder = await self._register_socket(profile, band, resumed=resumed)
        try:
            try:
                await completed(partial(self._rooms.sync_presence, profile.user_id))
            except Unavailable:
                # They are connected all the same; the room is updated as soon as the repository is back.
                self._context.scheduler.schedule(("attend", profile.user_id), self._context.clock.now())
            standing = await self.snapshot(profile.user_id)
        except BaseException:
            # The loss of a socket without a number is not reported.
            await self._roll_back_socket(profile.user_id, epoch, elder)
            raise
        self._turned_away.pop(profile.user_id, None)
        if profile.mirror:
            self.mirrors.add(profile.user_id)
        # A newer socket may have connected in between: this one keeps its own number.
        return _replace(standing, state=_replace(standing.state, epoch=epoch))

    @retry_on_conflict
    async def _register_socket(self, profile: Profile, band: AgeBand, *, resumed: bool) -> tuple[int, int | None]:
        """Return the number of the new socket, and that of the previous one if it is still open here."""
        state = self._context.store.cached_state(profile.user_id)
        is_open = state is not None and state.connected
        elder = state.epoch if state is not None and is_open else None
        if state is None:
            # Numbers keep rising when a state was dropped: no earlier socket has the number of a later one.
            state = UserState(profile=profile, epoch=self._context.clock.now())
        ticket = state.ticket and _replace(state.ticket, profile=profile, band=band)
        state = user_states.connect(_replace(state, profile=profile, band=band, ticket=ticket), resumed=resumed)
        self._context.store.commit(StateTransaction(states=(state,)))
        self._context.schedule_expiry(state)
        if state.is_waiting:
            self._context.schedule_matching(state.user)
        return state.epoch, elder

    @retry_on_conflict
    async def _roll_back_socket(self, user: UserId, epoch: int, elder: int | None) -> None:
        """Roll back socket number *epoch*, whose `hello` failed, to the one before; without one, the user is
        disconnected.
        """
        state = self._context.store.cached_state(user)
        if state is None:
            return
        failed = self._turned_away.setdefault(user, {})
        if state.epoch != epoch:
            failed[epoch] = elder  # A newer socket is in its handshake, and may be turned away as well.
            return
        while elder in failed:
            elder = failed[elder]
        if elder is None:
            await self.disconnect(user, epoch=epoch)
        elif state.connected:
            self._context.store.commit(StateTransaction(states=(_replace(state, epoch=elder),)))
        self._turned_away.pop(user, None)

    @retry_on_conflict
    async def disconnect(self, user: UserId, *, epoch: int) -> None:
        """Record that socket number *epoch* was lost; the loss of a superseded socket changes nothing."""
        state = self._context.store.cached_state(user)
        if state is None:
            return
        left = user_states.disconnect(state, epoch=epoch, now=self._context.clock.now(), rules=self._context.rules)
        if left is not state:
            await self._mark_disconnected(left)

    async def _mark_disconnected(self, left: UserState) -> None:
        self._context.store.commit(StateTransaction(states=(left,)))
        self._context.schedule_expiry(left)
        self.mirrors.discard(left.user)
        if left.room is not None:
            self._context.scheduler.schedule(("attend", left.user), self._context.clock.now())

    @retry_on_conflict
    async def snapshot(self, user: UserId) -> UserSnapshot:
        """Return the snapshot of *user* after applying due deadlines."""
        before = self._context.user_state(user)
        invite = await self._invites.refreshed(before.open_invite)
        found: CachedRoom | None = None
        if before.room is not None:
            found = await completed(partial(self._rooms.find, before.room))
        # Read again: in between the room may have ended or failed to open, and the invite may be over.
        state = self._context.user_state(user)
        if state.room is not None:
            if found is None or found.room is None or state.room != found.room.room_id:
                raise VersionConflict
            return UserSnapshot(state=state, room=found.room, messages=tuple(found.messages))
        if state.open_invite is not None and (invite is None or invite.invite_id != state.open_invite):
            raise VersionConflict
        return UserSnapshot(state=state, invite=None if state.open_invite is None else invite)

    @retry_on_conflict
    async def update_profile(self, profile: Profile, *, band: AgeBand | UnsetType = UNSET) -> None:
        """Replace the profile that others see; open rooms and invites keep the name they started with.

        *band*: the age band from now on, if it has changed.
        """
        state = self._context.store.cached_state(profile.user_id)
        if state is not None:
            known = state.band if band is UNSET else band
            ticket = state.ticket and _replace(state.ticket, profile=profile, band=known)
            state = _replace(state, profile=profile, band=known, ticket=ticket)
            self._context.store.commit(StateTransaction(states=(state,)))
            if state.is_waiting:
                self._context.schedule_matching(state.user)  # A changed gender makes other users compatible.

    @retry_on_conflict
    async def process_deadline(self, user: UserId) -> None:
        """Remove a user who was disconnected for too long from queue and invite, and finally drop their state."""
        context = self._context
        now = context.clock.now()
        state = context.store.cached_state(user)
        if state is None or not user_states.hold_expired(state, now=now, rules=context.rules):
            return
        if state.open_invite is not None:
            await self._invites.cancel_for(user, state.open_invite)
            state = context.user_state(user)
            if not user_states.hold_expired(state, now=now, rules=context.rules):
                return
        told: tuple[AnyUserEvent, ...] = ()
        if state.ticket is not None:
            told = (QueueUpdate(to=user, queued=False, reason="expired_hold"),)
        state = user_states.with_deadline(_replace(state, ticket=None), rules=context.rules)
        if user_states.is_expired(state, now=now, rules=context.rules):
            context.store.commit(StateTransaction(removed=(state,), events=told))
            context.forget(user)
            return
        context.store.commit(StateTransaction(states=(state,), events=told))
        # If an invite is being closed, or a room is open, their end schedules the state again.
        if state.phase == "idle":
            context.schedule_expiry(state)
