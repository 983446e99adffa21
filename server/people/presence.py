"""Presence of friends: which users of this node watch which, and the events about it. Nothing of it is stored."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.domain.user_state import UserState
from matchmaker.services.scheduler import RETRY_MS, DeadlineScheduler, Key
from server.domain.people import presence as rules
from server.domain.people.presence import Pace, PresenceState, Track
from server.people.node_presence import NodePresence
from server.people.nodes import Nodes, Owners
from server.people.presence_batches import PresenceBatches
from signaling.routing.people_sender import PeopleSender, encode_event
from signaling.routing.people_stream import PeopleStream
from signaling.wire.people_events import FriendPresence
from signaling.wire.people_models import FriendPresenceObject

LoadFriends = Callable[[UserId], Awaitable[Sequence[UserId]]]
"""Returns the friends whose presence a user sees; it is mutual: both must show theirs."""
CHUNK: Final = 100
"""Users whose friends are loaded and looked up together after messages were lost."""


class FriendPresenceService:
    """Sends users of this node the presence of their friends, from the hello until the session ends."""

    def __init__(
        self,
        *,
        clock: Clock,
        pace: Pace,
        sender: PeopleSender,
        load: LoadFriends,
        state_of: Callable[[UserId], UserState | None],
        stream_of: Callable[[UserId], PeopleStream | None],
        on_fault: Callable[[Key, BaseException], None],
        nodes: Nodes,
        owners: Owners,
    ) -> None:
        """*stream_of* returns the people stream of a user with a session here, whose client has the feature."""
        self._clock = clock
        self._pace = pace
        self._sender = sender
        self._load = load
        self._state_of = state_of
        self._stream_of = stream_of
        # Lists: a set of twenty needs ten times the memory.
        self._watchers: dict[UserId, list[UserId]] = {}
        """By user of any node: the users of this node who watch them."""
        self._watched: dict[UserId, list[UserId]] = {}
        """By user of this node with the feature: the users they watch."""
        self._announced = set[UserId]()
        """Users of this node with friends, whose clients lack the feature."""
        self._tracks: dict[UserId, Track] = {}
        """Of users who are watched here, and of users of this node who are watched from other nodes."""
        self._scheduler = DeadlineScheduler(clock, self._act, on_fault=on_fault)
        self._batches = PresenceBatches(self._publish)
        self._tasks: set[asyncio.Task[None]] = set()
        self.nodes = NodePresence(nodes, owners, self)

    def state_of(self, user: UserId) -> PresenceState:
        """Return the presence of *user* as last published."""
        track = self._tracks.get(user)
        return self._track_of(user).shown if track is None else track.shown

    def state_for(self, user: UserId, friend: UserId) -> PresenceState:
        """Return the presence of *friend* as *user* may see it; `offline` if *user* does not watch them."""
        return self.state_of(friend) if friend in self._watched.get(user, ()) else "offline"

    async def begin(self, user: UserId) -> None:
        """Load and watch the friends of *user*, who came by a hello or a move; a load that fails is retried."""
        self._announced.discard(user)
        self._watched.setdefault(user, [])
        self._sync(user)
        await self._refresh_or_retry(user)

    async def announce(self, user: UserId, friends: Sequence[UserId]) -> None:
        """Make *friends* see *user*, of this node, whose client lacks the feature; never raises."""
        state = self._state_of(user)
        if user not in self._watched and state is not None and state.connected:
            self._announced.add(user)
            self._sync(user)
            await self._exchange({user: friends})

    def present(self, user: UserId, stream: PeopleStream) -> list[FriendPresenceObject]:
        """Return the watched friends who are not offline; not loaded yet after a move: those that *stream* showed."""
        seen = stream.seen
        shown = self._shown_to(user) if seen is None else {friend: state for friend, (state, _) in seen.items()}
        return [FriendPresenceObject(user_id=one, presence=state) for one, state in sorted(shown.items())]

    async def refresh(self, user: UserId, *, new: Collection[UserId] = ()) -> None:
        """Load again which friends *user* watches, and which watch *user*, and send the changes to both sides.

        For a changed setting and new friendships. *new*: friends who are announced with their presence.
        """
        friends = set(await self._load(user))
        self._apply(user, friends, new=new)
        await self._exchange({user: friends})

    async def refresh_all(self) -> None:
        """Refresh all users of this node: messages of or to other nodes may have been lost."""
        self.nodes.drop_requests()
        users = [*self._watched, *self._announced]
        for at in range(0, len(users), CHUNK):
            chunk = users[at : at + CHUNK]
            loaded = await asyncio.gather(*map(self._load, chunk), return_exceptions=True)
            found: dict[UserId, set[UserId]] = {}
            for user, friends in zip(chunk, loaded, strict=True):
                if isinstance(friends, Unavailable):
                    self._load_later(user)
                elif isinstance(friends, BaseException):
                    raise friends
                elif user in self._watched or user in self._announced:
                    found[user] = set(friends)
                    self._apply(user, found[user])
            await self._exchange(found)

    def part(self, one: UserId, other: UserId) -> None:
        """Make two former friends stop watching each other. Neither gets an event."""
        self._unwatch(one, other)
        self._unwatch(other, one)
        for user in (one, other):
            if user in self._watched or user in self._announced:
                self.refresh_soon(user)  # a load that began before has them as friends

    def end(self, user: UserId) -> None:
        """Make *user*, whose session here is over, watch no one; offline after the hold, unless they come again."""
        self._batches.flush()  # to the stream that leaves, and to nodes that are forgotten below
        stream = self._stream_of(user)
        if stream is not None and stream.seen is None:  # else they leave before the friends were loaded
            shown = self._shown_to(user)
            stream.seen = {friend: (state, self._tracks[friend].lost_at) for friend, state in shown.items()}
        for friend in tuple(self._watched.get(user, ())):
            self._unwatch(user, friend)
        self._watched.pop(user, None)
        self._announced.discard(user)
        self.nodes.leave(user)
        self.record_lost(user)
        self._drop_unwatched(user)

    def note(self, state: UserState) -> None:
        """Record that a user connected, disconnected, entered or left a room."""
        track = self._tracks.get(state.user)
        if track is not None:
            self._advance(state.user, rules.moved_by_state(track, state, now=self._clock.now()))

    def forget(self, user: UserId) -> None:
        """Record that *user* was banned or deleted: they are offline immediately, without hold and pace."""
        track = self._tracks.get(user)
        if track is not None:
            now, pace = self._clock.now(), self._pace
            since = {"lost_at": now - pace.hold_ms, "shown_at": now - pace.every_ms}
            self._advance(user, msgspec.structs.replace(track, is_in_call=False, **since))

    def look_for(self, user: UserId) -> None:
        """Ask the owner of *user* for their presence, which was refused while this node had an obsolete state."""
        self._spawn(self._exchange(dict.fromkeys(self._watchers.get(user, ()), (user,))))

    # Users of other nodes.

    def follow(self, user: UserId) -> PresenceState:
        """Publish the presence of *user*, of this node, from now on, and return it."""
        self._follow(user)
        return self._tracks[user].shown

    def record_remote(self, user: UserId, state: PresenceState) -> bool:
        """Record the presence of a user of another node; return whether users of this node watch them."""
        track, now = self._tracks.get(user), self._clock.now()
        if track is None or user not in self._watchers:
            return False
        lost_at = None if state != "offline" else now - self._pace.hold_ms
        self._tracks[user] = Track(is_in_call=state == "in_call", lost_at=lost_at, shown=state, shown_at=now)
        self._scheduler.schedule(("presence", user), None)
        if state != track.shown:
            self._send(self._watchers.get(user, ()), user, state)
        return True

    def record_lost(self, user: UserId) -> None:
        """Record that a node has a user no longer: offline after the hold, unless a node has them by then."""
        track = self._tracks.get(user)
        if track is not None:
            lost = rules.moved(track, is_connected=False, is_in_call=track.is_in_call, now=self._clock.now())
            self._advance(user, lost)

    def watch(self, watcher: UserId, friend: UserId) -> None:
        """Make *watcher*, of this node, watch *friend* of another, if the watcher's client has the feature."""
        if watcher in self._watched and friend not in self._watched[watcher]:
            self._watch_one(watcher, friend)

    def refresh_soon(self, user: UserId) -> None:
        """Load again which friends *user*, of this node, sees."""
        self._spawn(self._refresh_or_retry(user))

    async def close(self) -> None:
        """Stop sending events."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._batches.close()
        await self._scheduler.close()
        await self.nodes.close()

    async def _exchange(self, friends: Mapping[UserId, Collection[UserId]]) -> None:
        try:
            await self.nodes.exchange(friends)
        except Unavailable:
            for user in friends:
                self._load_later(user)

    def _load_later(self, user: UserId) -> None:
        self._scheduler.schedule(("presence", f"load {user}"), self._clock.now() + RETRY_MS)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refresh_or_retry(self, user: UserId) -> None:
        try:
            await self.refresh(user)
        except Unavailable:
            self._load_later(user)

    def _act(self, key: Key) -> Awaitable[None] | None:
        what, _, user = key[1].rpartition(" ")
        if what == "load":
            return None if self._state_of(UserId(user)) is None else self.refresh(UserId(user))
        if (track := self._tracks.get(UserId(user))) is not None:
            self._advance(UserId(user), track)
        return None

    def _apply(self, user: UserId, friends: set[UserId], *, new: Collection[UserId] = ()) -> None:
        """Make *user* and exactly *friends* watch each other, and send both sides what is new to them."""
        if user in self._watched:
            self._watch(user, friends, new)
        for watcher in set(self._watchers.get(user, ())) - friends:
            self._unwatch(watcher, user)
            self._send((watcher,), user, "offline")
        for friend in friends:
            # A user who watches others has the feature; one who watched no one yet loads friends at the next hello.
            if friend in self._watched and user not in self._watched[friend]:
                self._watch_one(friend, user)
                if friend not in new:
                    self._send_state(friend, user)

    def _send_state(self, user: UserId, friend: UserId) -> None:
        state = self.state_of(friend)
        if state != "offline":
            self._send((user,), friend, state)

    def _send(self, watchers: Iterable[UserId], user: UserId, state: PresenceState) -> None:
        # To sessions here only: the next node of a watcher who has left sends what differs from `PeopleStream.seen`.
        event = encode_event(FriendPresence(user_id=user, presence=state))
        for one in watchers:
            self._sender.deliver_encoded(one, event)

    def _watch(self, user: UserId, friends: set[UserId], new: Collection[UserId]) -> None:
        watched, stream = set(self._watched[user]), self._stream_of(user)
        if stream is None or stream.seen is None:
            shown = self._shown_to(user)
        else:
            seen, stream.seen = stream.seen, None
            shown = {friend: state for friend, (state, _) in seen.items()}
            for friend in friends & seen.keys():
                self._expect(friend, *seen[friend])
        for friend in watched - friends:
            self._unwatch(user, friend)
        for friend in friends - watched:
            self._watch_one(user, friend)
        if stream is None:
            return  # the client is yet to be sent a snapshot
        for friend in (friends | shown.keys()).difference(new):
            state = self.state_for(user, friend)
            if state != shown.get(friend, "offline"):
                self._send((user,), friend, state)

    def _shown_to(self, user: UserId) -> dict[UserId, PresenceState]:
        """Return the presence of the watched friends of *user* that are not offline."""
        states = {friend: self.state_of(friend) for friend in self._watched.get(user, ())}
        return {friend: state for friend, state in states.items() if state != "offline"}

    def _expect(self, user: UserId, shown: PresenceState, lost_at: int | None) -> None:
        """Track *user*, shown to a client by another node, as disconnected since *lost_at*; None: now."""
        if user not in self._tracks and self._state_of(user) is None:
            at = self._clock.now() if lost_at is None else lost_at
            self._tracks[user] = Track(is_in_call=shown == "in_call", lost_at=at, shown=shown, shown_at=at)
            self._arm(user)

    def _watch_one(self, user: UserId, friend: UserId) -> None:
        self._watched[user].append(friend)
        self._watchers.setdefault(friend, []).append(user)
        self._follow(friend)

    def _sync(self, user: UserId) -> None:
        """Take over where *user* is from their state here: they have come, maybe from another node."""
        state = self._state_of(user)
        if state is not None:
            self.note(state)

    def _follow(self, user: UserId) -> None:
        """Track the presence of *user* from now on."""
        if user not in self._tracks:
            self._tracks[user] = self._track_of(user)
            self._arm(user)

    def _unwatch(self, user: UserId, friend: UserId) -> None:
        watched, watchers = self._watched.get(user, ()), self._watchers.get(friend, ())
        if friend in watched:
            self._watched[user].remove(friend)
        if user in watchers:
            self._watchers[friend].remove(user)
            if not self._watchers[friend]:
                del self._watchers[friend]
                self._drop_unwatched(friend)

    def _drop_unwatched(self, user: UserId) -> None:
        """Drop the presence of *user*, unless they are watched here or at another node."""
        if user not in self._watchers and not self.nodes.is_watched(user):
            self.nodes.forget(user)
            self._tracks.pop(user, None)
            self._scheduler.schedule(("presence", user), None)

    def _track_of(self, user: UserId) -> Track:
        now, state = self._clock.now(), self._state_of(user)
        lost = Track(lost_at=now - self._pace.hold_ms, shown="offline", shown_at=now - self._pace.every_ms)
        track = lost if state is None else rules.moved_by_state(lost, state, now=now)
        return rules.advance(track, now=now, pace=self._pace)[0]

    def _advance(self, user: UserId, track: Track) -> None:
        track, state = rules.advance(track, now=self._clock.now(), pace=self._pace)
        self._tracks[user] = track
        self._arm(user)
        if state is not None:
            self._batches.add(user)

    def _publish(self, users: Collection[UserId]) -> None:
        for user in users:
            self._send(self._watchers.get(user, ()), user, self.state_of(user))
        self.nodes.publish(users)

    def _arm(self, user: UserId) -> None:
        track = self._tracks[user]
        at = rules.deadline(track, now=self._clock.now(), pace=self._pace)
        self._scheduler.schedule(("presence", user), at)
