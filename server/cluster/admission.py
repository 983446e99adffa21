"""A hello at this node: who owns the user, and how this node comes to it, or to the owner.

owned here ────────────────────────────────────────────────→ served here
a living node owns ─attach→ attached, or the state moves here
nobody, dead ─open room?─ none → claimed
                        ├─ of a living node → attached there
                        └─ of a dead or draining node → taken over
"""

import asyncio
from typing import Final

import msgspec
import structlog

from matchmaker.errors import Conflict, Unavailable
from matchmaker.ids import RoomId, UserId
from server.cluster.attached_links import AttachedLinks
from server.cluster.context import Context, Ownership
from server.cluster.edge_links import EdgeLinks
from server.cluster.epoch import Entry
from server.cluster.messages import Answer, Attach, Superseded
from server.cluster.moves import Moves
from server.cluster.packing import encode, read_identity, session_of
from server.cluster.rooms import OpenRoom
from signaling.closecodes import CloseCode
from signaling.conversation import Conversation
from signaling.door import Identity
from signaling.frames import Hello

TRIES: Final = 4
REST_S: Final = 0.05
SAME_MOMENT_MS: Final = 1_500
"""Of two hellos that are closer than this it is unknown which the user means: the older client may reconnect."""

log = structlog.get_logger()
_encode_hello = msgspec.json.Encoder().encode
_read_hello = msgspec.json.Decoder(Hello).decode


