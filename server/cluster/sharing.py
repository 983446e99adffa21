"""Tickets without a match at this node are posted to the index node of their mode and age band."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec

from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from matchmaker.ticket import Band, Mode, Ticket
from server.cluster.attached_links import RemoteSocket
from server.cluster.context import Context
from server.cluster.elders import Elder, Elders
from server.cluster.match_index import MatchIndex, Proposal, index_node
from server.cluster.messages import Answer, ListTickets, Post, Propose, TicketsElsewhere, Withdraw
from server.cluster.moves import Moves
from server.cluster.packing import pack_ticket, ticket_of
from signaling.conversation import Conversation

LIST_S: Final = 0.5
"""How long the index may take to list tickets; then only local ones are listed."""
AGAIN_MS: Final = 10_000
TICK_S: Final = 0.05
PROPOSE_EVERY: Final = 5
"""Ticks between two looks of the index at everything that is posted."""
TELL_EVERY: Final = 20
"""Ticks between two messages to a node about older tickets of others."""


class Sharing:
    """Both sides: the owner's, which posts and moves, and the index node's, which proposes."""

    def __init__(self, context: Context, moves: Moves, *, share_after_ms: int, local_first_ms: int) -> None:
        self.index = MatchIndex()
        self._context = context
        self._moves = moves
        self._share_after_ms = share_after_ms
        self._waiting: dict[UserId, Ticket] = {}
        self._due: deque[tuple[int, UserId]] = deque()
        """When each ticket is to be posted for the first time."""
        self._again: deque[tuple[int, UserId, int]] = deque()
        """When each ticket is to be posted again, and when it was posted last."""
        self._posted: dict[UserId, tuple[str, int]] = {}
        """To which node each ticket was posted, and when."""
        self._is_alone = True
        self._elders = Elders(
            local_first_ms=local_first_ms, interest_wait_ms=context.matchmaker.house.rules.interest_wait_ms
        )
        self._local_first_ms = local_first_ms

    @property
    def scheduled(self) -> int:
        """How many posts are scheduled."""
        return len(self._due) + len(self._again)

    def ticket_added(self, ticket: Ticket) -> None:
        """Post *ticket* if it still waits after a while."""
        if not ticket.profile.mirror:
            self._waiting[ticket.user] = ticket
            self._due.append((self._context.now() + self._share_after_ms, ticket.user))

    def ticket_removed(self, ticket: Ticket) -> None:
        """Withdraw *ticket*, which waits no more."""
        self._waiting.pop(ticket.user, None)
        node, _ = self._posted.pop(ticket.user, ("", 0))
        if node:
            self._context.send(node, Withdraw(ticket.user))

    async def keep_sharing(self) -> None:
        """Post what is due and propose what fits, until cancelled."""
        tick = 0
        while True:
            await asyncio.sleep(TICK_S)
            tick += 1
            self._post_due()
            if tick % PROPOSE_EVERY == 0:
                for proposal in self.index.tick(self._context.now()):
                    self._send(proposal)
            if tick % TELL_EVERY == 0:
                self._tell_elders()

    def post_all(self) -> None:
        """Post everything again: nodes came or went, or a link was reset."""
        now = self._context.now()
        self._again = deque((now, user, at) for user, (_, at) in self._posted.items())

    def _post_due(self) -> None:
        context, now = self._context, self._context.now()
        others = context.membership.others if context.can_reach_others else []
        if not others:
            self._due.clear()
        elif self._is_alone:  # every waiting ticket is posted when the first node joins
            self._due = deque((now, user) for user in self._waiting)
        self._is_alone = not others
        if self._is_alone:
            return
        while self._due and self._due[0][0] <= now:
            self._post(self._due.popleft()[1], others, now)
        while self._again and self._again[0][0] <= now:
            _, user, at = self._again.popleft()
            if self._posted.get(user, ("", 0))[1] == at:
                self._post(user, others, now)

    def _post(self, user: UserId, others: list[str], now: int) -> None:
        context, ticket = self._context, self._waiting.get(user)
        posted = self._posted.get(user)
        if ticket is None:
            return
        if posted is not None and now - posted[1] < self._share_after_ms:
            self._again.appendleft((posted[1] + self._share_after_ms, user, posted[1]))
            return
        node = index_node((context.node, *others), ticket.wish.mode, ticket.band)
        if posted is not None and posted[0] != node:
            context.send(posted[0], Withdraw(user))
        self._posted[user] = node, now
        avoid = {other: until for other, until in ticket.avoid.items() if until > now}
        sent = msgspec.structs.replace(ticket, avoid=avoid)
        context.send(node, Post(pack_ticket(sent, context.ahead_ms), self._can_move(user)))
        self._again.append((now + AGAIN_MS, user, now))

    # At the index node.

    def on_post(self, node: str, message: Post) -> None:
        """Take a ticket."""
        ticket = ticket_of(message.ticket, self._context.ahead_ms)
        proposal = self.index.post(ticket, owner=node, can_move=message.can_move, now=self._context.now())
        if proposal is not None:
            self._send(proposal)

    def on_withdraw(self, node: str, message: Withdraw) -> None:
        """Forget a ticket."""
        self.index.withdraw(message.user, node)

    def _send(self, proposal: Proposal) -> None:
        message = Propose(proposal.mover, proposal.target, proposal.target_owner)
        self._context.send(proposal.mover_owner, message)

    def on_list(self, node: str, message: ListTickets) -> None:
        """Return tickets of other nodes than *node*."""
        mode: Mode = "text" if message.mode == "text" else "video"
        found = self.index.listed(mode, message.band, but=node, limit=message.limit)
        tickets = [pack_ticket(ticket, self._context.ahead_ms) for ticket in found]
        self._context.send(node, Answer(message.ask, "done", tickets=tickets))

    def _tell_elders(self) -> None:
        context, now = self._context, self._context.now()
        nodes = (context.node, *context.membership.others)
        for mode, band, node, found in self.index.elders(nodes, now=now, local_first_ms=self._local_first_ms):
            tickets = [pack_ticket(posted.ticket, context.ahead_ms) for posted in found]
            context.send(node, TicketsElsewhere(mode, band, tickets, [posted.owner for posted in found]))

    # At the owner.

    def on_elsewhere(self, _: str, message: TicketsElsewhere) -> None:
        """Take the older tickets of other nodes."""
        mode: Mode = "text" if message.mode == "text" else "video"
        tickets = [ticket_of(data, self._context.ahead_ms) for data in message.tickets]
        elders = [Elder(ticket, owner) for ticket, owner in zip(tickets, message.owners, strict=True)]
        self._elders.heard(mode, message.band, elders, now=self._context.now())

    def sends_away(self, ticket: Ticket, found: Ticket | None) -> bool:
        """Let a newcomer meet who waits elsewhere for longer than *found* here; return whether they are on the way."""
        if not self._can_move(ticket.user):
            return False
        elder = self._elders.take(ticket, found, now=self._context.now())
        if elder is None or self._context.membership.is_leaving(elder.owner):
            return False
        self._context.spawn(self._send_to(ticket.user, elder))
        return True

    async def _send_to(self, user: UserId, elder: Elder) -> None:
        if not await self._moves.push(user, elder.owner, elder.ticket.user):
            self._context.matchmaker.house.seek_soon(user)

    async def listed_elsewhere(self, mode: Mode | None, band: Band, limit: int) -> Sequence[Ticket]:
        """Return tickets of other nodes, longest-waiting first; none if the index does not answer in time."""
        context, others = self._context, self._context.membership.others
        if band is None or not others or not context.can_reach_others:
            return ()
        modes: tuple[Mode, ...] = ("video", "text") if mode is None else (mode,)
        return [ticket for one in modes for ticket in await self._ask_index(one, band, limit, others)]

    async def _ask_index(self, mode: Mode, band: int, limit: int, others: list[str]) -> list[Ticket]:
        context = self._context
        node = index_node((context.node, *others), mode, band)
        try:
            answer = await context.ask(node, lambda ask: ListTickets(ask, mode, band, limit), within_s=LIST_S)
        except Unavailable:
            return []
        return [ticket_of(data, context.ahead_ms) for data in answer.tickets]

    async def on_propose(self, _: str, message: Propose) -> None:
        """Move a user to the owner that the index proposes, if they still wait at this node."""
        context = self._context
        ticket = self._waiting.get(message.user)
        if ticket is None or ticket.avoid.get(message.target, 0) > context.now():
            return
        if context.membership.is_leaving(message.owner) or not context.matchmaker.house.pairs:
            return
        await self._moves.push(message.user, message.owner, message.target)

    def _can_move(self, user: UserId) -> bool:
        """Tell whether the socket of *user* is here, and they are not in a room with a mirror."""
        conversation = self._context.hub.conversation_of(user)
        seat = self._context.matchmaker.house.store.peek(user)
        is_home = isinstance(conversation, Conversation) and not isinstance(conversation.socket, RemoteSocket)
        return is_home and seat is not None and seat.room is None
