"""Tickets without a match at this node are posted to the index node of their mode and age band."""

import asyncio
from typing import Final

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import Ticket
from matchmaker.matchmaker import Matchmaker
from server.cluster.context import NodeContext
from server.cluster.pairing.match_index import MatchIndex, index_node
from server.cluster.pairing.other_nodes import OtherNodes
from server.cluster.users.moves import Moves
from server.cluster.wire.messages import (
    AnswerMessage,
    ListTickets,
    OlderTicket,
    Post,
    Propose,
    TicketsElsewhere,
    Withdraw,
)
from server.cluster.wire.moved_user import ticket_by

AGAIN_MS: Final = 10_000
TICK_S: Final = 0.25
"""Interval of the checks of the index for possible pairs."""
SEND_OLDER_EVERY: Final = 4
"""Ticks between two messages to a node about older tickets of others."""


class WaitingTicket(msgspec.Struct, eq=False):
    """A ticket that waits at this node, and what the index knows of it."""

    ticket: Ticket
    node: str = ""
    """The node that it is posted to; empty: none."""
    posted_at: int = 0
    timer: asyncio.TimerHandle | None = None
    """Posts it (again); None: this node is alone."""


class TicketSharing:
    """Both sides: the owner's, which posts tickets and moves users, and the index node's, which proposes pairs."""

    def __init__(
        self,
        context: NodeContext,
        others: OtherNodes,
        matchmaker: Matchmaker,
        moves: Moves,
        *,
        share_after_ms: int,
    ) -> None:
        self.index = MatchIndex()
        self._context = context
        self._others = others
        self._matchmaker = matchmaker.context
        self._moves = moves
        self._share_after_ms = share_after_ms
        self._waiting: dict[UserId, WaitingTicket] = {}
        self._is_alone = True
        context.store.changes.ticket_added.subscribe(self._ticket_added)
        context.store.changes.ticket_removed.subscribe(self._ticket_removed)
        others.departures.subscribe(lambda departure: context.spawn(self._send_to(*departure)))
        context.messages_lost.subscribe(lambda _: self.post_all())

    @property
    def scheduled(self) -> int:
        """How many posts are scheduled."""
        return sum(waiting.timer is not None for waiting in self._waiting.values())

    def _ticket_added(self, ticket: Ticket) -> None:
        """Post *ticket* if it still waits after a while."""
        if ticket.profile.mirror:
            return
        waiting = self._waiting[ticket.user] = WaitingTicket(ticket)
        if not self._is_alone:
            self._schedule(waiting, self._share_after_ms)

    def _ticket_removed(self, ticket: Ticket) -> None:
        """Withdraw *ticket*, which no longer waits."""
        waiting = self._waiting.pop(ticket.user, None)
        if waiting is not None and waiting.timer is not None:
            waiting.timer.cancel()
        if waiting is not None and waiting.node:
            self._context.send(waiting.node, Withdraw(ticket.user))

    async def keep_sharing(self) -> None:
        """Propose pairs, and notice when the first other node joins, until cancelled."""
        tick = 0
        while True:
            await asyncio.sleep(TICK_S)
            tick += 1
            was_alone, self._is_alone = self._is_alone, not self._context.membership.reachable
            if was_alone and not self._is_alone:
                self.post_all()
            for owner, proposal in self.index.tick(self._context.now(), is_dead=self._context.membership.is_dead):
                self._context.send(owner, proposal)
            if tick % SEND_OLDER_EVERY == 0:
                self._send_older_tickets()

    def post_all(self) -> None:
        """Post every ticket again: nodes joined or left, or a link was reset."""
        for waiting in self._waiting.values():
            self._schedule(waiting, max(0, waiting.posted_at + self._share_after_ms - self._context.now()))

    def _schedule(self, waiting: WaitingTicket, in_ms: int) -> None:
        if waiting.timer is not None:
            waiting.timer.cancel()
        waiting.timer = asyncio.get_running_loop().call_later(in_ms / 1_000, self._post, waiting)

    def _post(self, waiting: WaitingTicket) -> None:
        context, ticket, now = self._context, waiting.ticket, self._context.now()
        waiting.timer, others = None, context.membership.reachable
        if not others:
            return
        node = index_node((context.node, *others), ticket.wish.mode, ticket.band)
        if waiting.node not in ("", node):
            context.send(waiting.node, Withdraw(ticket.user))
        waiting.node, waiting.posted_at = node, now
        avoid = {other: until for other, until in ticket.avoid.items() if until > now}
        sent = msgspec.structs.replace(ticket, avoid=avoid)
        context.send(node, Post(ticket_by(sent, context.ahead_ms), self._others.can_move(ticket.user)))
        self._schedule(waiting, AGAIN_MS)

    # At the index node.

    def on_post(self, node: str, message: Post) -> None:
        ticket = ticket_by(message.ticket, -self._context.ahead_ms)
        found = self.index.post(ticket, owner=node, can_move=message.can_move, now=self._context.now())
        if found is not None:
            self._context.send(*found)

    def on_withdraw(self, node: str, message: Withdraw) -> None:
        self.index.withdraw(message.user, node)

    def on_list(self, node: str, message: ListTickets) -> None:
        found = self.index.listed(message.mode, message.band, but=node, limit=message.limit)
        tickets = [ticket_by(ticket, self._context.ahead_ms) for ticket in found]
        self._context.send(node, AnswerMessage(message.ask, "done", tickets=tickets))

    def _send_older_tickets(self) -> None:
        context, now = self._context, self._context.now()
        for node in (context.node, *context.membership.others):
            found = self.index.older_tickets(node, now=now, local_first_ms=self._others.local_first_ms)
            for (mode, band), tickets in found.items():
                older = [OlderTicket(ticket_by(posted.ticket, context.ahead_ms), posted.owner) for posted in tickets]
                context.send(node, TicketsElsewhere(mode, band, older))

    # At the owner.

    async def _send_to(self, user: UserId, older_ticket: OlderTicket) -> None:
        await self._moves.push(user, older_ticket.owner, older_ticket.ticket.user)
        self._matchmaker.resume_pairing(user)  # if the move did not begin

    async def on_propose(self, _: str, message: Propose) -> None:
        """Move a user to the owner that the index proposes, if the user still waits on this node."""
        context = self._context
        waiting = self._waiting.get(message.user)
        if waiting is None or waiting.ticket.avoid.get(message.target, 0) > context.now():
            return
        if context.membership.is_leaving(message.owner) or not self._matchmaker.is_pairing:
            return
        if self._others.can_move(message.user):
            await self._moves.push(message.user, message.owner, message.target)
        else:
            self._schedule(waiting, 0)  # the index does not know yet: the other user is to move
