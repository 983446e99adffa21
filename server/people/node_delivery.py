"""Delivery of events to users of any node: local ones directly, others by a message to their owner."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import msgspec

from matchmaker.domain.ids import UserId
from server.people.nodes import AGAIN_S, TRIES, Nodes, Owners
from signaling.routing.people_sender import EncodedEvent, PeopleSender, encode_event
from signaling.routing.people_stream import UnnumberedEvent
from signaling.wire.event import Event

EVENTS: Final = "people.events"


class ForwardedEvent(msgspec.Struct, frozen=True, array_like=True):
    """An event on its way to the owner of a user. Fields are only added, at the end, with a default."""

    user: UserId
    kind: str
    feature: str
    is_own: bool
    """Whether it goes on the people stream."""
    body: bytes
    tries: int = 1


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[ForwardedEvent]).decode


class NodeDelivery:
    """Implements `EventDelivery` over several nodes."""

    def __init__(self, sender: PeopleSender, nodes: Nodes, owners: Owners) -> None:
        self._sender = sender
        self._nodes = nodes
        self._owners = owners
        self._waiting: list[ForwardedEvent] = []
        self._task: asyncio.Task[None] | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        nodes.on(EVENTS, self._take)

    def deliver(self, events: Mapping[UserId, Event]) -> None:
        """Send each user's event, wherever the user is connected. An event for many users is encoded once."""
        encoded: dict[int, EncodedEvent] = {}
        for user, event in events.items():
            encoded_event = encoded.get(id(event))
            if encoded_event is None:
                encoded_event = encoded[id(event)] = encode_event(event)
            if self._nodes.owns(user):
                self._sender.deliver_encoded(user, encoded_event)
            elif self._nodes.others:
                self._put(
                    ForwardedEvent(
                        user,
                        encoded_event.kind,
                        encoded_event.feature,
                        encoded_event.is_own,
                        b"".join(encoded_event.body),
                    )
                )

    async def close(self) -> None:
        """Send what waits."""
        for timer in self._timers:
            timer.cancel()
        while self._task is not None:
            await asyncio.wait([self._task])

    def _put(self, item: ForwardedEvent) -> None:
        self._waiting.append(item)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._waiting:
                items, self._waiting = self._waiting, []
                by_user: dict[UserId, list[ForwardedEvent]] = defaultdict(list)
                for item in items:
                    by_user[item.user].append(item)
                for node, users in (await self._owners.find(by_user)).items():
                    found = [one for user in users for one in by_user[user]]
                    if node == self._nodes.name:  # their state is being moved
                        for one in found:
                            self._retry_soon(one)
                    else:
                        self._nodes.send(node, EVENTS, _encode(found))
        finally:
            self._task = None

    def _take(self, _: str, body: bytes) -> None:
        for item in _decode(body):
            if self._nodes.owns(item.user):
                at = item.body.index(b",") + 1
                event = UnnumberedEvent(item.body[:at], item.body[at:])
                self._sender.deliver_encoded(
                    item.user,
                    EncodedEvent(item.kind, item.feature, item.is_own, event),
                )
            else:
                self._owners.forget(item.user)
                self._retry_soon(item)

    def _retry_soon(self, item: ForwardedEvent) -> None:
        if item.tries < TRIES:
            again = msgspec.structs.replace(item, tries=item.tries + 1)
            timer = asyncio.get_running_loop().call_later(AGAIN_S, self._retry, again)
            self._timers.add(timer)

    def _retry(self, item: ForwardedEvent) -> None:
        now = asyncio.get_running_loop().time()
        self._timers = {timer for timer in self._timers if timer.when() > now and not timer.cancelled()}
        if not self._nodes.owns(item.user):
            self._put(item)
        else:
            self._take("", _encode([item]))