class Admission:
    """Finds, claims, attaches and takes over."""

    def __init__(self, context: Context, edges: EdgeLinks, attached: AttachedLinks, moves: Moves) -> None:
        self._context = context
        self._edges = edges
        self._attached = attached
        self._moves = moves
        self._taking: dict[RoomId, asyncio.Future[None]] = {}
        """Rooms that are being taken over."""
        self.is_draining = False
        """Whether rooms of this node are to be taken over."""

    async def claim(self, conversation: Conversation, frame: Hello, identity: Identity, came: int) -> bool:
        """Return True once this node owns the user; False once another serves this socket, or it was closed.

        Raises:
            Unavailable: the owner cannot be found, or does not answer.
        """
        context, user = self._context, identity.profile.user_id
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(REST_S * attempt)
            out = self._moves.outgoing.get(user)
            if out is not None:
                await asyncio.wait([out.outcome], timeout=1.2)
                continue
            if context.owns(user):
                if self._is_unsure(user):
                    context.on_silence()
                    continue
                context.users[user].came = came
                return True
            context.users.pop(user, None)
            served = await self._find(conversation, frame, identity, came)
            if served is not None:
                return served
        raise Unavailable

    async def _find(self, conversation: Conversation, frame: Hello, identity: Identity, came: int) -> bool | None:
        """Look once who owns the user; return as `claim`, or None: look again."""
        context, user = self._context, identity.profile.user_id
        members = context.membership
        entry, is_sure = None, True
        try:
            entry = await context.directory.lookup(user)
        except Unavailable:
            is_sure = False
        if entry is not None and entry.node != context.node and not members.is_dead(entry.node):
            outcome = await self._attach_at(entry.node, conversation, frame, identity, came)
            if outcome in ("attached", "closed"):
                return False
            if outcome in ("moved", "busy"):
                return True if outcome == "moved" else None
        room = await context.owners.room_of(user)
        if context.owns(user):
            return True
        if room is None:
            return await self._claim_free(user, entry, came, is_sure=is_sure)
        return await self._find_by_room(room, conversation, frame, identity, came, is_sure=is_sure)

    async def _find_by_room(
        self, room: OpenRoom, conversation: Conversation, frame: Hello, identity: Identity, came: int, *, is_sure: bool
    ) -> bool | None:
        """Attach to the owner of the user's room, or become it; return as `_find`."""
        context, user = self._context, identity.profile.user_id
        if room.owner is not None and room.owner != context.node and not context.membership.is_leaving(room.owner):
            if not (is_sure and context.can_reach_others):
                raise Unavailable  # the owner lives, and cannot be reached
            outcome = await self._attach_at(room.owner, conversation, frame, identity, came)
            return False if outcome in ("attached", "closed") else None
        if not await self.take_room(room):
            return None
        own = context.users.get(user)
        if own is None:
            return None
        own.came = came
        return True

    def _is_unsure(self, user: UserId) -> bool:
        """Tell whether another node may have taken over the room of *user* while this one stood still."""
        seat = self._context.matchmaker.house.store.peek(user)
        return seat is not None and seat.room is not None and not self._context.knows_its_rooms()

    async def _claim_free(self, user: UserId, entry: Entry | None, came: int, *, is_sure: bool) -> bool | None:
        context = self._context
        new = context.next_entry(0 if entry is None else entry.epoch)
        if is_sure:
            try:
                if not await context.directory.swap(user, entry, new):
                    return None
            except Unavailable:
                is_sure = False
        if user in context.users:
            return None
        context.users[user] = Ownership(new.epoch, came=came, is_sure=is_sure)
        return True

    async def _attach_at(
        self, node: str, conversation: Conversation, frame: Hello, identity: Identity, came: int
    ) -> str:
        """Ask *node* to serve this socket; return `attached`, `closed`, `moved`, `not_owner` or `busy`."""
        context, user = self._context, identity.profile.user_id
        link = self._edges.open(conversation, node)
        hello = _encode_hello(msgspec.structs.replace(frame, token=""))
        sent = encode(identity)
        address, device = conversation.address, conversation.device
        # Before the answer: the welcome follows it immediately.
        try:
            answer = await context.ask(
                node, lambda ask: Attach(ask, user, link.number, hello, came, sent, address, device)
            )
        except Unavailable:
            self._edges.drop(link)
            conversation.end(CloseCode.GOING_AWAY, "the node of this session does not answer")
            return "closed"
        if answer.outcome == "attached":
            if conversation.is_over:
                link.lost()
                return "closed"
            conversation.become(identity, epoch=0)
            conversation.hand_to(link)
            return "attached"
        self._edges.drop(link)
        if answer.outcome == "state" and answer.state is not None:
            if not await self._moves.install(node, answer.state):
                conversation.end(CloseCode.GOING_AWAY)
                return "closed"
            context.users[user].came = came
            if answer.state.session_key is not None:
                context.hub.adopt(user, session_of(answer.state, context.ahead_ms), None, identity.login_id)
            return "moved"
        if answer.outcome == "leaving":
            context.membership.draining |= {node}
            return "not_owner"
        if answer.outcome in ("older", "taken_over"):
            conversation.end(CloseCode.TAKEN_OVER if answer.outcome == "taken_over" else CloseCode.GOING_AWAY)
            return "closed"
        return answer.outcome

    async def on_attach(self, edge: str, message: Attach) -> None:
        """Serve the socket of another node, or give it the user."""
        context, user = self._context, message.user
        outcome = self._refusal(message)
        if outcome is not None:
            context.send(edge, Answer(message.ask, outcome))
            return
        seat = context.matchmaker.house.store.peek(user)
        if seat is None or (seat.room is None and seat.open_invite is None):
            await self._give(edge, message)
            return
        context.users[user].came = message.came
        conversation = self._attached.open(edge, message.link, address=message.address, device=message.device)
        context.send(edge, Answer(message.ask, "attached"))
        conversation.serve(_read_hello(message.hello), read_identity(message.identity))

    def _refusal(self, message: Attach) -> str | None:
        """Return why this node does not serve a socket; None: it does, or gives the user away."""
        context, user = self._context, message.user
        if user in self._moves.outgoing:
            return "busy"
        if not context.owns(user):
            return "not_owner"
        if self._is_unsure(user):
            context.on_silence()
            return "busy"
        older_by = context.users[user].came - message.came
        if older_by > 0 and context.hub.is_here(user):
            return "taken_over" if older_by > SAME_MOMENT_MS else "older"
        seat = context.matchmaker.house.store.peek(user)
        if self.is_draining and seat is not None and seat.room is not None:
            return "leaving"
        return None

    async def _give(self, edge: str, message: Attach) -> None:
        """Let a user who has neither invite nor room move to the edge."""
        context, user = self._context, message.user
        own, old = context.users[user], context.hub.conversation_of(user)
        if isinstance(old, Conversation):
            old.pause()
            await old.finished()
        out = None
        if context.users.get(user) is own:
            own.came = message.came
            out = self._moves.take_out(user, edge, keeps_socket=False)
        if out is None:
            if isinstance(old, Conversation):
                old.resume()
            context.send(edge, Answer(message.ask, "busy"))
            return
        context.send(edge, Answer(message.ask, "state", out.package.state(context.ahead_ms)))
        await self._moves.settle(out)

    async def take_room(self, room: OpenRoom) -> bool:
        """Take over a room whose owner is dead or leaving; return whether it is ours, and served, now."""
        under_way = self._taking.get(room.room_id)
        if under_way is not None:
            await asyncio.wait([under_way])
            return self._is_served(room)
        if room.owner == self._context.node and self._is_served(room):
            return True  # to adopt it again would take users away who are here
        done = self._taking[room.room_id] = asyncio.get_running_loop().create_future()
        try:
            return await self._take(room)
        finally:
            del self._taking[room.room_id]
            done.set_result(None)

    def _is_served(self, room: OpenRoom) -> bool:
        known = self._context.matchmaker.rooms.known(room.room_id)
        if known is None or known.room is None:
            return False
        for user in room.users:
            if self._context.matchmaker.house.store.peek(user) is not None and user not in self._context.users:
                self._own(user)
        return True

    def _own(self, user: UserId) -> None:
        context = self._context
        context.users[user] = Ownership(context.next_entry(0).epoch, is_sure=False)

    async def _take(self, room: OpenRoom) -> bool:
        context = self._context
        if room.owner != context.node:
            if not await context.owners.take_over(room):
                return False
            log.info("room_taken_over", room=room.room_id, from_node=room.owner)
        # What this node held when it owned the room before is older than what was said elsewhere since.
        context.hub.relay.forget(room.room_id)
        try:
            if not await context.matchmaker.transfer.adopt_room(room.room_id):
                return False
        except Conflict:
            return False
        for user in room.users:
            self._own(user)
            context.spawn(self.overwrite(user))
        return True

    async def overwrite(self, user: UserId) -> None:
        """Write this node into the directory for a user in a room, whose owner is in PostgreSQL."""
        context = self._context
        own = context.users.get(user)
        if own is None:
            return
        before = await context.directory.lookup(user)
        own.epoch = context.next_entry(max(own.epoch, 0 if before is None else before.epoch)).epoch
        entry = Entry(own.epoch, context.node)
        before = await context.directory.overwrite(user, entry)
        own.is_sure = True
        self.supersede(user, before, entry)

    def supersede(self, user: UserId, before: Entry | None, after: Entry) -> None:
        """Tell a living owner that the directory names this node now."""
        context = self._context
        if before is None or after.node != context.node or before.node == context.node:
            return
        if not context.membership.is_dead(before.node):
            context.send(before.node, Superseded(user, after.epoch))
