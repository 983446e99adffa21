"""What PostgreSQL has is told to every node, and for a minute to users who arrive from another one."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.user_updates import AnyUserUpdate
from server.cluster.nodes.membership import Membership
from server.cluster.wire.messages import BroadcastMessage

PUBLISHED: Final = "published"
KEEP_S: Final = 60.0

Hear = Callable[[str, bytes], None]
"""Takes what a node says: its id, and the body."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AnyUserUpdate).decode


class Broadcast:
    """Sends to all other nodes; hears from them."""

    def __init__(
        self,
        membership: Membership,
        *,
        send: Callable[[str, BroadcastMessage], None],
        spawn: Callable[[Coroutine[Any, Any, object]], None],
    ) -> None:
        self.refused = 0
        """Notices of unknown topic."""
        self._membership = membership
        self._send, self._spawn = send, spawn
        self._hearers: dict[str, Hear] = {}
        self._readers: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._kept: deque[tuple[float, str, str, bytes]] = deque()

    def on(self, topic: str, hear: Hear) -> None:
        """Give *hear* every notice of this topic."""
        self._hearers[topic] = hear

    def on_loss(self, call: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have *call* read from PostgreSQL what may have been broadcast while this node could not hear it."""
        self._readers.append(call)

    def lost(self) -> None:
        """Read again what may have been missed: a link was reset, or Redis did not answer."""
        for call in self._readers:
            self._spawn(call())

    def send(self, topic: str, body: bytes, *, is_kept: bool = True) -> None:
        """Let every other node apply what PostgreSQL has. *is_kept*: also to users who are on their way."""
        if is_kept:
            self._keep(self._membership.node, topic, body)
        for node in self._membership.reachable:
            self._send(node, BroadcastMessage(topic, body, is_kept))

    def publish(self, item: AnyUserUpdate) -> None:
        """Let the other nodes apply what was made durable about users who may be theirs."""
        self.send(PUBLISHED, _encode(item))

    def on_published(self, apply: Callable[[AnyUserUpdate], Coroutine[Any, Any, None]]) -> None:
        """Have *apply* take what other nodes publish."""
        self.on(PUBLISHED, lambda _, body: self._spawn(apply(_decode(body))))

    def on_notice(self, node: str, message: BroadcastMessage) -> None:
        if message.is_kept:
            self._keep(node, message.topic, message.body)
        hear = self._hearers.get(message.topic)
        if hear is None:
            self.refused += 1
        else:
            hear(node, message.body)

    def apply_kept(self, user: UserId) -> None:
        """Apply what was said about a user while their state was on its way."""
        name = user.encode()
        for _, node, topic, body in self._kept:
            if name in body and topic in self._hearers:
                self._hearers[topic](node, body)

    def _keep(self, node: str, topic: str, body: bytes) -> None:
        now = asyncio.get_running_loop().time()
        while self._kept and self._kept[0][0] < now - KEEP_S:
            self._kept.popleft()
        self._kept.append((now, node, topic, body))
