"""One node among others, wired: what it is made of, which message goes where, and which tasks run."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import msgspec
import structlog

from matchmaker.clock import WallClock
from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from matchmaker.matchmaker import Matchmaker
from matchmaker.published import Parted, Separation
from matchmaker.room import Reason
from server.cluster import messages
from server.cluster.admission import Admission
from server.cluster.attached_links import AttachedLinks, RemoteSocket
from server.cluster.broadcast import Broadcast
from server.cluster.bus import Bus
from server.cluster.context import Context, Ownership
from server.cluster.directory import Directory
from server.cluster.edge_links import EdgeLinks
from server.cluster.heartbeats import BEAT_S, Heartbeats
from server.cluster.homecoming import Homecoming
from server.cluster.matchmaker_events import MatchmakerEvents
from server.cluster.membership import ENDED_LOOKS, Membership
from server.cluster.moves import Moves
from server.cluster.rooms import OpenRoom, RoomOwners
from server.cluster.sharing import Sharing
from server.cluster.streams import Streams
from server.cluster.supervision import REFRESH_S, Supervision
from signaling.conversation import Conversation
from signaling.door import Identity
from signaling.frames import Hello, InviteSend
from signaling.speaker import Speaker

LOOK_S: Final = 0.05
"""Between the first looks, at the start: a process that has just been killed is found ended."""
LABEL_MAX: Final = 200

log = structlog.get_logger()
_encode_frame = msgspec.json.Encoder().encode


def node_id(label: str) -> str:
    """Return the id of this process: no other one, not even its successor, has the same."""
    return f"{label[:LABEL_MAX]}.{secrets.token_hex(3)}"


HEARD_S: Final = 1.2 * BEAT_S
"""How long a new node waits: every other one has read the list of nodes by then."""


class Cluster:
    """Implements `signaling.door.Cluster`."""

    def __init__(
        self,
        *,
        node: str,
        streams: Streams,
        directory: Directory,
        heartbeats: Heartbeats | None,
        owners: RoomOwners,
        matchmaker: Matchmaker,
        speaker: Speaker,
        events: MatchmakerEvents,
        clock: WallClock,
        share_after_ms: int = 100,
        local_first_ms: int = 2_000,
        refresh_s: float = REFRESH_S,
    ) -> None:
        """*heartbeats*: None without Redis; then PostgreSQL alone tells which processes live."""
        self.node = node
        self.refused = 0
        """Messages of unknown kind or shape."""
        self.bus = Bus(streams, node, on_message=self._take, on_reset=self._reset)
        has_redis = heartbeats is not None
        self.membership = Membership(node, asyncio.get_running_loop().time(), has_redis=has_redis)
        self.context = context = Context(
            node=node,
            send=self.bus.send,
            directory=directory,
            owners=owners,
            membership=self.membership,
            matchmaker=matchmaker,
            speaker=speaker,
            clock=clock,
            can_reach_others=has_redis,
        )
        self.edges = EdgeLinks(context)
        self.attached = AttachedLinks(context)
        self.broadcast = Broadcast(context)
        self.moves = Moves(context, self.edges, self.attached, on_installed=self.broadcast.apply_kept)
        self.homecoming = Homecoming(context, self.attached, self.moves)
        self.admission = Admission(context, self.edges, self.attached, self.moves)
        self.sharing = Sharing(context, self.moves, share_after_ms=share_after_ms, local_first_ms=local_first_ms)
        self.supervision = Supervision(
            context,
            self.admission,
            self.edges,
            self.attached,
            bus=self.bus,
            heartbeats=heartbeats,
            on_change=self.sharing.post_all,
            on_interruption=self.broadcast.lost,
            refresh_s=refresh_s,
        )
        events.join(self)
        self._heartbeats = heartbeats
        self._tasks: list[asyncio.Task[None]] = []
        self._handlers: dict[type, Callable[[str, Any], Coroutine[Any, Any, None] | None]] = {
            messages.Up: self.attached.on_up,
            messages.Gone: self.attached.on_gone,
            messages.Drain: self.attached.on_drain,
            messages.Down: self.edges.on_down,
            messages.Close: self.edges.on_close,
            messages.Hold: self.edges.on_hold,
            messages.Attach: self.admission.on_attach,
            messages.Answer: context.on_answer,
            messages.Accepted: self.moves.on_accepted,
            messages.Refused: self.moves.on_refused,
            messages.MoveIn: self.moves.receive,
            messages.GoHome: self.moves.go_home,
            messages.Recall: self.moves.recall,
            messages.Superseded: self.supervision.on_superseded,
            messages.Post: self.sharing.on_post,
            messages.Withdraw: self.sharing.on_withdraw,
            messages.ListTickets: self.sharing.on_list,
            messages.Propose: self.sharing.on_propose,
            messages.TicketsElsewhere: self.sharing.on_elsewhere,
            messages.Notice: self.broadcast.on_notice,
            messages.Expel: self._obey,
            messages.Separate: self._obey,
        }

    async def open(self) -> None:
        """Be one of the nodes.

        Raises:
            Unavailable: PostgreSQL or Redis does not answer.
        """
        for _ in range(ENDED_LOOKS):
            await self.supervision.look()
            await asyncio.sleep(LOOK_S)
        self.bus.open()
        await self.supervision.beat()
        if self.membership.is_cut_off:
            raise Unavailable
        if self.membership.others:
            # Serve once the others have heard of this node: what they broadcast before that would not be sent here.
            await asyncio.sleep(HEARD_S)
            await self.supervision.beat()
        work = (
            self.supervision.keep_beating(),
            self.supervision.keep_looking(),
            self.sharing.keep_sharing(),
            self.homecoming.keep_hinting(),
        )
        self._tasks = [asyncio.create_task(self._keep(one)) for one in work]

    async def recover(self, *, crashed_at: int | None) -> int:
        """Take over what dead processes left, if no other node can; return how many rooms."""
        if not self.is_alone:
            self.context.spawn(self.supervision.sweep())
            return 0
        await self.context.owners.claim_orphans([self.node])
        rooms = await self.context.matchmaker.recover(crashed_at=crashed_at)
        for room in self.context.matchmaker.rooms.all():
            for user in room.users:
                self.context.users[user] = Ownership(self.context.next_entry(0).epoch, is_sure=False)
        return rooms

    async def close(self) -> None:
        """Be none of the nodes any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.bus.close()
        if self._heartbeats is not None:
            with suppress(Unavailable):  # the others find out by the silence
                await self._heartbeats.leave()

    async def drain(self, spread_ms: int) -> None:
        """Let other nodes take users and rooms over from now on."""
        self.supervision.is_draining = self.admission.is_draining = True
        await self.supervision.beat()
        self.edges.drain(spread_ms)

    def reaches_redis(self) -> bool:
        """Tell whether Redis answers, as far as there is one."""
        return not self.membership.is_cut_off

    @property
    def is_alone(self) -> bool:
        """Whether no other node lives."""
        gone, listed = self.membership.is_dead, self.membership.listed
        return all(gone(node) for node in listed if node != self.node)

    # What the conversation asks.

    async def claim(self, conversation: Conversation, frame: Hello, identity: Identity, came: int) -> bool:
        """Return True once this node owns the user; False once another does. Raises as the contract says."""
        return await self.admission.claim(conversation, frame, identity, came)

    async def bring_to(self, conversation: Conversation, frame: InviteSend) -> bool:
        """Return False if the invite is to be sent here; True: another node does, for it owns the target."""
        context, target = self.context, frame.user_id
        # Also if no other node is known: it may have begun since the last heartbeat.
        if context.owns(target) or not context.can_reach_others:
            return False
        try:
            entry = await context.directory.lookup(target)
        except Unavailable:
            return False
        if entry is None or entry.node == self.node or self.membership.is_dead(entry.node):
            return False
        text = _encode_frame(frame).decode()
        if isinstance(conversation.socket, RemoteSocket):
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
        room = None if self.context.owns(user) else await self.context.owners.room_of(user)
        if not await self._order(user, room, lambda ask: messages.Expel(ask, user, reason)):
            await self.context.matchmaker.expel(user, reason)

    async def separate(self, user: UserId, target: UserId, reason: Separation) -> None:
        """End the room that two users share at another node.

        Raises:
            Unavailable: the owner does not answer, or the end of the room cannot be made durable.
        """
        room = await self.context.owners.room_of(user)
        if room is not None and target in room.users:
            await self._order(user, room, lambda ask: messages.Separate(ask, user, target, reason))

    async def _order(self, user: UserId, room: OpenRoom | None, make: Callable[[int], messages.AnyMessage]) -> bool:
        """Have the owner of *user*, if it is another node, do what *make* returns; return whether one was asked."""
        context = self.context
        if context.owns(user) or not context.can_reach_others:
            return False
        node = None if room is None else room.owner
        if node is None:
            entry = await context.directory.lookup(user)
            node = None if entry is None else entry.node
        if node is None or node == self.node or self.membership.is_dead(node):
            return False
        answer = await context.ask(node, make)
        if answer.outcome != "done":
            raise Unavailable
        return True

    async def _obey(self, node: str, message: messages.Expel | messages.Separate) -> None:
        outcome, matchmaker = "no", self.context.matchmaker
        try:
            if isinstance(message, messages.Expel):
                await matchmaker.expel(message.user, message.reason)
            else:
                await matchmaker.apply(Parted(user=message.user, other=message.other, reason=message.reason))
            outcome = "done"
        finally:
            self.context.send(node, messages.Answer(message.ask, outcome))

    # Messages.

    def _take(self, node: str, data: bytes) -> None:
        try:
            message = messages.decode(data)
        except messages.UnknownMessage as error:
            if not self.refused:
                log.warning("message_refused", node=node, reason=str(error))
            self.refused += 1
            return
        try:
            work = self._handlers[type(message)](node, message)
        except Exception as fault:  # noqa: BLE001 - one message must not stop the others
            self.context.speaker.on_fault(fault)
            return
        if work is not None:
            self.context.spawn(work)

    def _reset(self, node: str) -> None:
        self.supervision.cut(node)
        self.sharing.post_all()
        self.broadcast.lost()

    async def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as fault:  # noqa: BLE001 - told to the operator
            self.context.speaker.on_fault(fault)
