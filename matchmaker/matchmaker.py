"""The facade of the matchmaker: all operations of users, and of time. Each decides, commits and publishes."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec

from matchmaker.domain import room_transitions, user_events
from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Invalid, NotInRoom, Unavailable
from matchmaker.domain.friend_call import FriendCallRules, NoFriends
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.message import Message
from matchmaker.domain.room import Reason
from matchmaker.domain.ticket import MatchPreferences, Ticket
from matchmaker.domain.timing import FOREVER, Timing
from matchmaker.domain.user_state import Phase
from matchmaker.domain.user_updates import (
    AnyUserUpdate,
    ExclusionsReduced,
    IntroductionAdded,
    NotificationStored,
    Separation,
    UsersSeparated,
)
from matchmaker.ports.callbacks import Done, Operation, awaitable, completed
from matchmaker.ports.other_processes import OtherProcesses
from matchmaker.ports.room_repository import RoomRepository
from matchmaker.services.cached_room import CachedRoom, RoomCache
from matchmaker.services.chat import ChatService
from matchmaker.services.context import MatchmakerContext
from matchmaker.services.friend_calls import FriendCallOpener
from matchmaker.services.invites import InviteService
from matchmaker.services.presence import PresenceService
from matchmaker.services.queue import QueueService
from matchmaker.services.room_recovery import RoomRecovery
from matchmaker.services.rooms import RoomService
from matchmaker.services.scheduler import Key, Kind
from matchmaker.services.state_store import StateStore
from matchmaker.services.stats import MatchmakerStats
from matchmaker.services.user_transfer import UserTransfer


class Matchmaker:
    """The facade of the matchmaker. The operations of each subject are in a service of their own."""

    def __init__(
        self,
        *,
        store: StateStore,
        repository: RoomRepository,
        clock: Clock,
        rules: Timing,
        on_fault: Callable[[Key, BaseException], None],
        others: OtherProcesses | None = None,
        friends: FriendCallRules = NoFriends(),  # noqa: B008 - has no state
        stats: MatchmakerStats | None = None,
        room_cache: RoomCache | None = None,
    ) -> None:
        """*others*: the other processes of the cluster; None: there are none."""
        self._others = others or OtherProcesses()
        self._publish = store.changes.stored.publish
        context = self.context = MatchmakerContext(
            store=store,
            repository=repository,
            clock=clock,
            rules=rules,
            act=self._act,
            on_fault=on_fault,
            others=self._others,
            friends=friends,
            stats=stats or MatchmakerStats(),
        )
        rooms = self.rooms = RoomService(context, RoomCache() if room_cache is None else room_cache)
        invite_service = self.invites = InviteService(context, rooms)
        presence = self._presence = PresenceService(context, rooms, invite_service)
        queue = self.queue = QueueService(context, rooms, invite_service, presence)
        chat = self.chat = ChatService(context, rooms)
        self.friend_calls = FriendCallOpener(context, invite_service)
        self._acts: dict[Kind, Operation] = {
            "expiry": presence.process_deadline,
            "matching": queue.find_match,
            "mirror": queue.start_mirror_call,
            "invite": invite_service.process_deadline,
            "room": rooms.process_deadline,
            "sync_presence": rooms.sync_presence,
        }
        self.connect, self.snapshot = awaitable(presence.connect), awaitable(presence.snapshot)
        self.disconnect, self.update_profile = presence.disconnect, presence.update_profile
        self.leave_queue, self.discover = awaitable(queue.leave), queue.discover
        self.invite, self.accept = awaitable(invite_service.send), awaitable(invite_service.accept)
        self.call = awaitable(self.friend_calls.call)
        self.decline, self.cancel = awaitable(invite_service.decline), awaitable(invite_service.cancel)
        self.leave_room, self.extend_graces = rooms.end, rooms.extend_graces
        self.store_rooms_again = rooms.store_again
        handover = RoomRecovery(context, rooms, invite_service)
        self.recover = handover.recover
        self.transfer = UserTransfer(context, rooms, handover)
        self.find_sent, self.history = chat.find_sent, chat.history
        self.record_receipt = awaitable(chat.record_receipt)
        self.upgrade, self.decline_upgrade = awaitable(self.begin_upgrade), awaitable(self.begin_decline_upgrade)

    @property
    def mirrors(self) -> int:
        """How many of the connected users are mirrors."""
        return len(self._presence.mirrors)

    @property
    def stats(self) -> MatchmakerStats:
        """Counters since the start."""
        return self.context.stats

    async def join(self, user: UserId, wish: MatchPreferences) -> Ticket:
        """Call `QueueService.join` once its preconditions are loaded; raises as it does."""
        if not self.queue.may_join_now(user):
            await self.queue.prepare(user)
        return self.queue.join(user, wish)

    async def find_match(self, user: UserId) -> None:
        """Call `QueueService.find_match`, and return once it is done."""
        await completed(partial(self.queue.find_match, user))

    async def send(self, user: UserId, room_id: RoomId, *, client_id: str, body: str) -> Message:
        """Call `ChatService.send`; return the message, or raise the error."""
        message: Message = await completed(partial(self.chat.send, user, room_id, client_id, body))
        return message

    async def ready(self, user: UserId, room_id: RoomId) -> None:
        """Record that media flows for *user*; when it does for both, the call clock starts.

        Raises:
            NotInRoom: *user* is not a participant, or the room is over.
        """
        await completed(partial(self.begin_ready, user, room_id))

    def begin_ready(self, user: UserId, room_id: RoomId, done: Done) -> None:
        """Call `ready`, then *done*."""
        self.rooms.submit(user, room_id, lambda room, now: room_transitions.ready(room, by=user, now=now), done)

    def begin_upgrade(self, user: UserId, room_id: RoomId, done: Done) -> None:
        """Ask for video in a text room, or agree to the peer's request; then call *done*.

        Errors:
            NotInRoom: *user* is not a participant, or the room is over.
            StateConflict: the room is video already, or *user* has asked and waits.
            RateLimited: video was asked for less than a minute ago.
        """
        rules = self.context.rules
        self.rooms.submit(
            user, room_id, lambda room, now: room_transitions.request_video(room, by=user, now=now, rules=rules), done
        )

    def begin_decline_upgrade(self, user: UserId, room_id: RoomId, done: Done) -> None:
        """Decline the peer's request for video; then call *done*.

        Errors:
            NotInRoom: *user* is not a participant, or the room is over.
            StateConflict: the peer has not asked.
        """
        self.rooms.submit(user, room_id, lambda room, _: room_transitions.decline_video(room, by=user), done)

    def peer_in(self, user: UserId, room_id: RoomId) -> tuple[CachedRoom, UserId]:
        """Return the cached room, and the peer of *user* in it.

        Raises:
            NotInRoom: *user* is not in a room with this id, whether or not it exists.
        """
        entry = self.rooms.cached(room_id)
        room = None if entry is None else entry.room
        if entry is None or room is None:
            raise NotInRoom
        room.me(user)
        return entry, room.peer(user).profile.user_id

    def phase(self, user: UserId) -> Phase:
        """Return the phase of *user*; an unknown user is idle."""
        state = self.context.store.cached_state(user)
        return "idle" if state is None else state.phase

    def room_of(self, user: UserId) -> RoomId | None:
        """Return the room that *user* is in now."""
        state = self.context.store.cached_state(user)
        return None if state is None else state.room

    def is_connected(self, user: UserId, *, epoch: int) -> bool:
        """Return whether the connect that returned *epoch* is the last of *user*, who is in this process."""
        state = self.context.store.cached_state(user)
        return state is not None and state.connected and state.epoch == epoch

    def is_away(self, user: UserId, room_id: RoomId) -> bool:
        """Return whether *user* is disconnected from their room, by the cached state."""
        entry = self.rooms.cached(room_id)
        room = None if entry is None else entry.room
        return room is not None and room.me(user).away_until is not None

    async def block(self, user: UserId, target: UserId) -> None:
        """Block *target*: the users no longer see or meet each other; a room or invite they share ends.

        Raises:
            Invalid: *target* is *user*.
            NotFound: there is no such user.
            Unavailable: the block, or the end of a room that they share, cannot be made durable; it may be retried.
        """
        if user == target:
            raise Invalid("user_id", "you cannot block yourself")
        context = self.context
        await context.repository.block(user, target, now=context.clock.now())
        self._publish(UsersSeparated(user=user, other=target, reason="blocked"))
        if not await self._separate(user, target, "blocked"):
            await self._others.end_elsewhere(user, "blocked", target)

    async def enforce_report_block(self, user: UserId, target: UserId) -> None:
        """End what two users share after a report; their mutual block is durable already.

        Raises:
            Unavailable: the end of a room they share cannot be made durable; it may be retried.
        """
        self._publish(UsersSeparated(user=user, other=target, reason="reported"))
        if not await self._separate(user, target, "reported"):
            await self._others.end_elsewhere(user, "reported", target)

    async def exclude(self, user: UserId, other: UserId) -> None:
        """Exclude two users from being paired from now on; what they share continues. The exclusion is durable
        already.
        """
        self._publish(UsersSeparated(user=user, other=other))
        self.context.extend_cooldown(user, other, FOREVER)

    async def introduce(self, follower: UserId, target: UserId, *, by: str | None) -> None:
        """Pair two users, whose introduction by *by* is durable, first with each other from now on."""
        self._publish(IntroductionAdded(user=follower, other=target, by=by))
        await self._introduce(follower, target, by=by)

    async def notify(self, user: UserId, notification: dict[str, Any]) -> None:
        """Deliver a stored notification to *user*, wherever they are connected."""
        self._publish(NotificationStored(user=user, notification=notification))
        self.context.store.publish((user_events.NotificationCreated(to=user, notification=notification),))

    async def unblock(self, user: UserId, target: UserId) -> None:
        """Remove a block; a cooldown of the two users, and a block by the other user, still hold."""
        for one in (user, *await self.context.repository.unblock(user, target)):
            self._publish(ExclusionsReduced(user=one))
            await self._invalidate_exclusions(one)

    async def apply(self, item: AnyUserUpdate) -> None:
        """Apply an update that another process has published to the users who are here.

        Raises:
            Unavailable: the repository cannot be reached.
        """
        match item:
            case UsersSeparated(reason=None):
                self.context.extend_cooldown(item.user, item.other, FOREVER)
            case UsersSeparated(reason=reason) if reason is not None:
                await self._separate(item.user, item.other, reason)
            case ExclusionsReduced():
                await self._invalidate_exclusions(item.user)
            case IntroductionAdded():
                await self._introduce(item.user, item.other, by=item.by)
            case NotificationStored():
                self.context.store.publish(
                    (user_events.NotificationCreated(to=item.user, notification=item.notification),)
                )

    async def _introduce(self, follower: UserId, target: UserId, *, by: str | None) -> None:
        # No search is needed: two compatible users who wait would have been paired already.
        self.context.introductions.add(follower, target, by)
        for one, other in ((follower, target), (target, follower)):
            self.queue.add_introduction(one, other)

    async def _invalidate_exclusions(self, user: UserId) -> None:
        await self.context.exclusions.refresh(user)
        self.context.schedule_matching(user)

    async def _separate(self, user: UserId, target: UserId, reason: Separation) -> bool:
        """End what two users share in this process; return whether one of them is here."""
        self.context.extend_cooldown(user, target, FOREVER)
        for one, other in ((user, target), (target, user)):
            if self.context.store.cached_state(one) is not None:
                await self._separate_in_room(one, other, reason, by=user)
                return True
        return False

    async def remove_user(self, user: UserId, reason: Reason) -> None:
        """Remove a banned or deleted user from queue, invite and room, and drop their state.

        Raises:
            Unavailable: the end of their room cannot be made durable; it may be retried.
        """
        context, ended = self.context, set[RoomId]()
        while (state := context.store.cached_state(user)) is not None:
            if state.ticket is not None:  # First, so that they are not paired while the rest is under way.
                context.store.put(msgspec.structs.replace(state, ticket=None))
            if state.open_invite is not None:
                await completed(partial(self.invites.cancel_for, user, state.open_invite, has_left=False))
            if state.room is None:
                context.remove(user)
                return
            if state.room in ended:
                raise Unavailable
            # If it fails to open, they are back in the queue or in the invite.
            ended.add(state.room)
            await self._end_room(user, state.room, reason)

    async def _separate_in_room(self, user: UserId, target: UserId, reason: Reason, *, by: UserId) -> None:
        state = self.context.store.cached_state(user)
        if state is None:
            return
        if state.room is not None:
            found: CachedRoom | None = await completed(partial(self.rooms.find, state.room))
            if found is not None and found.room is not None and target in found.room.users:
                await self._end_room(by, state.room, reason)
            # If a room failed to open, its users are back in the invite that led to it.
            state = self.context.store.cached_state(user)
        if state is not None and state.open_invite is not None:
            await completed(partial(self.invites.process_deadline, state.open_invite))
            invite = self.invites.of(user)
            if invite is not None and target in invite.users:
                await completed(partial(self.invites.cancel_for, by, invite.invite_id, has_left=False))

    async def _end_room(self, user: UserId, room_id: RoomId, reason: Reason) -> None:
        try:
            await self.leave_room(user, room_id, reason)
        except NotInRoom:
            return

    def with_open_invite(self, users: Iterable[UserId]) -> set[UserId]:
        """Return those of *users* who have an open invite."""
        states = [self.context.store.cached_state(user) for user in users]
        return {state.user for state in states if state is not None and state.open_invite is not None}

    def stop_pairing(self) -> None:
        """Stop pairing: the process is draining. Open invites can still be answered."""
        self.context.stop_pairing()

    async def close(self) -> None:
        """Stop all deadlines, and wait for work that has begun."""
        await self.context.scheduler.close()

    def _act(self, key: Key) -> None:
        self._acts[key[0]](key[1], partial(self._acted, key))

    def _acted(self, key: Key, _: None, error: Exception | None) -> None:
        if error is not None:
            self.context.scheduler.fail(key, error)
