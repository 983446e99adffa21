"""Presence of friends: who watches whom on this node, and the events about it. Nothing of it is stored."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.domain.user_state import UserState
from matchmaker.services.scheduler import RETRY_MS, DeadlineScheduler, Key
from server.domain.people import presence as rules
from server.domain.people.presence import Pace, PresenceState, Track
from server.people.delivery import EventDelivery
from server.people.node_presence import NodePresence
from signaling.wire.people_events import FriendPresence
from signaling.wire.people_models import FriendPresenceObject

LoadFriends = Callable[[UserId], Awaitable[Sequence[UserId]]]
"""Returns the friends whose presence a user sees; it is mutual: both must show theirs."""


class FriendPresenceService:
    """Sends users of this node the presence of their friends. A user watches friends from hello until the session
    ends.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        pace: Pace,
        delivery: EventDelivery,
        load: LoadFriends,
        seat_of: Callable[[UserId], UserState | None],
        on_fault: Callable[[Key, BaseException], None],
        nodes: NodePresence,
    ) -> None:
        self._clock = clock
        self._pace = pace
        self._delivery = delivery
        self._load = load
        self._seat_of = seat_of
        self._nodes = nodes
        self._watchers: dict[UserId, set[UserId]] = {}
        """By user of any node: the users of this node who watch them."""
        self._watched: dict[UserId, set[UserId]] = {}
        """By user of this node with the feature: the users they watch."""
        self._tracks: dict[UserId, Track] = {}
        """Of users who are watched here, and of users of this node whom friends of other nodes watch."""
        self._timekeeper = DeadlineScheduler(clock, self._act, on_fault=on_fault)
        self._tasks: set[asyncio.Task[None]] = set()
        nodes.join(self)

    def state_of(self, user: UserId) -> PresenceState:
        """Return the presence of *user* as last published."""
        track = self._tracks.get(user)
        return self._track_of(user).shown if track is None else track.shown

    def state_for(self, user: UserId, friend: UserId) -> PresenceState:
        """Return the presence of *friend* as *user* may see it; `offline` if *user* does not watch them."""
        return self.state_of(friend) if friend in self._watched.get(user, ()) else "offline"

    async def begin(self, user: UserId) -> None:
        """Make *user*, who says hello, watch their friends; never raises.

        Without the database no friend is watched yet: the load is retried, and its result is sent as events.
        """
        try:
            friends = await self._load(user)
        except Unavailable:
            self._watched.setdefault(user, set())
            self._timekeeper.schedule(("presence", f"load {user}"), self._clock.now() + RETRY_MS)
            return
        self._watch(user, friends)
        await self._exchange(user, friends)

    async def announce(self, user: UserId, friends: Sequence[UserId]) -> None:
        """Make *friends* of other nodes see *user*, whose client lacks the feature."""
        if user not in self._watched:
            await self._exchange(user, friends)

    async def resume(self, user: UserId) -> None:
        """Make *user*, who came from another node with the session, continue to watch friends."""
        await self.begin(user)
        for friend in self._watched.get(user, set()):
            self._tell_state(user, friend)

    def present(self, user: UserId) -> list[FriendPresenceObject]:
        """Return the presence of those whom *user* watches and who are not offline."""
        return [
            FriendPresenceObject(user_id=friend, presence=state)
            for friend in sorted(self._watched.get(user, ()))
            if (state := self.state_of(friend)) != "offline"
        ]

    async def refresh(self, user: UserId, *, new: Collection[UserId] = ()) -> None:
        """Load again whom *user* watches, and who watches them, and send the changes to both sides.

        For a changed setting and new friendships. *new*: friends who are announced with their presence.
        """
        friends = set(await self._load(user))
        if user in self._watched:
            self._tell(user, friends, new=new)
        for watcher in self._watchers.get(user, set()) - friends:
            self._unwatch(watcher, user)
            self._delivery.deliver({watcher: FriendPresence(user_id=user, presence="offline")})
        for friend in friends:
            # A user who watches others has the feature; one who watched no one yet loads friends at the next hello.
            if friend in self._watched and user not in self._watched[friend]:
                self._watch_one(friend, user)
                if friend not in new:
                    self._tell_state(friend, user)
        await self._exchange(user, friends)

    async def exchange_all(self) -> None:
        """Exchange presence with the other nodes again: messages may have been lost."""
        for user, friends in tuple(self._watched.items()):
            await self._exchange(user, tuple(friends))

    def part(self, one: UserId, other: UserId) -> None:
        """Make two former friends stop watching each other. Neither is told."""
        self._unwatch(one, other)
        self._unwatch(other, one)

    def end(self, user: UserId) -> None:
        """Make *user*, whose session here is over, watch no one."""
        self._stop_watching(user)
        self._nodes.forget(user)
        self._drop_unwatched(user)

    def note(self, seat: UserState) -> None:
        """Record that a user connected, disconnected, entered or left a room."""
        track = self._tracks.get(seat.user)
        if track is not None:
            self._advance(seat.user, _moved(track, seat, now=self._clock.now()))

    def forget(self, user: UserId) -> None:
        """Record that *user* was banned or deleted: they are offline without a hold."""
        track = self._tracks.get(user)
        if track is not None:
            lost_at = self._clock.now() - self._pace.hold_ms
            self._advance(user, msgspec.structs.replace(track, is_in_call=False, lost_at=lost_at))

    # Users of other nodes.

    def hear(self, user: UserId, state: PresenceState) -> None:
        """Record the presence of a user of another node."""
        track, now = self._tracks.get(user), self._clock.now()
        if track is None:
            return  # no one here watches them
        lost_at = None if state != "offline" else now - self._pace.hold_ms
        self._tracks[user] = Track(is_in_call=state == "in_call", lost_at=lost_at, shown=state, shown_at=now)
        self._timekeeper.schedule(("presence", user), None)
        if state != track.shown:
            self._tell_watchers(user, state)

    def lose(self, user: UserId) -> None:
        """Record that the node of a user is dead: offline after the hold, unless another node has them by then."""
        track = self._tracks.get(user)
        if track is not None:
            lost = rules.moved(track, is_connected=False, is_in_call=track.is_in_call, now=self._clock.now())
            self._advance(user, lost)

    def meet(self, watcher: UserId, friend: UserId) -> None:
        """Make *watcher*, of this node, watch *friend* of another, if the watcher's client has the feature."""
        self._follow(watcher)
        if watcher in self._watched and friend not in self._watched[watcher]:
            self._watch_one(watcher, friend)

    def refresh_soon(self, user: UserId) -> None:
        """Load again whom *user*, of this node, sees."""
        self._spawn(self._refresh_quietly(user))

    async def close(self) -> None:
        """Stop sending events."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._timekeeper.close()

    async def _exchange(self, user: UserId, friends: Collection[UserId]) -> None:
        if self._nodes.has_others:
            self._follow(user)
            await self._nodes.exchange(user, friends)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refresh_quietly(self, user: UserId) -> None:
        try:
            await self.refresh(user)
        except Unavailable:
            self._timekeeper.schedule(("presence", f"load {user}"), self._clock.now() + RETRY_MS)

    async def _act(self, key: Key) -> None:
        what, _, user = key[1].rpartition(" ")
        if what == "load":
            if user in self._watched:
                await self.refresh(UserId(user))
        elif (track := self._tracks.get(UserId(user))) is not None:
            self._advance(UserId(user), track)

    def _tell(self, user: UserId, friends: set[UserId], *, new: Collection[UserId] = ()) -> None:
        """Make *user* watch exactly *friends*; send what is new to them."""
        before = set(self._watched.get(user, ()))
        self._watch(user, friends)
        for friend in before - friends:
            self._delivery.deliver({user: FriendPresence(user_id=friend, presence="offline")})
        for friend in friends - before - set(new):
            self._tell_state(user, friend)

    def _tell_state(self, user: UserId, friend: UserId) -> None:
        state = self.state_of(friend)
        if state != "offline":
            self._delivery.deliver({user: FriendPresence(user_id=friend, presence=state)})

    def _tell_watchers(self, user: UserId, state: PresenceState) -> None:
        event = FriendPresence(user_id=user, presence=state)
        self._delivery.deliver(dict.fromkeys(self._watchers.get(user, ()), event))

    def _watch(self, user: UserId, friends: Iterable[UserId]) -> None:
        self._stop_watching(user)
        self._watched[user] = set()
        for friend in friends:
            self._watch_one(user, friend)

    def _watch_one(self, user: UserId, friend: UserId) -> None:
        self._watched[user].add(friend)
        self._watchers.setdefault(friend, set()).add(user)
        self._follow(friend)

    def _follow(self, user: UserId) -> None:
        """Track the presence of *user* from now on."""
        if user not in self._tracks:
            self._tracks[user] = self._track_of(user)
            self._arm(user)

    def _stop_watching(self, user: UserId) -> None:
        for friend in tuple(self._watched.get(user, ())):
            self._unwatch(user, friend)
        self._watched.pop(user, None)

    def _unwatch(self, user: UserId, friend: UserId) -> None:
        self._watched.get(user, set()).discard(friend)
        watchers = self._watchers.get(friend)
        if watchers is not None:
            watchers.discard(user)
            if not watchers:
                del self._watchers[friend]
                self._drop_unwatched(friend)

    def _drop_unwatched(self, user: UserId) -> None:
        """Drop the presence of *user*, unless they are watched here or at another node."""
        if user not in self._watchers and not self._nodes.is_watched(user):
            self._tracks.pop(user, None)
            self._timekeeper.schedule(("presence", user), None)

    def _track_of(self, user: UserId) -> Track:
        now, seat = self._clock.now(), self._seat_of(user)
        lost = Track(lost_at=now - self._pace.hold_ms, shown="offline", shown_at=now - self._pace.every_ms)
        track = lost if seat is None else _moved(lost, seat, now=now)
        return rules.advance(track, now=now, pace=self._pace)[0]

    def _advance(self, user: UserId, track: Track) -> None:
        track, told = rules.advance(track, now=self._clock.now(), pace=self._pace)
        self._tracks[user] = track
        self._arm(user)
        if told is not None:
            self._tell_watchers(user, told)
            self._nodes.publish(user, told)

    def _arm(self, user: UserId) -> None:
        track = self._tracks[user]
        at = rules.deadline(track, now=self._clock.now(), pace=self._pace)
        self._timekeeper.schedule(("presence", user), at)


def _moved(track: Track, seat: UserState, *, now: int) -> Track:
    is_in_call = seat.room is not None and not seat.mirrored
    return rules.moved(track, is_connected=seat.connected, is_in_call=is_in_call, now=now)
