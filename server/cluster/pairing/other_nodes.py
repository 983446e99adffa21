"""Requests of the matchmaker to other nodes."""

from collections.abc import Sequence
from typing import Final

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.domain.room import Reason
from matchmaker.domain.ticket import AgeBand, Mode, Ticket
from matchmaker.ports.other_processes import OtherProcesses
from matchmaker.ports.user_changes import Topic
from server.cluster.context import NodeContext
from server.cluster.pairing.match_index import index_node
from server.cluster.pairing.older_tickets import OlderTickets
from server.cluster.users.attached_links import remote_socket
from server.cluster.wire.messages import Expel, ListTickets, OlderTicket, TicketsElsewhere
from server.cluster.wire.moved_user import ticket_by

LIST_S: Final = 0.5
"""Timeout of a list of the index; then only local tickets are listed."""


class OtherNodes(OtherProcesses):
    """Asks the owner of a user, or an index node; stores which tickets elsewhere have waited longest."""

    def __init__(self, context: NodeContext, *, local_first_ms: int, interest_wait_ms: int) -> None:
        """*local_first_ms*: by how much a ticket elsewhere must be older to be matched first."""
        self.departures: Topic[tuple[UserId, OlderTicket]] = Topic()
        """A waiting user of this node is to be matched with an older ticket of another one."""
        self.local_first_ms = local_first_ms
        self._context = context
        self._older_tickets = OlderTickets(local_first_ms=local_first_ms, interest_wait_ms=interest_wait_ms)

    async def end_elsewhere(self, user: UserId, reason: Reason, other: UserId | None = None, /) -> bool:
        context = self._context
        if context.owns(user):
            return False
        room = await context.owners.room_of(user)
        if other is not None and (room is None or other not in room.users):
            return False
        owner = None if room is None else room.owner
        if owner is None:
            entry = await context.directory.lookup(user)
            owner = None if entry is None else entry.node
        members = context.membership
        if owner is None or not members.has_redis or owner == context.node or members.is_dead(owner):
            return False
        answer = await context.ask(owner, lambda ask: Expel(ask, user, reason, other))
        if answer.outcome != "done":
            raise Unavailable
        return True

    async def tickets(self, mode: Mode | None, band: AgeBand, limit: int, /) -> Sequence[Ticket]:
        """Return tickets of other nodes, longest-waiting first; none if the index does not answer in time."""
        others = self._context.membership.reachable
        if band is None or not others:
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
        return [ticket_by(ticket, -context.ahead_ms) for ticket in answer.tickets]

    def sends_away(self, ticket: Ticket, found: Ticket | None, /) -> bool:
        """Move the user of a new ticket to another node, where a ticket is older than *found*; return whether the move
        begins. From then on this node does not pair the user, also if others join in the same iteration of the loop.
        """
        context = self._context
        if not self.can_move(ticket.user):
            return False
        older_ticket = self._older_tickets.take(ticket, found, now=context.now())
        if older_ticket is None or context.membership.is_leaving(older_ticket.owner):
            return False
        context.store.suspend_pairing(ticket.user)
        self.departures.publish((ticket.user, older_ticket))
        return True

    def can_move(self, user: UserId) -> bool:
        """Return whether the socket of *user* is on this node, and the user has neither an open invite nor a room."""
        connection = self._context.connection_of(user)
        return connection is not None and not remote_socket(connection) and self._context.is_free(user)

    def on_elsewhere(self, _: str, message: TicketsElsewhere) -> None:
        """Store an index node's list of older tickets elsewhere."""
        ahead_ms = -self._context.ahead_ms
        older = [OlderTicket(ticket_by(one.ticket, ahead_ms), one.owner) for one in message.tickets]
        self._older_tickets.update(message.mode, message.band, older, now=self._context.now())
