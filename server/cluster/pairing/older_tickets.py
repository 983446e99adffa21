"""Tickets of other nodes that are older than every ticket here: new tickets of this node are matched with them first.
Pure.
"""

from collections.abc import Sequence
from typing import Final

from matchmaker.domain.ids import Pair, pair_of
from matchmaker.domain.ticket import AgeBand, Mode, Ticket, may_meet
from server.cluster.wire.messages import OlderTicket

VALID_MS: Final = 2_500
"""How long a list of the index is valid; it is sent every second."""
PAIR_AGAIN_MS: Final = 2_000
"""Minimum interval between two attempts with a pair."""


class OlderTickets:
    """The latest lists of the index nodes, by mode and age band."""

    def __init__(self, *, local_first_ms: int, interest_wait_ms: int) -> None:
        """*local_first_ms*: by how much a ticket elsewhere must be older. *interest_wait_ms*: as in the queue."""
        self._local_first_ms = local_first_ms
        self._interest_wait_ms = interest_wait_ms
        self._known: dict[tuple[Mode, AgeBand], tuple[int, list[OlderTicket]]] = {}
        self._tried: dict[Pair, int] = {}

    def update(self, mode: Mode, band: AgeBand, older: Sequence[OlderTicket], *, now: int) -> None:
        """Store a list of the index, longest-waiting first."""
        self._known[mode, band] = now + VALID_MS, list(older)
        self._tried = {pair: until for pair, until in self._tried.items() if until > now}

    def take(self, ticket: Ticket, found: Ticket | None, *, now: int) -> OlderTicket | None:
        """Return the older ticket elsewhere to match with *ticket* instead of *found* here; it is reserved."""
        until, older = self._known.get((ticket.wish.mode, ticket.band), (0, []))
        if until <= now or (found is not None and found.user in ticket.introduced):
            return None
        oldest = ticket.joined_at if found is None else min(ticket.joined_at, found.joined_at)
        interests = set(ticket.wish.interests) & set(() if found is None else found.wish.interests)
        for place, elder in enumerate(older):
            other = elder.ticket
            if other.joined_at + self._local_first_ms > oldest:
                return None
            if interests and now < other.joined_at + self._interest_wait_ms:
                continue
            pair = pair_of(ticket.user, other.user)
            if self._tried.get(pair, 0) > now or other.user in ticket.offered or ticket.user in other.offered:
                continue
            if may_meet(ticket, other, now):
                self._tried[pair] = now + PAIR_AGAIN_MS
                return older.pop(place)
        return None
