"""Users on their way to another node: taken out here, put in there, or dropped when the outcome is unknown.

here ─taken out, state sent→ out ─accepted→ there
                              ├─refused→ here
                              └─no answer in 1 s→ dropped (1001)
"""

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from matchmaker.errors import Conflict, Unavailable
from matchmaker.ids import UserId
from matchmaker.rules import Rules
from server.cluster.attached_links import AttachedLinks, RemoteSocket
from server.cluster.context import MOVE_S, Context, Ownership
from server.cluster.edge_links import EdgeLinks
from server.cluster.epoch import Entry
from server.cluster.messages import Accepted, Answer, GoHome, MoveIn, Recall, Refused
from server.cluster.packing import Package, away, limits_of, read_identity, released_of, session_of
from server.cluster.state import UserState
from signaling.closecodes import CloseCode
from signaling.conversation import Conversation

log = structlog.get_logger()


class Outgoing:
    """A user who was taken out and whose state was sent."""

    def __init__(self, package: Package, to: str, target: UserId | None) -> None:
        self.package = package
        self.to = to
        self.target = target
        """Whom they are to meet there."""
        self.outcome: asyncio.Future[bool] = asyncio.get_running_loop().create_future()


class Moves:
    """The moves of one node, in and out."""

    def __init__(
        self, context: Context, edges: EdgeLinks, attached: AttachedLinks, *, on_installed: Callable[[UserId], None]
    ) -> None:
        """*on_installed* is called with each user whose state has arrived."""
        self._context = context
        self._edges = edges
        self._attached = attached
        self.outgoing: dict[UserId, Outgoing] = {}
        self._coming: dict[UserId, asyncio.Future[None]] = {}
        """Users who crossed one of this node's on the way."""
        self._on_installed = on_installed

    @property
    def _rules(self) -> Rules:
        return self._context.matchmaker.house.rules

    # Out.

    def take_out(self, user: UserId, to: str, *, target: UserId | None = None, keeps_socket: bool) -> Outgoing | None:
        """Forget *user* here, who is about to be *to*'s; None: they are unknown, at an invite or in a room."""
        context, own = self._context, self._context.users.get(user)
        if own is None or user in self.outgoing:
            return None
        released = context.matchmaker.transfer.release(user)
        if released is None:
            return None
        session, listener = context.hub.release(user)
        conversation = listener if isinstance(listener, Conversation) else None
        if not keeps_socket:
            if conversation is not None:
                conversation.end(CloseCode.TAKEN_OVER)
                conversation = None
            released = away(released, now=context.now(), rules=self._rules)
        del context.users[user]
        package = Package(
            released=released,
            session=session,
            conversation=conversation,
            limits=context.speaker.limits.release(user),
            epoch=own.epoch,
            came=own.came,
        )
        out = self.outgoing[user] = Outgoing(package, to, target)
        return out

    async def settle(self, out: Outgoing) -> bool | None:
        """Return True once the state was accepted, False once it was refused and is here again; None: dropped."""
        user = out.package.released.seat.user
        try:
            async with asyncio.timeout(MOVE_S):
                accepted = await out.outcome
        except TimeoutError:
            self._context.speaker.stats.moves["dropped"] += 1
            log.warning("move_in_doubt", node=out.to)
            self._drop(out)
            return None
        finally:
            self.outgoing.pop(user, None)
        if accepted:
            self._context.speaker.stats.moves["out"] += 1
            return True
        self._context.speaker.stats.moves["refused"] += 1
        if not self._put_back(out):
            self._drop(out)
            return None
        return False

    def _put_back(self, out: Outgoing) -> bool:
        context, package, user = self._context, out.package, out.package.released.seat.user
        if user in context.users:
            return False
        try:
            context.matchmaker.transfer.adopt(package.released)
        except Conflict:
            return False
        context.users[user] = Ownership(package.epoch, came=package.came)
        context.speaker.limits.adopt(user, package.limits)
        conversation = package.conversation
        if package.session is not None:
            login = conversation.identity.login_id if conversation is not None and conversation.identity else ""
            context.hub.adopt(user, package.session, conversation, login)
        if conversation is not None and conversation.is_over:
            conversation.leave()
        return True

    def _drop(self, out: Outgoing) -> None:
        if out.package.conversation is not None:
            out.package.conversation.end(CloseCode.GOING_AWAY, "your session was lost on its way to another node")

    def on_accepted(self, node: str, message: Accepted) -> None:
        """Note that a state has arrived."""
        self._finish(node, message.user, message.epoch, accepted=True)

    def on_refused(self, node: str, message: Refused) -> None:
        """Note that a state was not taken."""
        self._finish(node, message.user, message.epoch, accepted=False)

    def _finish(self, node: str, user: UserId, epoch: int, *, accepted: bool) -> None:
        out = self.outgoing.get(user)
        if out is not None and out.to == node and out.package.epoch == epoch and not out.outcome.done():
            out.outcome.set_result(accepted)

    async def push(
        self, user: UserId, to: str, target: UserId, *, frame: str | None = None, is_call: bool = False
    ) -> bool:
        """Move *user*, whose socket is here, to the owner of *target*; return whether they are no longer here.

        *frame*: what the socket was just asked to do, and is to be done there; called from its own turn. *is_call*: to
        call a friend, who need not wait.
        """
        context = self._context
        conversation = context.hub.conversation_of(user)
        if not isinstance(conversation, Conversation) or isinstance(conversation.socket, RemoteSocket):
            return False
        if conversation.is_moving:
            return False
        conversation.pause()
        if frame is None:
            await conversation.finished()
        out = None
        if context.hub.conversation_of(user) is conversation and not conversation.is_over:
            out = self.take_out(user, to, target=target, keeps_socket=True)
        if out is None:
            conversation.resume()
            return False
        link = self._edges.open(conversation, to)
        context.send(to, MoveIn(out.package.state(context.ahead_ms), link.number, target, is_call))
        outcome = await self.settle(out)
        if outcome:
            if conversation.is_over:
                link.lost()
                return True
            if frame is not None:
                link.forward(frame)
            conversation.hand_to(link)
            return True
        self._edges.drop(link)
        conversation.resume()
        return outcome is None

    # In.

    async def install(self, sender: str, state: UserState) -> bool | None:
        """Make this node the owner of a user that *sender* released; None: the outcome is unknown."""
        context, user = self._context, state.user
        new = context.next_entry(state.epoch)
        try:
            done = await context.directory.swap(user, Entry(state.epoch, sender), new)
        except Unavailable:
            return None
        if done and user in context.users:
            return None
        if done:
            context.matchmaker.transfer.evict(user)  # what is left of an earlier ownership
            context.matchmaker.transfer.adopt(released_of(state, context.ahead_ms))
            context.users[user] = Ownership(new.epoch, came=state.came)
            context.speaker.limits.adopt(user, limits_of(state, context.ahead_ms))
            context.speaker.stats.moves["in"] += 1
            self._on_installed(user)
        context.send(sender, (Accepted if done else Refused)(user, state.epoch))
        return done

    async def receive(self, sender: str, message: MoveIn) -> None:
        """Take a user in who comes to meet one of this node's."""
        user, target = message.state.user, message.target
        crossing = self.outgoing.get(target)
        if crossing is not None and crossing.target == user and crossing.to == sender and target < user:
            # Both are on their way to each other. The sender refuses ours, for its user has the greater id.
            arrived = self._coming[user] = asyncio.get_running_loop().create_future()
            await asyncio.wait([crossing.outcome], timeout=MOVE_S * 0.8)
            await asyncio.sleep(0)
            try:
                await self._take_in(sender, message)
            finally:
                self._coming.pop(user, None)
                arrived.set_result(None)
        else:
            await self._take_in(sender, message)

    async def arrival_of(self, user: UserId) -> None:
        """Return once *user*, who crossed one of this node's on the way, is here or was refused."""
        arrived = self._coming.get(user)
        if arrived is not None:
            await asyncio.wait([arrived], timeout=MOVE_S)

    async def _take_in(self, sender: str, message: MoveIn) -> None:
        context, state, target = self._context, message.state, message.target
        user = state.user
        seat = context.matchmaker.house.store.peek(target)
        can_meet = seat is not None and (seat.is_waiting or (message.is_call and seat.connected and seat.room is None))
        fits = can_meet and target in context.users and user not in context.users
        if not fits or user in self.outgoing or not state.identity:
            context.send(sender, Refused(user, state.epoch))
            return
        if not await self.install(sender, state):
            return
        conversation = self._attached.open(sender, message.link, address=state.address, device=state.device)
        self._connect(conversation, state)

    def _connect(self, conversation: Conversation, state: UserState) -> None:
        """Let *conversation* be the one of a user who was just installed."""
        identity, seat = read_identity(state.identity), self._context.matchmaker.house.store.peek(state.user)
        assert seat is not None
        conversation.has_heartbeat = state.has_heartbeat
        session = session_of(state, self._context.ahead_ms)
        conversation.come_home(identity, epoch=seat.epoch, offset_ms=session.offset_ms)
        self._context.hub.adopt(state.user, session, conversation, identity.login_id)

    # Home.

    def hint_home(self, conversation: Conversation, *, frame: str = "") -> None:
        """Let the edge of a user know that it may ask for them."""
        socket = conversation.socket
        if isinstance(socket, RemoteSocket):
            self._context.send(socket.edge, GoHome(socket.number, conversation.user, frame))

    async def go_home(self, owner: str, message: GoHome) -> None:
        """Ask the owner for a user whose socket is here."""
        context, link = self._context, self._edges.get(owner, message.link)
        if link is None or link.conversation.is_moving:
            return
        conversation, user = link.conversation, message.user
        conversation.pause()
        try:
            answer = await context.ask(owner, lambda ask: Recall(ask, user, link.number), within_s=MOVE_S)
        except Unavailable:
            conversation.end(CloseCode.GOING_AWAY)
            return
        if answer.state is None:
            conversation.resume()
            return
        if not await self.install(owner, answer.state):
            self._edges.drop(link)
            conversation.end(CloseCode.GOING_AWAY)
            return
        self._edges.drop(link)
        self._connect(conversation, answer.state)
        if conversation.is_over:
            conversation.leave()
            return
        conversation.resume()
        if message.frame:
            conversation.feed(message.frame)

    async def recall(self, edge: str, message: Recall) -> None:
        """Give the edge the state of a user whose socket is there."""
        context = self._context
        conversation = self._attached.get(edge, message.link)
        if conversation is not None:
            await conversation.finished()
        out = None
        if conversation is not None and context.hub.conversation_of(message.user) is conversation:
            out = self.take_out(message.user, edge, keeps_socket=True)
        if out is None or conversation is None:
            context.send(edge, Answer(message.ask, "no"))
            return
        state = out.package.state(context.ahead_ms)
        assert isinstance(conversation.socket, RemoteSocket)
        conversation.socket.detach()
        context.speaker.forget(conversation)
        released = away(out.package.released, now=context.now(), rules=self._rules)
        out.package = msgspec.structs.replace(out.package, released=released, conversation=None)
        context.send(edge, Answer(message.ask, "state", state))
        await self.settle(out)
