"""Presence: connect, disconnect, and dropping the state at the deadline."""

from functools import partial

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.domain import user_state as user_states
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.snapshot import UserSnapshot
from matchmaker.domain.ticket import ALL_AGES, AgeBand
from matchmaker.domain.user_events import QueueUpdate
from matchmaker.domain.user_state import UserState
from matchmaker.ports.callbacks import Done, after, begin
from matchmaker.services.cached_room import CachedRoom
from matchmaker.services.context import MatchmakerContext
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

    def connect(self, profile: Profile, done: Done, *, resumed: bool, band: AgeBand = ALL_AGES) -> None:
        """Register one more socket of a user, which supersedes the others; call *done* with the user's snapshot."""
        admit = partial(self._admit, profile, resumed=resumed, band=band)
        self.process_deadline(profile.user_id, after(admit, done))

    def _admit(self, profile: Profile, done: Done, *, resumed: bool, band: AgeBand) -> None:
        user = profile.user_id
        epoch, previous = self._register_socket(profile, band, resumed=resumed)

        def synced(_: None, error: Exception | None) -> None:
            if isinstance(error, Unavailable):
                # They are connected all the same; the room is updated as soon as the repository is back.
                self._context.scheduler.schedule(("sync_presence", user), self._context.clock.now())
                error = None
            if error is None:
                begin(partial(self.snapshot, user), shown)
            else:
                shown(None, error)

        def shown(snapshot: UserSnapshot | None, error: Exception | None) -> None:
            if snapshot is None:
                # The loss of a socket without a number is not reported.
                self._roll_back_socket(user, epoch, previous)
                done(None, error)
                return
            self._turned_away.pop(user, None)
            if profile.mirror:
                self.mirrors.add(user)
            # A newer socket may have connected in between: this one keeps its own number.
            done(_replace(snapshot, state=_replace(snapshot.state, epoch=epoch)), None)

        self._rooms.sync_presence(user, synced)

    def _register_socket(self, profile: Profile, band: AgeBand, *, resumed: bool) -> tuple[int, int | None]:
        """Return the number of the new socket, and that of the previous one if it is still open here."""
        state = self._context.store.cached_state(profile.user_id)
        is_open = state is not None and state.connected
        previous = state.epoch if state is not None and is_open else None
        if state is None:
            # Numbers keep rising when a state was dropped: no earlier socket has the number of a later one.
            state = UserState(profile=profile, epoch=self._context.clock.now())
        ticket = state.ticket and _replace(state.ticket, profile=profile, band=band)
        state = user_states.connect(_replace(state, profile=profile, band=band, ticket=ticket), resumed=resumed)
        self._context.put(state)
        if state.is_waiting:
            self._context.schedule_matching(state.user)
        return state.epoch, previous

    def _roll_back_socket(self, user: UserId, epoch: int, previous: int | None) -> None:
        """Roll back socket number *epoch*, whose `hello` failed, to the one before; without one, the user is
        disconnected.
        """
        state = self._context.store.cached_state(user)
        if state is None:
            return
        failed = self._turned_away.setdefault(user, {})
        if state.epoch != epoch:
            failed[epoch] = previous  # A newer socket is in its handshake, and may be turned away as well.
            return
        while previous in failed:
            previous = failed[previous]
        if previous is None:
            self.disconnect(user, epoch=epoch)
        elif state.connected:
            self._context.store.put(_replace(state, epoch=previous))
        self._turned_away.pop(user, None)

    def disconnect(self, user: UserId, *, epoch: int) -> None:
        """Record that socket number *epoch* was lost; the loss of a superseded socket changes nothing."""
        context, state = self._context, self._context.store.cached_state(user)
        if state is None:
            return
        left = user_states.disconnect(state, epoch=epoch, now=context.clock.now(), rules=context.rules)
        if left is state:
            return
        context.put(left)
        self.mirrors.discard(user)
        if left.room is not None:
            context.scheduler.schedule(("sync_presence", user), context.clock.now())

    def snapshot(self, user: UserId, done: Done) -> None:
        """Call *done* with the snapshot of *user* after applying due deadlines.

        Raises:
            Unavailable: *user* is not here.
        """
        state, invite = self._context.user_state(user), self._invites.of(user)
        if self._invites.end_due(invite, partial(self.snapshot, user), done):
            return
        if state.room is None:
            done(UserSnapshot(state=state, invite=invite), None)
        else:
            self._rooms.find(state.room, partial(self._found, user, state.room, done))

    def _found(
        self, user: UserId, room_id: RoomId, done: Done, entry: CachedRoom | None, error: Exception | None
    ) -> None:
        state = self._context.store.cached_state(user)
        if error is not None:
            done(None, error)
        elif state is None or state.room != room_id:  # The room has ended, or failed to open.
            begin(partial(self.snapshot, user), done)
        elif entry is None or entry.room is None:
            done(None, Unavailable())
        else:
            done(UserSnapshot(state=state, room=entry.room, messages=tuple(entry.messages)), None)

    def update_profile(self, profile: Profile, *, band: AgeBand | UnsetType = UNSET) -> None:
        """Replace the profile that others see; open rooms and invites keep the name they started with.

        *band*: the age band from now on, if it has changed.
        """
        state = self._context.store.cached_state(profile.user_id)
        if state is not None:
            known = state.band if band is UNSET else band
            ticket = state.ticket and _replace(state.ticket, profile=profile, band=known)
            state = _replace(state, profile=profile, band=known, ticket=ticket)
            self._context.store.put(state)
            if state.is_waiting:
                self._context.schedule_matching(state.user)  # A changed gender makes other users compatible.

    def process_deadline(self, user: UserId, done: Done) -> None:
        """Remove a user who was disconnected for too long from queue and invite, and finally drop their state; then
        call *done*.
        """
        context, state = self._context, self._context.store.cached_state(user)
        now = context.clock.now()
        if state is None or not user_states.hold_expired(state, now=now, rules=context.rules):
            done(None, None)
            return
        invite = self._invites.of(user)
        if invite is not None and not invite.closing:
            again = after(partial(self.process_deadline, user), done)
            self._invites.cancel_for(user, invite.invite_id, again)
            return
        events = (QueueUpdate(to=user, queued=False, reason="expired_hold"),) if state.ticket is not None else ()
        state = user_states.with_deadline(_replace(state, ticket=None), rules=context.rules)
        if user_states.is_expired(state, now=now, rules=context.rules):
            context.remove(user)
        else:
            context.store.put(state)
            # If an invite is being closed, or a room is open, their end schedules the state again.
            if state.phase == "idle":
                context.scheduler.schedule(("expiry", user), state.deadline)
        context.store.publish(events)
        done(None, None)
