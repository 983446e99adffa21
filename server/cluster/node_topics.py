"""Notices by topic, to one node or to all; committed ones are kept for a minute for users who arrive."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec
import structlog

from matchmaker.domain.ids import UserId
from matchmaker.domain.user_updates import AnyUserUpdate
from server.cluster.context import NodeContext
from server.cluster.wire.messages import BroadcastMessage

PUBLISHED: Final = "published"
KEEP_S: Final = 60.0

NoticeHandler = Callable[[str, bytes], None]
"""Takes a notice: the node that sent it, and the body. May raise `DecodeError`."""

log = structlog.get_logger()
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AnyUserUpdate).decode


class NodeTopics:
    """Implements `server.people.nodes.Nodes`. Commits of the matchmaker are published to all nodes."""

    is_single: Final = False

    def __init__(self, context: NodeContext) -> None:
        self.refused = 0
        """Notices of unknown topic or shape."""
        self.name = context.node
        self.owns = context.owns
        self.is_dead = context.membership.is_dead
        self._context = context
        self._handlers: dict[str, NoticeHandler] = {}
        self._kept: deque[tuple[float, str, str, bytes]] = deque()
        context.user_arrived.subscribe(self.apply_kept)
        context.store.changes.stored.subscribe(lambda item: self.send_all(PUBLISHED, _encode(item)))

    @property
    def is_cut_off(self) -> bool:
        """Whether messages of other nodes cannot arrive: Redis does not answer."""
        members = self._context.membership
        return members.has_redis and members.is_cut_off

    @property
    def others(self) -> list[str]:
        """The other live nodes; none if messages cannot arrive."""
        return self._context.membership.reachable

    async def owner_of(self, user: UserId) -> str | None:
        """Return the owner of *user*, this node also during a move to it; None: none. Raises `Unavailable`."""
        entry = await self._context.directory.lookup(user)
        return None if entry is None or self.is_dead(entry.node) else entry.node

    # Out.

    def send(self, node: str, topic: str, body: bytes) -> None:
        """Send a notice to *node*."""
        self._context.send(node, BroadcastMessage(topic, body, is_kept=False))

    def send_all(self, topic: str, body: bytes) -> None:
        """Send a notice to every other node; everywhere it is applied to users who arrive later, too."""
        self._keep(self.name, topic, body)
        for node in self.others:
            self._context.send(node, BroadcastMessage(topic, body))

    # In.

    def on(self, topic: str, handler: NoticeHandler) -> None:
        """Call *handler* for every notice of this topic."""
        self._handlers[topic] = handler

    def on_published(self, apply: Callable[[AnyUserUpdate], Coroutine[Any, Any, None]]) -> None:
        """Call *apply* for commits published by the matchmakers of other nodes."""
        self.on(PUBLISHED, lambda _, body: self._context.spawn(apply(_decode(body))))

    def on_loss(self, call: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Call *call* when notices of other nodes, or to them, may have been lost."""
        self._context.messages_lost.subscribe(lambda _: self._context.spawn(call()))

    def on_notice(self, node: str, message: BroadcastMessage) -> None:
        if message.is_kept:
            self._keep(node, message.topic, message.body)
        self._handle(node, message.topic, message.body)

    def apply_kept(self, user: UserId) -> None:
        """Apply notices about a user that arrived during the move of the state."""
        name = user.encode()
        for _, node, topic, body in self._kept:
            if name in body:
                self._handle(node, topic, body)

    def _handle(self, node: str, topic: str, body: bytes) -> None:
        """Pass a notice to the handler of its topic; count one of unknown topic or shape."""
        handler = self._handlers.get(topic)
        if handler is None:
            self._refuse(node, topic, "unknown topic")
            return
        try:
            handler(node, body)
        except msgspec.DecodeError as error:
            self._refuse(node, topic, repr(error))

    def _refuse(self, node: str, topic: str, reason: str) -> None:
        if not self.refused:
            log.warning("notice_refused", other_node=node, topic=topic, reason=reason)
        self.refused += 1

    def _keep(self, node: str, topic: str, body: bytes) -> None:
        now = asyncio.get_running_loop().time()
        while self._kept and self._kept[0][0] < now - KEEP_S:
            self._kept.popleft()
        self._kept.append((now, node, topic, body))
