"""Moves of users to another node: released, then accepted there, taken back, or dropped if the outcome is unknown.

owned ─released, state sent→ in transit ─accepted→ owned by the other node
                                         ├─refused→ owned
                                         └─no answer in 1 s→ dropped (1001)
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec
import structlog

from matchmaker.domain.errors import Unavailable, VersionConflict
from matchmaker.domain.ids import UserId
from matchmaker.domain.user_state import disconnect
from matchmaker.matchmaker import Matchmaker
from server.cluster.context import MOVE_S, NodeContext, Ownership
from server.cluster.ports.directory import Entry
from server.cluster.users.attached_links import remote_socket
from server.cluster.users.edge_links import EdgeLinks
from server.cluster.wire.messages import AnswerMessage, AnyMessage, GoHome, MoveIn, Recall
from server.cluster.wire.moved_user import MovedUser, SessionState, state_by
from signaling.connection.client import ClientConnection
from signaling.routing.replay_buffer import ReplayBuffer
from signaling.wire.close_codes import CloseCode
from signaling.wire.frames import InviteSend

MOVES_AT_ONCE = 128
"""How many users one node sends at the same time: of hundreds, those at the end would not be answered in `MOVE_S`."""

log = structlog.get_logger()
_replace = msgspec.structs.replace
_encode_frame = msgspec.json.Encoder().encode


class OutgoingMove(msgspec.Struct, eq=False):
    """A user who was released and whose state was sent."""

    state: MovedUser
    """By the clock of this node."""
    connection: ClientConnection | None
    """The connection that moves too; None: the user is disconnected."""
    to: str
    target: UserId | None
    """The user of the other node to be matched with; None: none."""
    over: asyncio.Event = msgspec.field(default_factory=asyncio.Event)
    """Set once the user was accepted, taken back or dropped."""


class Moves:
    """The moves of one node, in and out."""

    def __init__(self, context: NodeContext, matchmaker: Matchmaker, edges: EdgeLinks) -> None:
        self._context = context
        self._matchmaker = matchmaker
        self._edges = edges
        self._slots = asyncio.Semaphore(MOVES_AT_ONCE)
        self.outgoing: dict[UserId, OutgoingMove] = {}
        self.arriving: dict[UserId, asyncio.Future[None]] = {}
        """Users whose state another node has sent; done once they were accepted or refused."""

    # Out.

    def take_out(
        self, user: UserId, to: str, *, target: UserId | None = None, keeps_socket: bool
    ) -> OutgoingMove | None:
        """Release *user*, whom node *to* is to own; None: the user is unknown, or has an invite or a room."""
        context, own = self._context, self._context.users.get(user)
        if own is None or user in self.outgoing or context.hub.has_hello(user):
            return None  # not during a hello: its socket would belong to a state that another node owns
        released = self._matchmaker.transfer.release(user)
        if released is None:
            return None
        connection = context.connection_of(user)
        session, _ = context.hub.release(user)
        if not keeps_socket:
            if connection is not None:
                connection.close(CloseCode.TAKEN_OVER)
                connection = None
            rules, user_state = self._matchmaker.context.rules, released.state
            user_state = disconnect(user_state, epoch=user_state.epoch, now=context.now(), rules=rules)
            released = _replace(released, state=user_state)
        del context.users[user]
        state = MovedUser(
            ask=0,
            user=user,
            epoch=own.epoch,
            released=released,
            session=None if session is None else SessionState.of(session),
            identity=None if connection is None else connection.identity,
            address="" if connection is None else connection.address,
            device="" if connection is None else connection.device,
            has_heartbeat=connection is not None and connection.has_heartbeat,
            came=own.came,
            limits=context.limits.release(user),
        )
        out = self.outgoing[user] = OutgoingMove(state, connection, to, target)
        return out

    async def send(self, out: OutgoingMove, make: Callable[[MovedUser], AnyMessage]) -> bool | None:
        """Send the message that *make* returns for the state of *out*.

        Return True once the state was accepted, False once it was refused and taken back; None: dropped.
        """
        context, moves, user = self._context, self._context.hub.stats.moves, out.state.user
        state, outcome = state_by(out.state, context.ahead_ms), ""
        with suppress(Unavailable):
            answer = await context.ask(out.to, lambda ask: make(_replace(state, ask=ask)), within_s=MOVE_S)
            outcome = answer.outcome
        del self.outgoing[user]
        out.over.set()
        if outcome == "done":
            moves["out"] += 1
            return True
        if outcome == "no":
            moves["refused"] += 1
            if user not in context.users:
                with suppress(VersionConflict):
                    self._know(out.state, out.state.epoch, out.connection)
                    return False
        else:
            moves["dropped"] += 1
            log.warning("move_in_doubt", other_node=out.to)
        if out.connection is not None:
            out.connection.close(CloseCode.GOING_AWAY, "your session was lost on its way to another node")
        return None

    async def push(
        self, user: UserId, to: str, target: UserId, *, frame: str | None = None, is_call: bool = False
    ) -> bool:
        """Move *user*, whose socket is on this node, to the owner of *target*; return whether this node no
        longer owns them.

        *frame*: the frame being handled, which the new owner handles instead. *is_call*: to call a friend, who need not
        wait in the queue.
        """
        async with self._slots:
            context = self._context
            connection = context.connection_of(user)
            if connection is None or remote_socket(connection) or connection.is_moving:
                return False
            if not context.membership.is_quick:
                return False  # the move would not be answered in time, and the user be dropped
            connection.pause()
            if frame is None:
                await connection.finished()
            out = None
            if context.hub.connection_of(user) is connection and not connection.is_over:
                out = self.take_out(user, to, target=target, keeps_socket=True)
            if out is None:
                connection.resume()
                return False
            link = self._edges.open(connection, to)
            outcome = await self.send(out, lambda state: MoveIn(state, link.number, target, is_call))
            if outcome:
                if connection.is_over:
                    link.lost()
                    return True
                if frame is not None:
                    link.forward(frame)
                connection.hand_to(link)
                return True
            if outcome is None:
                link.lost()  # it may have been accepted
            else:
                link.drop()
            connection.resume()
            return outcome is None

    async def bring_to(self, connection: ClientConnection, frame: InviteSend) -> bool:
        """Move the sender of an invite to the owner of its target; return False if that is, or may be, this node."""
        context, target = self._context, frame.user_id
        if context.owns(target):
            return False
        try:
            entry = await context.directory.lookup(target)
        except Unavailable:
            return False
        out = self.outgoing.get(target)
        node = out.to if out is not None else None if entry is None else entry.node
        await self._wait_for_moves(target)
        if context.owns(target) or node is None or context.membership.is_dead(node):
            return False
        if node != context.node:
            text = _encode_frame(frame).decode()
            if (socket := remote_socket(connection)) is not None:
                if not context.is_free(connection.user):
                    return False
                connection.owner = socket  # until the edge has asked for the user
                socket.forward(text)
                return True
            if await self.push(connection.user, node, target, frame=text, is_call=frame.kind == "friend"):
                return True
            await self._wait_for_moves(target)
        return False

    async def _wait_for_moves(self, user: UserId) -> None:
        """Return once no move of *user* from or to this node is under way."""
        if (out := self.outgoing.get(user)) is not None:
            await out.over.wait()
        if (arrived := self.arriving.get(user)) is not None:
            await asyncio.wait([arrived], timeout=MOVE_S)

    # In.

    async def install(self, sender: str, sent: MovedUser, connection: ClientConnection | None = None) -> bool | None:
        """Make this node the owner of a user that *sender* released; None: the outcome is unknown.

        *connection*: on the socket of the user, which may have been closed since; None: the user is disconnected.
        """
        context, user = self._context, sent.user
        old, new = Entry(sent.epoch, sender), context.next_entry(sent.epoch)
        try:
            done = await context.directory.swap(user, old, new) in (old, new)
        except Unavailable:
            return None
        if done and user in context.users:
            return None
        if done:
            self._matchmaker.rooms.evict(user)  # what is left of an earlier ownership
            self._know(state_by(sent, -context.ahead_ms), new.epoch, connection)
            context.hub.stats.moves["in"] += 1
            context.user_arrived.publish(user)
        context.send(sender, AnswerMessage(sent.ask, "done" if done else "no"))
        return done

    def _know(self, state: MovedUser, epoch: int, connection: ClientConnection | None) -> None:
        """Own a user, exactly as in *state*.

        Raises:
            VersionConflict: the user is known already.
        """
        context, user, identity = self._context, state.user, state.identity
        adopted = self._matchmaker.transfer.adopt(state.released)
        context.users[user] = Ownership(epoch, came=state.came)
        context.limits.adopt(user, state.limits)
        session = None if state.session is None else state.session.restored()
        if connection is not None and identity is not None:
            session = session or ReplayBuffer(offset_ms=context.ahead_ms)
            connection.has_heartbeat = state.has_heartbeat
            connection.take_back(identity, epoch=adopted.epoch, offset_ms=session.offset_ms)
            context.hub.adopt(user, session, connection, identity.login_id)
            if connection.is_over:
                connection.leave()
        elif session is not None:
            context.hub.adopt(user, session, None, "")

    async def go_home(self, owner: str, message: GoHome) -> None:
        """Ask the owner for the state of a user whose socket is on this node."""
        context, link = self._context, self._edges.get(owner, message.link)
        if link is None:
            return
        if message.frame:
            link.returned.append(message.frame)
        connection = link.connection
        if connection.is_moving:
            return
        connection.pause()
        try:
            answer = await context.ask(owner, lambda ask: Recall(ask, link.number), within_s=MOVE_S)
        except Unavailable:
            connection.close(CloseCode.GOING_AWAY)
            return
        if answer.state is None:
            returned, link.returned = link.returned, []
            connection.resume(returned)
            return
        is_home = await self.install(owner, answer.state, connection)
        link.drop()
        if not is_home:
            connection.close(CloseCode.GOING_AWAY)
        elif not connection.is_over:
            connection.resume(link.returned)
