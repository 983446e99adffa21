"""One node among others, wired: what it is made of, which message goes where, and which tasks run."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from typing import Any, Final

import msgspec
import structlog

from matchmaker.domain.clock import WallClock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.domain.room import Reason
from matchmaker.domain.user_updates import UsersSeparated
from matchmaker.matchmaker import Matchmaker
from server.cluster.broadcast import Broadcast
from server.cluster.context import NodeContext
from server.cluster.node_tasks import NodeTasks
from server.cluster.nodes.membership import ENDED_LOOKS, Membership
from server.cluster.nodes.room_watch import RoomWatch
from server.cluster.pairing.sharing import Sharing
from server.cluster.ports.adapters import Ports
from server.cluster.ports.heartbeats import BEAT_S
from server.cluster.ports.redis_fault import RedisFault
from server.cluster.supervision import Supervision
from server.cluster.users.admission import Arrival, HelloAdmission
from server.cluster.users.attached_links import Accept, AttachedLinks, is_remote
from server.cluster.users.directory_entries import REFRESH_S, DirectoryEntries
from server.cluster.users.edge_links import EdgeLinks
from server.cluster.users.homecoming import Homecoming
from server.cluster.users.moves import Moves
from server.cluster.wire import messages
from server.cluster.wire.bus import Bus
from server.domain.room_owners import RoomOwners
from signaling.connection.client import ClientConnection
from signaling.connection.ports import Identity
from signaling.connection.rate_limits import SocketLimits
from signaling.routing.hub import Hub
from signaling.routing.tasks import Tasks
from signaling.wire.frames import Hello, InviteSend

LOOK_S: Final = 0.05
"""Between the first looks, at the start: a process that has just been killed is found ended."""
HEARD_S: Final = 1.2 * BEAT_S
"""How long a new node waits: every other one has read the list of nodes by then."""
LABEL_MAX: Final = 200

log = structlog.get_logger()
_encode_frame = msgspec.json.Encoder().encode


def node_id(label: str) -> str:
    """Return the id of this process: no other one, not even its successor, has the same."""
    return f"{label[:LABEL_MAX]}.{secrets.token_hex(3)}"


class Cluster:
    """Implements `signaling.connection.ports.ClusterPort`."""

    def __init__(
        self,
        *,
        node: str,
        ports: Ports,
        owners: RoomOwners,
        matchmaker: "Callable[[Cluster], Matchmaker]",
        hub: Hub,
        limits: SocketLimits,
        tasks: Tasks,
        clock: WallClock,
        on_fault: Callable[[BaseException], None],
        on_death: Callable[[], None],
        share_after_ms: int = 100,
        local_first_ms: int = 2_000,
        refresh_s: float = REFRESH_S,
    ) -> None:
        """*matchmaker* makes the matchmaker of this node, which tells the cluster what happens and asks it.

        *on_death* is called when another node is found dead.
        """
        self.node = node
        self.refused = 0
        """Messages of unknown kind or shape."""
        self.bus = Bus(ports.streams, node, on_message=self._take, on_reset=self._reset)
        now = asyncio.get_running_loop().time()
        self.membership = Membership(node, now, has_redis=ports.heartbeats is not None)
        node_tasks = NodeTasks(tasks, on_fault)
        self._on_fault = on_fault
        self.broadcast = Broadcast(
            self.membership, send=lambda to, notice: self.bus.send(to, messages.encode(notice)), spawn=node_tasks.spawn
        )
        self.matchmaker = made = matchmaker(self)
        self.broadcast.on_published(made.apply)
        self.context = context = NodeContext(
            send=self.bus.send,
            directory=ports.directory,
            owners=owners,
            membership=self.membership,
            watch=RoomWatch(owners, self.membership, made),
            matchmaker=made,
            hub=hub,
            limits=limits,
            tasks=node_tasks,
            clock=clock,
        )
        entries = DirectoryEntries(context, refresh_s=refresh_s)
        self.edges = EdgeLinks(context)
        self.attached = AttachedLinks(context)
        self.moves = Moves(context, self.edges, self.attached, on_installed=self.broadcast.apply_kept)
        self.homecoming = Homecoming(context, self.attached, self.moves)
        self.admission = HelloAdmission(context, entries, self.edges, self.attached, self.moves)
        self.sharing = Sharing(context, self.moves, share_after_ms=share_after_ms, local_first_ms=local_first_ms)
        self.supervision = Supervision(
            context,
            self.admission,
            entries,
            self.edges,
            self.attached,
            bus=self.bus,
            heartbeats=ports.heartbeats,
            on_change=self._messages_lost,
            on_death=on_death,
        )
        self.heartbeats = ports.heartbeats
        self._tasks: list[asyncio.Task[None]] = []
        self._handlers: dict[type, Callable[[str, Any], Coroutine[Any, Any, None] | None]] = {
            messages.Up: self.attached.on_message,
            messages.LinkGone: self.attached.on_message,
            messages.Drain: self.attached.on_message,
            messages.Down: self.edges.on_message,
            messages.Close: self.edges.on_message,
            messages.Hold: self.edges.on_message,
            messages.Attach: self.admission.on_attach,
            messages.AnswerMessage: context.on_answer,
            messages.MoveIn: self.moves.receive,
            messages.GoHome: self.moves.go_home,
            messages.Recall: self.moves.recall,
            messages.Superseded: entries.on_superseded,
            messages.Post: self.sharing.on_post,
            messages.Withdraw: self.sharing.on_withdraw,
            messages.ListTickets: self.sharing.on_list,
            messages.Propose: self.sharing.on_propose,
            messages.TicketsElsewhere: self.sharing.on_elsewhere,
            messages.BroadcastMessage: self.broadcast.on_notice,
            messages.Expel: self._obey,
        }

    async def open(self, accept: Accept, check: Callable[[], Awaitable[None]] | None = None) -> None:
        """Be one of the nodes. *accept* begins conversations on sockets of other nodes.

        *check* is called after the first heartbeat, and may raise.

        Raises:
            Unavailable: PostgreSQL or Redis does not answer.
        """
        self.attached.serve(accept)
        for _ in range(ENDED_LOOKS):
            await self.supervision.poll_postgres()
            await asyncio.sleep(LOOK_S)
        self.bus.open()
        await self.supervision.beat()
        if self.membership.is_cut_off:
            raise Unavailable
        if check is not None:
            await check()
        if self.membership.others:
            # Serve once the others have heard of this node: what they broadcast before that would not be sent here.
            await asyncio.sleep(HEARD_S)
            await self.supervision.beat()
        work = (
            self.supervision.keep_beating(),
            self.supervision.keep_looking(),
            self.supervision.keep_sweeping(),
            self.sharing.keep_sharing(),
            self.homecoming.keep_hinting(),
        )
        self._tasks = [asyncio.create_task(self.context.run(one)) for one in work]

    async def recover(self, *, crashed_at: int | None) -> int:
        """Take over what dead processes left, if no other node can; return how many rooms."""
        if self.membership.others:
            return 0
        await self.context.owners.claim_orphans([self.node])
        rooms = await self.context.matchmaker.recover(crashed_at=crashed_at)
        for room in self.context.matchmaker.rooms.all():
            for user in room.users:
                self.context.own(user)
        return rooms

    async def close(self) -> None:
        """Be none of the nodes any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.bus.close()
        if self.heartbeats is not None:
            with suppress(Unavailable):  # the others find out by the silence
                await self.heartbeats.leave()

    async def drain(self, spread_ms: int) -> None:
        """Let other nodes take users and rooms over from now on."""
        self.context.drain()
        await self.supervision.beat()
        self.edges.drain(spread_ms)

    def keeps_any(self, users: Collection[UserId]) -> bool:
        """Tell whether the state of one of *users* is here, and another node could fetch it."""
        return self.membership.has_redis and any(map(self.context.owns, users))

    @property
    def redis_fault(self) -> RedisFault | None:
        """Why Redis cannot be used; None: it can, or there is none."""
        return self.supervision.outage.fault

    def reaches_redis(self) -> bool:
        """Tell whether Redis answers, as far as there is one."""
        return not self.membership.is_cut_off

    # What the conversation asks.

    async def claim(self, conversation: ClientConnection, frame: Hello, identity: Identity, came: int) -> bool:
        return await self.admission.claim(Arrival(conversation, frame, identity, came))

    async def bring_to(self, conversation: ClientConnection, frame: InviteSend) -> bool:
        context, target = self.context, frame.user_id
        # Also if no other node is known: it may have begun since the last heartbeat.
        if context.owns(target) or not self.membership.has_redis:
            return False
        try:
            entry = await context.directory.lookup(target)
        except Unavailable:
            return False
        if entry is None or entry.node == self.node or self.membership.is_dead(entry.node):
            return False
        text = _encode_frame(frame).decode()
        if is_remote(conversation):
            self.moves.hint_home(conversation, frame=text)
            return True
        if await self.moves.push(conversation.user, entry.node, target, frame=text, is_call=frame.kind == "friend"):
            return True
        await self.moves.arrival_of(target)
        return False

    # HTTP at any node.

    async def expel(self, user: UserId, reason: Reason) -> None:
        """Take a user out of queue, invite and room, wherever they are owned.

        Raises:
            Unavailable: the owner does not answer, or the end of the room cannot be made durable.
        """
        if not await self.end_elsewhere(user, reason):
            await self.context.matchmaker.remove_user(user, reason)

    async def end_elsewhere(self, user: UserId, reason: Reason, other: UserId | None = None) -> bool:
        """Have the owner of *user*, if it is another node, end what they are in; return whether it did.

        *other*: end only the room that the two share.

        Raises:
            Unavailable: the owner does not answer, or the end of the room cannot be made durable.
        """
        context = self.context
        if context.owns(user):
            return False
        room = await context.owners.room_of(user)
        if other is not None and (room is None or other not in room.users):
            return False
        owner = None if room is None else room.owner
        if owner is None:
            entry = await context.directory.lookup(user)
            owner = None if entry is None else entry.node
        if owner is None or not self.membership.has_redis or owner == self.node or self.membership.is_dead(owner):
            return False
        answer = await context.ask(owner, lambda ask: messages.Expel(ask, user, reason, other))
        if answer.outcome != "done":
            raise Unavailable
        return True

    async def _obey(self, node: str, message: messages.Expel) -> None:
        outcome, matchmaker = "no", self.context.matchmaker
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

    def _take(self, node: str, data: bytes) -> None:
        try:
            message = messages.decode(data)
        except ValueError as error:
            if not self.refused:
                log.warning("message_refused", node=node, reason=str(error))
            self.refused += 1
            return
        try:
            work = self._handlers[type(message)](node, message)
        except Exception as fault:  # noqa: BLE001 - one message must not stop the others
            self._on_fault(fault)
            return
        if work is not None:
            self.context.spawn(work)

    def _reset(self, node: str) -> None:
        self.supervision.cut(node)
        self._messages_lost()

    def _messages_lost(self) -> None:
        self.sharing.post_all()
        self.broadcast.lost()
