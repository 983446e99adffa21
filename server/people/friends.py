"""Friends: requests and their answers, ending, notes. Each is one transaction; events are sent after the commit."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import NotFound, RateLimited, Unavailable, VersionConflict
from matchmaker.domain.ids import UserId
from server.auth.keyed_hash import KeyedHasher
from server.db.accounts import users
from server.db.group_commit import PACE_S, GroupCommitter
from server.db.notifications import notification_list, notification_rows
from server.db.people import friend_requests, friendships
from server.db.pool import DatabaseConnection, Pool
from server.db.safety import rate_limits
from server.db.user_locks import lock_users
from server.domain.people import friend_request as rules
from server.domain.people.friend_request import FriendRequestTerms, Request
from server.people.delivery import EventDelivery
from server.people.nodes import Nodes
from server.people.presence import FriendPresenceService
from signaling.routing.people_stream import PeopleStream
from signaling.wire.event import Event
from signaling.wire.events import NotificationEvent
from signaling.wire.people_events import FriendAdded, FriendRequested
from signaling.wire.people_models import (
    AskStatus,
    FriendObject,
    FriendPresenceObject,
    FriendRequestObject,
    PresenceState,
)

DAY_MS = 86_400_000
Friends = list[tuple[UserId, bool]]  # and whether both see each other's presence
Events = dict[UserId, list[Event]]
"""The events for each user once the transaction is committed."""


class NewFriendships(NamedTuple):
    """What `FriendService.complete` has stored, to be announced after the commit."""

    others: list[UserId]
    events: Events
    reopened: list[str | None]
    """Channels of DMs that are open again."""


class FriendService:
    """Friend operations of users. Any call may raise `errors.Unavailable`; then nothing was stored."""

    def __init__(
        self,
        pool: Pool,
        *,
        delivery: EventDelivery,
        presence: FriendPresenceService,
        nodes: Nodes,
        hasher: KeyedHasher,
        clock: Clock,
        terms: FriendRequestTerms,
        asks_a_day: int | None,
        verified: bool,
        has_feature: Callable[[UserId], bool],
        meet_last: Callable[[UserId, Sequence[UserId]], None],
        avatar_url: Callable[[str], str | None] = lambda _: None,
        on_dm_changed: Callable[[str], None] = lambda _: None,
        on_parted: Callable[[UserId, UserId], None] = lambda _user, _other: None,
    ) -> None:
        """*asks_a_day* None: no limit. *verified*: only accounts with a verified address are permanent.

        *has_feature* returns whether the client of a user of this node supports friends, *avatar_url* the link to a
        file; *on_dm_changed* is called after a DM was closed or reopened.

        *on_parted* is called with two users of whom one has blocked the other.
        """
        self._pool = pool
        self._delivery = delivery
        self.presence = presence
        self._nodes = nodes
        self._hasher = hasher
        self._clock = clock
        self._terms = terms
        self._asks_a_day = asks_a_day
        self._verified = verified
        self._has_feature = has_feature
        self._avatar_url = avatar_url
        self._on_dm_changed = on_dm_changed
        read = partial(friendships.read_friends, pool)
        self._questions: GroupCommitter[UserId, Friends] = GroupCommitter("friends", read, pace_s=PACE_S)
        self._tasks: set[asyncio.Task[None]] = set()
        self._meet_last = meet_last
        self._on_parted = on_parted

    async def ask(self, user: UserId, target: UserId, *, quiet: bool = False, note: str = "") -> AskStatus:
        """Send a friend request of *user* to *target*, quiet or not. Idempotent.

        Raises:
            NotFound: the users have not met, or *target* accepts no requests, is blocked, banned or deleted.
            Invalid: a quiet request with a note.
            LimitReached: *user* has reached the maximum of friends or open requests.
            RateLimited: *user* has asked too many users today.
        """
        now = self._clock.now()
        digest = await self._hasher.digest("friend requests of a user", user)
        events: Events = {}
        dm = None
        async with self._pool.transaction() as connection:
            await lock_users(connection, user, target)
            pair = await friend_requests.load(connection, user, target, verified=self._verified, now=now)
            decision = rules.ask(pair, quiet=quiet, note=note, now=now, terms=self._terms)
            if decision.is_counted and self._asks_a_day is not None:
                count = rate_limits.Count(digest, self._asks_a_day)
                full = await rate_limits.spend(connection, [count], window=DAY_MS, now=now)
                if full is not None:
                    raise RateLimited("friend requests today", full.wait_ms)
            if decision.befriends:
                dm = await self._befriend(connection, target, user, events, now=now)
            elif decision.request is not None:
                await friend_requests.store(connection, user, target, decision.request)
                if decision.notifies:
                    await self._notify(connection, events, target, "friend_request", about=user, now=now)
                    asked = await self._requested(connection, user, decision.request)
                    events.setdefault(target, []).append(asked)
        if decision.befriends:
            await self.refresh(user, new=(target,))
        await self._send(events, dm)
        return decision.status

    async def remove(self, user: UserId, other: UserId) -> None:
        """End the friendship, or withdraw the request of *user* to *other*. Idempotent; *other* is not told."""
        now = self._clock.now()
        async with self._pool.transaction() as connection:
            await lock_users(connection, user, other)
            await friend_requests.withdraw(connection, user, other, now=now)
            _, dm = await friendships.end(connection, user, other, now=now)
        self._stop_watching(user, other)
        await self._send({}, dm)

    async def begin(self, user: UserId) -> None:
        """Publish the presence of friends to *user*, whose hello asks for the feature, from now on; never raises."""
        await self.presence.begin(user)

    def welcomed(self, user: UserId) -> None:
        """Make the queue pair *user* with friends only when no new user waits."""
        self._questions.post(user, partial(self._meet_friends_last, user))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _meet_friends_last(self, user: UserId, friends: Friends | None, error: Exception | None) -> None:
        if isinstance(error, Unavailable):
            self.presence.refresh_soon(user)
        elif error is not None:
            raise error
        elif friends:
            self._meet_last(user, [friend for friend, _ in friends])
            self._spawn(self.presence.announce(user, [friend for friend, is_visible in friends if is_visible]))

    def arrived(self, user: UserId) -> None:
        """Record that *user* came from another node with the session; never raises and never waits."""
        if self._has_feature(user):
            self._spawn(self.presence.begin(user))
        else:
            self.welcomed(user)

    async def close(self) -> None:
        """Return once nothing is in progress."""
        await self._questions.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def present(self, user: UserId, stream: PeopleStream) -> list[FriendPresenceObject]:
        """Return the presence of those friends of *user* who are not offline, for the client of *stream*."""
        return self.presence.present(user, stream)

    def end(self, user: UserId) -> None:
        """Record that *user* has no session any more."""
        self.presence.end(user)

    def part(self, one: UserId, other: UserId) -> None:
        """Record that two users are no longer friends, because one has blocked the other; the block is durable."""
        self._stop_watching(one, other)
        self._on_parted(one, other)

    def _stop_watching(self, one: UserId, other: UserId) -> None:
        self.presence.part(one, other)
        self.presence.nodes.part(one, other)

    async def decline(self, user: UserId, asker: UserId) -> None:
        """Decline the request of *asker*, who is not told. Idempotent; has no effect on a quiet request."""
        await friend_requests.decline(self._pool, user, asker, now=self._clock.now())

    async def annotate(self, user: UserId, friend: UserId, *, nickname: str | None, note: str | None) -> FriendObject:
        """Store the private nickname and note (None: unchanged) of *user* about *friend*; return the friend.

        Raises:
            NotFound: the users are not friends.
        """
        if not await friendships.annotate(self._pool, user, friend, nickname=nickname, note=note):
            raise NotFound("there is no such friend")
        found = await friendships.one(self._pool, user, friend, now=self._clock.now())
        if found is None:
            raise NotFound("there is no such friend")
        states = await self.presence.nodes.states_of((friend,))
        return self._shown(found, states.get(friend, "offline"))

    async def friends(
        self, user: UserId, *, before: tuple[int, str], limit: int
    ) -> tuple[list[FriendObject], tuple[int, str] | None]:
        """Return a page of the friends of *user*, the latest first, and the next cursor."""
        found = await friendships.page(self._pool, user, before=before, limit=limit + 1, now=self._clock.now())
        last = found[limit - 1] if len(found) > limit else None
        place = None if last is None else (last.since_at, last.user_id)
        states = await self.presence.nodes.states_of(friend.user_id for friend in found[:limit])
        return [self._shown(friend, states.get(friend.user_id, "offline")) for friend in found[:limit]], place

    async def requests(
        self, user: UserId, *, before: tuple[int, str], limit: int
    ) -> tuple[list[FriendRequestObject], list[FriendRequestObject], tuple[int, str] | None]:
        """Return a page of the requests to and from *user*, the latest first, and the next cursor."""
        found = await friend_requests.listed(
            self._pool, user, verified=self._verified, before=before, limit=limit + 1, now=self._clock.now()
        )
        last = found[limit - 1] if len(found) > limit else None
        place = None if last is None else (last.asked_at, last.user.user_id)
        received = [_request(one) for one in found[:limit] if one.side == "received"]
        return received, [_request(one) for one in found[:limit] if one.side == "sent"], place

    # The upgrade of a guest, in its transaction: users with mutual requests become friends.

    async def lock_for_upgrade(self, connection: DatabaseConnection, user: UserId) -> list[UserId]:
        """Take the locks of *user* and of the users with requests to and from them; return those.

        Before anything else of the transaction.
        """
        while True:
            with suppress(VersionConflict):  # a request came in between: its savepoint gives up the locks
                async with connection.transaction():
                    others = await friend_requests.asked_each_other(connection, user)
                    await lock_users(connection, user, *others)
                    if set(await friend_requests.asked_each_other(connection, user)) != set(others):
                        raise VersionConflict
                return others

    async def complete(self, connection: DatabaseConnection, user: UserId, others: list[UserId]) -> NewFriendships:
        """Make *user*, who has become permanent, friends with those of *others* that can be; their locks are held."""
        now, events = self._clock.now(), Events()
        reopened: list[str | None] = []
        for other in others:
            pair = await friend_requests.load(connection, user, other, verified=self._verified, now=now)
            if pair.target is None or not rules.completes(pair.asker, pair.target, now=now, terms=self._terms):
                continue
            mine, theirs = pair.asker.request, pair.target.request
            assert mine is not None
            assert theirs is not None
            first, second = (user, other) if mine.asked_at <= theirs.asked_at else (other, user)
            reopened.append(await self._befriend(connection, first, second, events, now=now))
        return NewFriendships(others, events, reopened)

    async def announce(self, user: UserId, made: NewFriendships) -> None:
        """Send the events of `complete`, once its transaction is committed."""
        if made.events:
            await self.refresh(user, new=made.others)
        await self._send(made.events, *made.reopened)

    async def refresh(self, user: UserId, *, new: Collection[UserId] = ()) -> None:
        """Publish the presence of friends who see each other from now on, or no longer, at whatever node they are.

        *new*: friends who are announced with their presence. Without the database it shows at the next hello.
        """
        here = [one for one in (user, *new) if self._nodes.owns(one)]
        self.presence.nodes.refresh([one for one in (user, *new) if one not in here])
        with suppress(Unavailable):
            for one in here:
                await self.presence.refresh(one, new=[other for other in here if other != one])

    async def _befriend(
        self, connection: DatabaseConnection, first: UserId, second: UserId, events: Events, *, now: int
    ) -> str | None:
        """Make two users friends, of whom *first* asked first; return the DM that this reopens."""
        dm = await friendships.befriend(connection, first, second, now=now)
        await self._notify(connection, events, first, "friend_added", about=second, now=now)
        for user, friend in ((first, second), (second, first)):
            found = await friendships.one(connection, user, friend, now=now)
            if found is not None:
                events.setdefault(user, []).append(FriendAdded(friend=self._shown(found, "online")))
        return dm

    async def _notify(
        self, connection: DatabaseConnection, events: Events, user: UserId, kind: str, *, about: UserId, now: int
    ) -> None:
        name = await notification_rows.add(connection, user, kind, about=about, now=now)
        told = None if name is None else await notification_list.one(connection, user, name)
        if told is not None:
            events.setdefault(user, []).append(NotificationEvent(notification=told))

    async def _requested(self, connection: DatabaseConnection, user: UserId, request: Request) -> Event:
        profile = await users.profile_of(connection, user)
        asked = FriendRequestObject(
            user=profile, note=request.note, asked_at=request.asked_at, until_at=request.until_at
        )
        return FriendRequested(request=asked)

    async def _send(self, events: Events, *channels: str | None) -> None:
        """Send *events*, a new friend with the presence that they have now, at whatever node they are."""
        added = {event.friend.user_id for told in events.values() for event in told if isinstance(event, FriendAdded)}
        states = await self.presence.nodes.states_of(added)
        states |= {one: self.presence.state_of(one) for one in added if self._nodes.owns(one)}
        for user, told in events.items():
            for event in told:
                if isinstance(event, FriendAdded) and event.friend.presence != "offline":  # else it is hidden
                    friend = msgspec.structs.replace(event.friend, presence=states[event.friend.user_id])
                    self._delivery.deliver({user: FriendAdded(friend=friend)})
                else:
                    self._delivery.deliver({user: event})
        for channel_id in filter(None, channels):
            self._on_dm_changed(channel_id)

    def _shown(self, friend: friendships.Friend, presence: PresenceState) -> FriendObject:
        return FriendObject(
            user_id=friend.user_id,
            display_name=friend.display_name,
            gender=friend.gender,
            interests=friend.interests,
            avatar_url=None if friend.avatar_id is None else self._avatar_url(friend.avatar_id),
            bio=friend.bio,
            status_text=friend.status_text,
            nickname=friend.nickname,
            note=friend.note,
            since_at=friend.since_at,
            presence=presence if friend.shows_presence else "offline",
            channel_id=friend.channel_id,
        )


def _request(listed: friend_requests.Listed) -> FriendRequestObject:
    return FriendRequestObject(
        user=listed.user,
        note=listed.note,
        quiet=listed.is_quiet if listed.side == "sent" else msgspec.UNSET,
        asked_at=listed.asked_at,
        until_at=listed.until_at,
    )
