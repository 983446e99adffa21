"""Delivery of channel events over several nodes: one message per node that owns members.

Messages of two nodes can cross on the way: `OrderedDelivery` puts them in order at each user.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.domain.ids import UserId
from server.db.channels.records import Change
from server.db.pool import Pool
from server.people.channels.ordered_delivery import OrderedDelivery
from server.people.channels.shown import Link, change_events
from server.people.nodes import AGAIN_S, TRIES, Nodes, Owners
from signaling.routing.people_sender import EncodedEvent, PeopleSender, encode_event
from signaling.routing.people_stream import UnnumberedEvent
from signaling.routing.positions import Position
from signaling.wire.event import Event

UPDATES: Final = "people.channels"


class Copy(msgspec.Struct, frozen=True, array_like=True):
    """An event, and its recipients. Fields are only added, at the end, with a default."""

    users: list[UserId]
    kind: str
    feature: str
    body: bytes


class Update(msgspec.Struct, frozen=True, array_like=True):
    """A channel event on its way to the owner of members. Fields are only added, as above."""

    channel_id: str
    position: Position
    is_first: bool
    copies: list[Copy]
    tries: int = 1


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Update]).decode


class NodeChannelDelivery:
    """Implements `ChannelDelivery` over several nodes; a single node delivers synchronously: commits are in order
    there.
    """

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
        self._sender = sender
        self._nodes = nodes
        self._owners = owners
        self._link = link
        self._ordered = OrderedDelivery(pool, sender, pass_on=self._pass_on, link=link, clock=clock, on_fault=on_fault)
        self.reread = self._ordered.reread
        self._waiting: list[Update] = []
        self._task: asyncio.Task[None] | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        nodes.on(UPDATES, self._take)

    def publish(self, changes: Iterable[Change]) -> None:
        """Send each change to every member, on the node that owns them."""
        is_single = self._nodes.is_single
        for change in changes:
            told = _grouped(change_events(change, link=self._link))
            if is_single:
                for event, users in told:
                    for user in users:
                        self._sender.deliver_encoded(user, event)
                continue
            copies = [Copy(users, event.kind, event.feature, b"".join(event.body)) for event, users in told]
            update = Update(change.message.channel_id, change.position, change.is_first, copies)
            self._route(update)
            if change.replied_to is not None and self._nodes.owns(change.replied_to):
                self._arrive(change.replied_to, update, None)

    async def close(self) -> None:
        """Send what waits; held events are covered by the inbox."""
        for timer in self._timers:
            timer.cancel()
        while self._task is not None:
            await asyncio.wait([self._task])
        await self._ordered.close()

    # To and from other nodes.

    def _route(self, update: Update) -> None:
        """Deliver *update* to the members whom this node owns, and queue the rest."""
        away = []
        for copy in update.copies:
            event = _encoded(copy)
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
                    parts = [part for update in updates if (part := _for(update, set(owned)))]
                    if node == self._nodes.name:  # their state is being moved
                        for part in parts:
                            self._retry_soon(part)
                    elif parts:
                        self._nodes.send(node, UPDATES, _encode(parts))
        finally:
            self._task = None

    def _take(self, _: str, body: bytes) -> None:
        for update in _decode(body):
            moved = []
            for copy in update.copies:
                event = _encoded(copy)
                for user in copy.users:
                    if self._nodes.owns(user):
                        self._arrive(user, update, event)
                    else:
                        self._owners.forget(user)
                        moved.append(msgspec.structs.replace(copy, users=[user]))
            if moved:
                self._retry_soon(msgspec.structs.replace(update, copies=moved))

    def _arrive(self, user: UserId, update: Update, event: EncodedEvent | None) -> None:
        self._ordered.arrive(user, update.channel_id, update.position, event, is_first=update.is_first)

    def _pass_on(self, user: UserId, channel_id: str, position: Position, event: EncodedEvent) -> None:
        """Send an event that was held for a user who has moved, to the node where they are now."""
        if not self._nodes.owns(user):
            copies = [Copy([user], event.kind, event.feature, b"".join(event.body))]
            self._route(Update(channel_id, position, False, copies))

    def _retry_soon(self, update: Update) -> None:
        if update.tries < TRIES:
            timer = asyncio.get_running_loop().call_later(AGAIN_S, self._retry, update)
            self._timers.add(timer)

    def _retry(self, update: Update) -> None:
        now = asyncio.get_running_loop().time()
        self._timers = {timer for timer in self._timers if timer.when() > now and not timer.cancelled()}
        self._route(msgspec.structs.replace(update, tries=update.tries + 1))


def _grouped(events: Mapping[UserId, Event]) -> list[tuple[EncodedEvent, list[UserId]]]:
    """Return each event once, encoded, with its recipients."""
    users: dict[int, list[UserId]] = defaultdict(list)
    kinds: dict[int, Event] = {}
    for user, event in events.items():
        users[id(event)].append(user)
        kinds[id(event)] = event
    return [(encode_event(event), users[name]) for name, event in kinds.items()]


def _encoded(copy: Copy) -> EncodedEvent:
    at = copy.body.index(b",") + 1
    return EncodedEvent(copy.kind, copy.feature, True, UnnumberedEvent(copy.body[:at], copy.body[at:]))


def _for(update: Update, users: set[UserId]) -> Update | None:
    """Return the part of *update* for *users*; None: there is none."""
    copies = [
        msgspec.structs.replace(copy, users=mine)
        for copy in update.copies
        if (mine := [user for user in copy.users if user in users])
    ]
    return msgspec.structs.replace(update, copies=copies) if copies else None
