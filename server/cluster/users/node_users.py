"""The users of a node. A hello: who owns the user, and how this node comes to it, or to the owner.

owned here ────────────────────────────────────────────────→ served here
a living node owns ─attach→ attached, or the state moves here
no or dead owner ─open room?─ none → claimed
                        ├─ of a living node → attached there
                        └─ of a dead or draining node → taken over
"""

import asyncio
from typing import Final

import msgspec
import structlog

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.matchmaker import Matchmaker
from server.cluster.context import NodeContext, Ownership
from server.cluster.nodes.room_watch import RoomWatch
from server.cluster.ports.directory import Entry
from server.cluster.ports.redis_fault import RedisFault
from server.cluster.users.directory_entries import REFRESH_S, DirectoryEntries
from server.cluster.users.edge_links import EdgeLinks
from server.cluster.users.moves import Moves
from server.cluster.wire.messages import Attach
from server.domain.room_owners import OwnedRoom
from signaling.connection.client import ClientConnection
from signaling.connection.ports import Identity
from signaling.wire.close_codes import CloseCode
from signaling.wire.frames import Hello

TRIES: Final = 4
REST_S: Final = 0.05
SERVED: Final = {"state": True, "attached": False, "closed": False, "busy": None}
"""What an answer of the owner makes of a hello: True, this node serves it; False, another one, or the socket was
closed; None, look again. After any other answer PostgreSQL knows more."""

log = structlog.get_logger()


class NodeUsers:
    """Implements `signaling.connection.context.ClusterPort`: finds, claims, attaches and takes over."""

    def __init__(self, context: NodeContext, matchmaker: Matchmaker, *, refresh_s: float = REFRESH_S) -> None:
        self.matchmaker = matchmaker
        self.watch = RoomWatch(context.owners, context.membership, matchmaker.rooms)
        self.entries = DirectoryEntries(context, matchmaker.rooms, refresh_s=refresh_s)
        self.edges = EdgeLinks(context)
        self.moves = Moves(context, matchmaker, self.edges)
        self.bring_to = self.moves.bring_to
        self._context = context
        self._taking: dict[RoomId, asyncio.Task[bool]] = {}
        """Rooms that are being taken over."""

    async def claim(self, connection: ClientConnection, frame: Hello, identity: Identity, came: int) -> bool:
        """Return True once this node owns the user; False once another serves this socket, or it was closed.

        Raises:
            Unavailable: the owner cannot be found, or does not answer.
        """
        context, user = self._context, identity.profile.user_id
        hello = msgspec.structs.replace(frame, token="")
        request = Attach(0, user, 0, hello, came, identity, connection.address, connection.device)
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(REST_S * attempt)
            if connection.is_over:
                return False
            served = await self._find(connection, request)
            if served:
                context.users[user].came = came
            if served is not None:
                return served
        raise Unavailable

    async def _find(self, connection: ClientConnection, request: Attach) -> bool | None:
        """Look once who owns the user; return True: this node; False: another serves the socket; None: look again."""
        context, user = self._context, request.user
        out = self.moves.outgoing.get(user)
        if out is not None:
            await out.over.wait()
            return None
        if context.owns(user):
            return None if self.is_unsure(user) else True
        context.users.pop(user, None)
        entry, is_sure = None, True
        try:
            entry = await context.directory.lookup(user)
        except Unavailable:
            is_sure = False
        if entry is not None and entry.node != context.node and not context.membership.is_dead(entry.node):
            outcome = await self._attach_at(entry.node, connection, request)
            if outcome in SERVED:
                return SERVED[outcome]
        room = await context.owners.room_of(user)
        if context.owns(user):
            return True
        if room is None:
            return await self._claim_free(user, entry, is_sure=is_sure)
        if room.owner is None or room.owner == context.node or context.membership.is_leaving(room.owner):
            return True if await self.take_room(room) and user in context.users else None
        if not (is_sure and context.membership.has_redis):
            raise Unavailable  # the owner is live, and cannot be reached
        return SERVED.get(await self._attach_at(room.owner, connection, request))

    async def _claim_free(self, user: UserId, entry: Entry | None, *, is_sure: bool) -> bool | None:
        context = self._context
        new = context.next_entry(0 if entry is None else entry.epoch)
        if is_sure:
            try:
                if await context.directory.swap(user, entry, new) not in (entry, new):
                    return None
            except Unavailable:
                is_sure = False
        if user in context.users:
            return None
        context.users[user] = Ownership(new.epoch, is_sure=is_sure)
        return True

    async def _attach_at(self, node: str, connection: ClientConnection, request: Attach) -> str:
        """Ask *node* to serve this socket; return the outcome, `closed` if the socket was closed here."""
        context, link = self._context, self.edges.open(connection, node)
        # Before the answer: the welcome follows it immediately.
        try:
            answer = await context.ask(node, lambda ask: msgspec.structs.replace(request, ask=ask, link=link.number))
        except Unavailable:
            link.lost()  # the owner may have begun to serve it
            connection.answer(request.hello, Unavailable())
            connection.close(CloseCode.GOING_AWAY, "the node of this session does not answer")
            return "closed"
        if answer.outcome == "attached" and not connection.is_over:
            connection.set_identity(request.identity, epoch=0)
            connection.hand_to(link)
        elif answer.outcome == "attached":
            link.lost()
        else:
            link.drop()
        if answer.state is not None and not await self.moves.install(node, answer.state):
            connection.close(CloseCode.GOING_AWAY)
            return "closed"
        if answer.outcome == "leaving":
            context.membership.draining |= {node}
        return answer.outcome

    def is_unsure(self, user: UserId) -> bool:
        """Tell whether another node may have taken over the room of *user* while this one stood still."""
        if not self._context.has_room(user) or self.watch.knows_its_rooms():
            return False
        self._context.owners.poll_now.set()  # query without delay
        return True

    def redis_fault(self) -> RedisFault | None:
        """Return why Redis cannot be used; None: it can, or there is none."""
        return self._context.redis_fault()

    def has_compared_rooms(self) -> bool:
        """Return whether the rooms of this node have been compared with PostgreSQL since it was last away."""
        return self.watch.has_compared_rooms()

    # Rooms.

    async def take_room(self, room: OwnedRoom) -> bool:
        """Take over a room whose owner is dead or leaving; return whether it is ours, and served, now."""
        task = self._taking.get(room.room_id)
        if task is None:
            task = self._taking[room.room_id] = asyncio.ensure_future(self._take(room))
            task.add_done_callback(lambda _: self._taking.pop(room.room_id))
        return await asyncio.shield(task)

    async def _take(self, room: OwnedRoom) -> bool:
        context = self._context
        if room.owner != context.node:
            if not await context.owners.take_over(room):
                return False
            log.info("room_taken_over", room=room.room_id, from_node=room.owner)
        elif (known := self.matchmaker.rooms.cached(room.room_id)) is not None and known.room is not None:
            for user in room.users:  # adopting it again would remove users who are here
                if context.state_of(user) is not None and user not in context.users:
                    context.own(user)
            return True
        # The state of this node's former ownership of the room is older than changes made elsewhere since.
        context.hub.signal_buffer.forget(room.room_id)
        crashed_at = None if room.owner_seen_at is None else room.owner_seen_at - context.ahead_ms
        if not await self.matchmaker.transfer.adopt_room(room.room_id, crashed_at=crashed_at):
            return False
        for user in room.users:
            context.own(user)
            context.spawn(self.entries.write(user))
        return True
