"""What the edges of users ask of this node, their owner: serve a socket, take a user in, give one away.

attach ──in an invite or room→ served here
   └─────free───────────────→ state sent to the edge
move in ─the target waits───→ served here
recall ──free───────────────→ state sent to the edge
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

from server.cluster.context import MOVE_S, NodeContext, Ownership
from server.cluster.users.attached_links import AttachedLinks
from server.cluster.users.node_users import NodeUsers
from server.cluster.wire.messages import AnswerMessage, Attach, Close, MoveIn, Recall
from signaling.connection.client import ClientConnection
from signaling.wire.close_codes import CloseCode

SAME_MOMENT_MS: Final = 1_500
"""Of two hellos that are closer than this it is unknown which the user means: the older client may reconnect."""


class EdgeRequests:
    """The requests of other nodes about users of this one.

    A link begins when its message is handled, not in a task: the message that ends it may be in the same batch.
    """

    def __init__(self, context: NodeContext, attached: AttachedLinks, users: NodeUsers) -> None:
        self._context = context
        self._attached = attached
        self._users = users
        self._moves = users.moves

    # A hello at the edge.

    def on_attach(self, edge: str, message: Attach) -> Coroutine[Any, Any, None] | None:
        """Serve the socket of another node, or give it the user."""
        context, user = self._context, message.user
        outcome = self._refusal(edge, message)
        if outcome is not None:
            context.send(edge, AnswerMessage(message.ask, outcome))
        elif context.is_free(user):
            return self._give(edge, message, context.users[user])
        else:
            context.users[user].came = max(context.users[user].came, message.came)
            connection = self._attached.open(edge, message.link, address=message.address, device=message.device)
            context.send(edge, AnswerMessage(message.ask, "attached"))
            connection.serve(message.hello, message.identity)
        return None

    def _refusal(self, edge: str, message: Attach) -> str | None:
        """Return why this node does not serve a socket, which may be closed; None: it does, or gives the user away."""
        context, user = self._context, message.user
        if user in self._moves.outgoing:
            return "busy"
        if not context.owns(user):
            return "not_owner"
        if self._users.is_unsure(user):
            return "busy"
        older_by = context.users[user].came - message.came
        if older_by > 0 and (context.hub.is_here(user) or context.hub.has_hello(user)):
            code = CloseCode.TAKEN_OVER if older_by > SAME_MOMENT_MS else CloseCode.GOING_AWAY
            context.send(edge, Close(message.link, code))
            return "closed"
        return "leaving" if context.is_draining and context.has_room(user) else None

    async def _give(self, edge: str, message: Attach, own: Ownership) -> None:
        """Let a user who has neither invite nor room move to the edge."""
        context, user = self._context, message.user
        old = context.connection_of(user)
        if old is not None:
            old.pause()
            await old.finished()
        out = None
        if context.users.get(user) is own:
            own.came = max(own.came, message.came)
            out = self._moves.take_out(user, edge, keeps_socket=False)
        if out is not None:
            await self._moves.send(out, lambda state: AnswerMessage(message.ask, "state", state))
            return
        if old is not None:
            old.resume()
        context.send(edge, AnswerMessage(message.ask, "busy"))

    # Moves.

    def receive(self, sender: str, message: MoveIn) -> Coroutine[Any, Any, None] | None:
        """Take a user in who comes to meet one of this node's."""
        state = message.state
        if state.identity is None:
            self._context.send(sender, AnswerMessage(state.ask, "no"))
            return None
        connection = self._attached.open(sender, message.link, address=state.address, device=state.device)
        return self._receive(sender, message, connection)

    async def _receive(self, sender: str, message: MoveIn, connection: ClientConnection) -> None:
        user, target = message.state.user, message.target
        arrived = self._moves.arriving[user] = asyncio.get_running_loop().create_future()
        crossing = self._moves.outgoing.get(target)
        if crossing is not None and crossing.target == user and crossing.to == sender and target < user:
            # Both are on their way to each other. The sender refuses ours, for its user has the greater id.
            with suppress(TimeoutError):
                await asyncio.wait_for(crossing.over.wait(), MOVE_S * 0.8)
        try:
            is_installed = await self._take_in(sender, message, connection)
        finally:
            self._moves.arriving.pop(user, None)
            arrived.set_result(None)
        if not is_installed and self._attached.pop(sender, message.link) is not None:
            connection.on_close()

    async def _take_in(self, sender: str, message: MoveIn, connection: ClientConnection) -> bool:
        context, state, target = self._context, message.state, message.target
        user = state.user
        theirs = context.state_of(target)
        can_meet = theirs is not None and (
            theirs.is_waiting or (message.is_call and theirs.connected and theirs.room is None)
        )
        fits = can_meet and target in context.users and user not in context.users
        if not fits or user in self._moves.outgoing:
            context.send(sender, AnswerMessage(state.ask, "no"))
            return False
        return bool(await self._moves.install(sender, state, connection))

    async def recall(self, edge: str, message: Recall) -> None:
        """Send the edge the state of a user whose socket it has."""
        context, out = self._context, None
        connection = self._attached.connections.get((edge, message.link))
        if connection is not None:
            await connection.finished()
            if context.hub.connection_of(connection.user) is connection:
                out = self._moves.take_out(connection.user, edge, keeps_socket=True)
        if connection is None or out is None:
            if connection is not None:
                connection.owner = None  # frames that were sent back come again
            context.send(edge, AnswerMessage(message.ask, "no"))
            return
        self._attached.pop(edge, message.link)
        if await self._moves.send(out, lambda state: AnswerMessage(message.ask, "state", state)):
            connection.server.forget(connection)
        else:
            connection.on_close()  # the edge closes the socket of a user whom it could not take in
