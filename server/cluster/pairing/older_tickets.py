"""The longest-waiting tickets of other nodes: new tickets of this node are matched with them first. Pure."""

from collections.abc import Sequence
from typing import Final

from matchmaker.domain.ticket import AgeBand, Mode, Ticket, may_meet, were_offered
from server.cluster.wire.messages import OlderTicket

VALID_MS: Final = 2_500
"""How long a list of the index is valid; it is sent every second."""


class OlderTickets:
    """The latest lists of the index nodes, by mode and age band."""

    def __init__(self, *, local_first_ms: int, interest_wait_ms: int) -> None:
        """*local_first_ms*: by how much a ticket elsewhere must be older. *interest_wait_ms*: as in the queue."""
        self._local_first_ms = local_first_ms
        self._interest_wait_ms = interest_wait_ms
        self._known: dict[tuple[Mode, AgeBand], tuple[int, list[OlderTicket]]] = {}

    def update(self, mode: Mode, band: AgeBand, older: Sequence[OlderTicket], *, now: int) -> None:
        """Store a list of the index."""
        self._known[mode, band] = now + VALID_MS, sorted(older, key=lambda candidate: candidate.ticket.joined_at)

    def take(self, ticket: Ticket, found: Ticket | None, *, now: int) -> OlderTicket | None:
        """Return the older ticket elsewhere to match with *ticket* instead of *found* here: once for each list."""
        until, older = self._known.get((ticket.wish.mode, ticket.band), (0, []))
        if until <= now or (found is not None and found.user in ticket.introduced):
            return None
        oldest = ticket.joined_at if found is None else min(ticket.joined_at, found.joined_at)
        interests = set(ticket.wish.interests) & set(() if found is None else found.wish.interests)
        taken: OlderTicket | None = None
        for candidate in older:
            other = candidate.ticket
            if other.joined_at + self._local_first_ms > oldest:
                break
            if interests and now < other.joined_at + self._interest_wait_ms:
                continue
            if not may_meet(ticket, other, now):
                continue
            if not were_offered(ticket, other):
                taken = candidate
                break
            if taken is None and (found is None or were_offered(ticket, found)):
                taken = candidate
        if taken is not None:
            older.remove(taken)
        return taken
