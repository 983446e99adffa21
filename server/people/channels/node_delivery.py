"""Delivery of channel events over several nodes: one message per node that owns members, in order at each user.

Messages of two nodes can cross on the way. The owner of a user holds what comes too early for 100 ms, then reads what
is missing from PostgreSQL.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Final

import msgspec

from matchmaker.clock import Clock
from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from server.ledger.channels.hole import missed
from server.ledger.channels.records import Change
from server.ledger.pool import Pool
from server.people.channels.shown import Link, change_events
from server.people.nodes import AGAIN_S, TRIES, Nodes, Owners
from server.people.rules.positions import Position, Positions
from signaling.event import Event
from signaling.people_sender import PeopleSender, Prepared, prepare

UPDATES: Final = "people.channels"
HOLD_S: Final = 0.1
RESET_WITHIN_MS: Final = 10_000


class Copy(msgspec.Struct, frozen=True, array_like=True):
    """An event, and who is told. Fields are only added, at the end, with a default."""

    users: list[UserId]
    kind: str
    feature: str
    body: bytes


class Update(msgspec.Struct, frozen=True, array_like=True):
    """What happened to a channel, on its way to the owner of members. Fields are only added, as above."""

    channel_id: str
    position: Position
    is_first: bool
    copies: list[Copy]
    tries: int = 1


class Held(msgspec.Struct, frozen=True):
    """An event that came too early for a user."""

    position: Position
    event: Prepared | None
    """None: the user's own message, which was told by the reply."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Update]).decode


