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


class Parcel(msgspec.Struct, frozen=True, array_like=True):
    """An event on its way to the owner of a user. Fields are only added, at the end, with a default."""

    user: UserId
    kind: str
    feature: str
    is_own: bool
    """Whether it goes on the people stream."""
    body: bytes
    tries: int = 1


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Parcel]).decode


class NodeDelivery:
    """Implements `EventDelivery` over several nodes."""

    def __init__(self, sender: PeopleSender, nodes: Nodes, owners: Owners) -> None:
        self._sender = sender
        self._nodes = nodes
        self._owners = owners
        self._waiting: list[Parcel] = []
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
                    Parcel(
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

    def _put(self, parcel: Parcel) -> None:
        self._waiting.append(parcel)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._waiting:
                parcels, self._waiting = self._waiting, []
                by_user: dict[UserId, list[Parcel]] = defaultdict(list)
                for parcel in parcels:
                    by_user[parcel.user].append(parcel)
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
        for parcel in _decode(body):
            if self._nodes.owns(parcel.user):
                at = parcel.body.index(b",") + 1
                event = UnnumberedEvent(parcel.body[:at], parcel.body[at:])
                self._sender.deliver_encoded(
                    parcel.user,
                    EncodedEvent(parcel.kind, parcel.feature, parcel.is_own, event),
                )
            else:
                self._owners.forget(parcel.user)
                self._retry_soon(parcel)

    def _retry_soon(self, parcel: Parcel) -> None:
        if parcel.tries < TRIES:
            again = msgspec.structs.replace(parcel, tries=parcel.tries + 1)
            timer = asyncio.get_running_loop().call_later(AGAIN_S, self._retry, again)
            self._timers.add(timer)

    def _retry(self, parcel: Parcel) -> None:
        now = asyncio.get_running_loop().time()
        self._timers = {timer for timer in self._timers if timer.when() > now and not timer.cancelled()}
        if not self._nodes.owns(parcel.user):
            self._put(parcel)
        else:
            self._take("", _encode([parcel]))
