"""One node of several: its parts, the handlers of its messages, and its tasks."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from typing import Any, Final

import structlog

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.domain.user_updates import UsersSeparated
from server.cluster.context import NodeContext
from server.cluster.node_topics import NodeTopics
from server.cluster.nodes.membership import ENDED_POLLS
from server.cluster.pairing.other_nodes import OtherNodes
from server.cluster.pairing.sharing import TicketSharing
from server.cluster.ports.heartbeats import BEAT_S
from server.cluster.ports.redis_fault import RedisUnusable
from server.cluster.supervision import Supervision
from server.cluster.users.attached_links import Accept, AttachedLinks
from server.cluster.users.edge_requests import EdgeRequests
from server.cluster.users.node_users import NodeUsers
from server.cluster.wire import messages
from server.runtime.background import keep_running

POLL_S: Final = 0.05
"""Interval of the first queries of PostgreSQL at the start: a process that has just been killed
is detected as ended."""
HEARD_S: Final = 1.2 * BEAT_S
"""How long a new node waits: every other one has read the list of nodes by then."""
LABEL_MAX: Final = 200

log = structlog.get_logger()


def node_id(label: str, siblings: str = "") -> str:
    """Return the id of this process, unique also among its successors.

    *siblings*: what it shows of the processes that stop together with this one.
    """
    return f"{label[:LABEL_MAX]}.{siblings}{secrets.token_hex(3)}"


def are_siblings(node: str, siblings: str) -> bool:
    """Return whether *node* is the id of a process that was started with these *siblings*."""
    return node.rpartition(".")[2].startswith(siblings)


class NodeBase:
    """The parts of a node that exist before its matchmaker, which asks them and publishes to them by topics."""

    def __init__(self, context: NodeContext, *, interest_wait_ms: int, local_first_ms: int = 2_000) -> None:
        self.context = context
        self.topics = NodeTopics(context)
        self.others = OtherNodes(context, local_first_ms=local_first_ms, interest_wait_ms=interest_wait_ms)


class Cluster:
    """One node of several."""

    def __init__(self, base: NodeBase, users: NodeUsers, *, accept: Accept, share_after_ms: int = 100) -> None:
        """*accept* opens connections on sockets of other nodes."""
        context, topics, matchmaker = base.context, base.topics, users.matchmaker
        self.context = context
        self.refused = 0
        """Number of messages of unknown kind or shape."""
        self.topics = topics
        self.matchmaker = matchmaker
        self.edges = users.edges
        self.attached = attached = AttachedLinks(context, matchmaker.context, accept)
        requests = EdgeRequests(context, attached, users)
        self.sharing = TicketSharing(context, base.others, matchmaker, users.moves, share_after_ms=share_after_ms)
        self.supervision = Supervision(context, users, attached)
        topics.on_published(matchmaker.apply)
        self._tasks: list[asyncio.Task[None]] = []
        self._handlers: dict[type, Callable[[str, Any], Coroutine[Any, Any, None] | None]] = {
            messages.Up: attached.on_message,
            messages.LinkGone: attached.on_message,
            messages.Drain: attached.on_message,
            messages.Down: users.edges.on_message,
            messages.Close: users.edges.on_message,
            messages.Hold: users.edges.on_message,
            messages.Attach: requests.on_attach,
            messages.AnswerMessage: context.on_answer,
            messages.MoveIn: requests.receive,
            messages.GoHome: users.moves.go_home,
            messages.Recall: requests.recall,
            messages.Superseded: lambda _, message: users.entries.write(message.user),
            messages.Post: self.sharing.on_post,
            messages.Withdraw: self.sharing.on_withdraw,
            messages.ListTickets: self.sharing.on_list,
            messages.Propose: self.sharing.on_propose,
            messages.TicketsElsewhere: base.others.on_elsewhere,
            messages.BroadcastMessage: topics.on_notice,
            messages.Expel: self._obey,
        }

    async def open(self, check: Callable[[], Awaitable[None]] | None = None, *, wait_s: float = 0.0) -> None:
        """Join the nodes. *check* is called after the first heartbeat, and may raise.

        *wait_s*: how long to wait for a Redis that does not answer.

        Raises:
            RedisUnusable: Redis cannot be used.
            Unavailable: PostgreSQL does not answer.
        """
        members, now = self.context.membership, asyncio.get_running_loop().time
        until = now() + wait_s
        for _ in range(ENDED_POLLS):
            await self.supervision.poll_postgres()
            await asyncio.sleep(POLL_S)
        await self.supervision.beat()
        while (fault := self.context.redis_fault()) is not None:
            unusable = RedisUnusable(fault)
            if not unusable.may_pass or now() >= until:
                raise unusable
            await asyncio.sleep(BEAT_S)
            await self.supervision.beat()
        if check is not None:
            await check()
        self.context.bus.open(self.context.on_fault)
        self._start(self._receive)
        if members.others:
            # Serve once the other nodes know of this one: they send it no broadcast before.
            await asyncio.sleep(HEARD_S)
            await self.supervision.beat()
        self._start(
            self.supervision.keep_beating,
            self.supervision.keep_polling,
            self.supervision.keep_sweeping,
            self.sharing.keep_sharing,
            self.attached.keep_hinting,
        )

    def _start(self, *loops: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run *loops* until `close`: without heartbeats, for example, this node would be dead to the others."""
        self._tasks += [asyncio.create_task(keep_running(loop, self.context.on_fault)) for loop in loops]

    async def recover(self, *, crashed_at: int | None) -> int:
        """Take over rooms of dead processes, if no other node can; return their number."""
        if self.context.membership.others:
            return 0
        await self.context.owners.claim_orphans([self.context.node])
        rooms: int = await self.matchmaker.recover(crashed_at=crashed_at)
        for room in self.matchmaker.rooms.all():
            for user in room.users:
                self.context.own(user)
        return rooms

    async def close(self) -> None:
        """Leave the nodes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.context.bus.close()
        if self.context.heartbeats is not None:
            with suppress(Unavailable):  # the others detect it by the silence
                await self.context.heartbeats.leave()

    async def drain(self, spread_ms: int) -> None:
        """Make other nodes take over users and rooms from now on."""
        self.context.drain()
        await self.supervision.beat()
        self.edges.drain(spread_ms)

    def keeps_any(self, users: Collection[UserId]) -> bool:
        """Return whether this node owns one of *users*, and another node could fetch the state."""
        return self.context.membership.has_redis and any(map(self.context.owns, users))

    async def _obey(self, node: str, message: messages.Expel) -> None:
        outcome, matchmaker = "no", self.matchmaker
        try:
            match message.reason:
                case "blocked" | "reported" as reason if message.other is not None:
                    await matchmaker.apply(UsersSeparated(user=message.user, other=message.other, reason=reason))
                case reason:
                    await matchmaker.remove_user(message.user, reason)
            outcome = "done"
        finally:
            self.context.send(node, messages.AnswerMessage(message.ask, outcome))

    # Messages.

    async def _receive(self) -> None:
        while True:
            for node, message in await self.context.bus.receive():
                if message is None:
                    self.supervision.cut(node)
                    self.context.messages_lost.publish(None)
                else:
                    self._take(node, message)

    def _take(self, node: str, data: bytes) -> None:
        try:
            message = messages.decode(data)
        except ValueError as error:
            if not self.refused:
                log.warning("message_refused", other_node=node, reason=str(error))
            self.refused += 1
            return
        try:
            work = self._handlers[type(message)](node, message)
        except Exception as fault:  # noqa: BLE001 - one message must not stop the others
            self.context.on_fault(fault)
            return
        if work is not None:
            self.context.spawn(work)