class NodeChannelDelivery:
    """Implements `ChannelDelivery` over several nodes; alone, it delivers at once: commits are in order here."""

    def __init__(
        self,
        pool: Pool,
        sender: PeopleSender,
        nodes: Nodes,
        owners: Owners,
        *,
        link: Link,
        clock: Clock,
        on_fault: Callable[[BaseException], None],
    ) -> None:
        self._pool = pool
        self._sender = sender
        self._nodes = nodes
        self._owners = owners
        self._link = link
        self._clock = clock
        self._on_fault = on_fault
        self._positions: dict[UserId, Positions] = {}
        self._held: dict[tuple[UserId, str], list[Held]] = {}
        self._waiting: list[Update] = []
        self._task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        nodes.on(UPDATES, self._take)

    def publish(self, changes: Iterable[Change]) -> None:
        """Tell every member of each change, on the node that owns them."""
        is_alone = not self._nodes.others
        for change in changes:
            told = _grouped(change_events(change, link=self._link))
            if is_alone:
                for event, users in told:
                    for user in users:
                        self._sender.deliver_prepared(user, event)
                continue
            copies = [Copy(users, event.kind, event.feature, event.head + event.rest) for event, users in told]
            update = Update(change.message.channel_id, change.position, change.is_first, copies)
            self._route(update)
            if change.replied_to is not None and self._nodes.owns(change.replied_to):
                self._arrive(change.replied_to, update, None)

    def sweep(self) -> None:
        """Forget positions of users with no event in the last 60 s."""
        now = self._clock.now()
        for user in [user for user, positions in self._positions.items() if positions.is_idle(now)]:
            del self._positions[user]

    async def close(self) -> None:
        """Send what waits; what is held is told by the inbox."""
        while self._task is not None:
            await asyncio.wait([self._task])
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # To and from other nodes.

    def _route(self, update: Update) -> None:
        """Give *update* to the members whom this node owns, and put the rest in line."""
        away = []
        for copy in update.copies:
            event = _prepared(copy)
            elsewhere = []
            for user in copy.users:
                if self._nodes.owns(user):
                    self._arrive(user, update, event)
                else:
                    elsewhere.append(user)
            if elsewhere:
                away.append(msgspec.structs.replace(copy, users=elsewhere))
        if away:
            self._waiting.append(msgspec.structs.replace(update, copies=away))
            if self._task is None:
                self._task = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._waiting:
                updates, self._waiting = self._waiting, []
                users = {user for update in updates for copy in update.copies for user in copy.users}
                for node, owned in (await self._owners.find(users)).items():
                    if parts := [part for update in updates if (part := _for(update, set(owned)))]:
                        self._nodes.send(node, UPDATES, _encode(parts))
        finally:
            self._task = None

    def _take(self, _: str, body: bytes) -> None:
        for update in _decode(body):
            moved = []
            for copy in update.copies:
                event = _prepared(copy)
                for user in copy.users:
                    if self._nodes.owns(user):
                        self._arrive(user, update, event)
                    else:
                        self._owners.forget(user)
                        moved.append(msgspec.structs.replace(copy, users=[user]))
            if moved and update.tries < TRIES:
                again = msgspec.structs.replace(update, copies=moved, tries=update.tries + 1)
                self._spawn(self._retry(again))

    async def _retry(self, update: Update) -> None:
        await asyncio.sleep(AGAIN_S)
        self._route(update)

    # In order at each user.

    def _arrive(self, user: UserId, update: Update, event: Prepared | None) -> None:
        channel_id, key, now = update.channel_id, (user, update.channel_id), self._clock.now()
        held = self._held.get(key)
        if held is not None:
            held.append(Held(update.position, event))
            return
        positions = self._positions.get(user)
        if positions is None:
            positions = self._positions[user] = Positions()
        verdict = positions.judge(channel_id, update.position, now=now, is_first=update.is_first)
        if verdict == "deliver":
            self._deliver(user, channel_id, update.position, event)
        elif verdict == "wait":
            self._held[key] = [Held(update.position, event)]
            self._spawn(self._release(user, channel_id))

    def _deliver(self, user: UserId, channel_id: str, position: Position, event: Prepared | None) -> None:
        self._positions.setdefault(user, Positions()).move(channel_id, position, now=self._clock.now())
        if event is not None:
            self._sender.deliver_prepared(user, event)

    async def _release(self, user: UserId, channel_id: str) -> None:
        """Deliver, after a while, what was held, in order, with what is missing in between."""
        key = user, channel_id
        try:
            await asyncio.sleep(HOLD_S)
            while held := self._held[key]:
                first = min(held, key=lambda one: sum(one.position))
                held.remove(first)
                now = self._clock.now()
                positions = self._positions.setdefault(user, Positions())
                known = positions.get(channel_id, now=now)
                if known is None or positions.judge(channel_id, first.position, now=now) == "deliver":
                    self._deliver(user, channel_id, first.position, first.event)
                elif positions.judge(channel_id, first.position, now=now) == "wait":
                    await self._fill(user, channel_id, known, first.position)
        finally:
            self._held.pop(key, None)

    async def _fill(self, user: UserId, channel_id: str, after: Position, upto: Position) -> None:
        """Deliver what happened to a channel after a position; if it cannot be read, let the client read the inbox."""
        try:
            changes = await missed(self._pool, channel_id, after=after, upto=upto)
        except Unavailable:
            changes = None
        if changes is None:
            self._sender.reset(user, within_ms=RESET_WITHIN_MS)
        for change in changes or ():
            event = change_events(change, link=self._link).get(user)
            if event is not None and not (change.is_new and user == change.message.sender):
                self._sender.deliver_prepared(user, prepare(event))
        self._positions.setdefault(user, Positions()).move(channel_id, upto, now=self._clock.now())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as fault:  # noqa: BLE001 - told to the operator
            self._on_fault(fault)


def _grouped(events: Mapping[UserId, Event]) -> list[tuple[Prepared, list[UserId]]]:
    """Return each event once, encoded, with the users who are told it."""
    users: dict[int, list[UserId]] = defaultdict(list)
    kinds: dict[int, Event] = {}
    for user, event in events.items():
        users[id(event)].append(user)
        kinds[id(event)] = event
    return [(prepare(event), users[name]) for name, event in kinds.items()]


def _prepared(copy: Copy) -> Prepared:
    at = copy.body.index(b",") + 1
    return Prepared(copy.kind, copy.feature, True, copy.body[:at], copy.body[at:])


def _for(update: Update, users: set[UserId]) -> Update | None:
    """Return what of *update* is for *users*; None: nothing."""
    copies = [
        msgspec.structs.replace(copy, users=mine)
        for copy in update.copies
        if (mine := [user for user in copy.users if user in users])
    ]
    return msgspec.structs.replace(update, copies=copies) if copies else None
