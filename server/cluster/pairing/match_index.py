"""The index of tickets without a match at their owners: it proposes pairs, and decides nothing. Pure."""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from itertools import islice, takewhile
from typing import Final

import msgspec

from matchmaker.domain.ids import Pair, UserId, pair_of
from matchmaker.domain.queue import Queue
from matchmaker.domain.ticket import AgeBand, Mode, Ticket, were_offered
from server.cluster.wire.messages import Propose

PAIR_AGAIN_MS: Final = 2_000
"""Minimum interval between two proposals of a pair; until then the ticket is proposed to others."""
BUSY_MS: Final = 300
"""How long a proposed ticket is not proposed again."""
OLDER_MAX: Final = 8
"""Number of the longest-waiting tickets of each line in a list for a node."""
EXPIRES_MS: Final = 25_000
"""A ticket that is not posted again for this long is dropped; owners post every 10 s."""


class PostedTicket(msgspec.Struct):
    """A ticket and where it is from."""

    ticket: Ticket
    owner: str
    can_move: bool
    at: int
    busy_until: int = 0


Proposal = tuple[str, Propose]
"""A node that owns a user, and the proposal for it."""


class MatchIndex:
    """The tickets of all modes and bands that this node is the index node of."""

    def __init__(self) -> None:
        self._posted: dict[UserId, PostedTicket] = {}
        self._queue = Queue()
        self._proposed: dict[Pair, int] = {}

    def __len__(self) -> int:
        return len(self._posted)

    def post(self, ticket: Ticket, *, owner: str, can_move: bool, now: int) -> Proposal | None:
        """Add or replace a ticket; return the proposal that it makes possible."""
        old = self._posted.get(ticket.user)
        if old is not None:
            self._queue.discard(old.ticket)
        posted = PostedTicket(ticket, owner, can_move, now, 0 if old is None else old.busy_until)
        self._posted[ticket.user] = posted
        self._queue.add(ticket)
        return self._propose(posted, now)

    def withdraw(self, user: UserId, owner: str) -> None:
        """Remove a ticket of *owner*."""
        posted = self._posted.get(user)
        if posted is not None and posted.owner == owner:
            self._remove(posted)

    def tick(self, now: int, *, is_dead: Callable[[str], bool] = lambda _: False) -> list[Proposal]:
        """Return the possible proposals, and drop tickets of dead nodes; called a few times a second."""
        for posted in list(self._posted.values()):
            if now - posted.at > EXPIRES_MS or is_dead(posted.owner):
                self._remove(posted)
        self._proposed = {pair: until for pair, until in self._proposed.items() if until > now}
        found = (self._propose(posted, now) for posted in list(self._posted.values()))
        return [proposal for proposal in found if proposal is not None]

    def listed(self, mode: Mode, band: AgeBand, *, but: str, limit: int) -> list[Ticket]:
        """Return up to *limit* tickets of other nodes than *but*, longest-waiting first."""
        tickets = self._queue.listed(mode, band)
        return list(islice((ticket for ticket in tickets if self._posted[ticket.user].owner != but), limit))

    def older_tickets(self, node: str, *, now: int, local_first_ms: int) -> dict[tuple[Mode, int], list[PostedTicket]]:
        """Return, by mode and band, the first of each line at other nodes that have waited for *local_first_ms*."""
        found: dict[tuple[Mode, int], list[PostedTicket]] = {}
        for (mode, _, _, band), line in self._queue.lines():
            waited = takewhile(lambda ticket: ticket.joined_at + local_first_ms <= now, line)
            elsewhere = (posted for ticket in waited if (posted := self._posted[ticket.user]).owner != node)
            if band is not None and (first := list(islice(elsewhere, OLDER_MAX))):
                found.setdefault((mode, band), []).extend(first)
        return found

    def _propose(self, posted: PostedTicket, now: int) -> Proposal | None:
        ticket = posted.ticket
        if posted.busy_until > now or ticket.wish.pairing == "manual" or ticket.rests_until is not None:
            return None

        def accepts(other: Ticket) -> bool:
            theirs = self._posted[other.user]
            if theirs.owner == posted.owner or theirs.busy_until > now or not (theirs.can_move or posted.can_move):
                return False
            return self._proposed.get(pair_of(ticket.user, other.user), 0) <= now

        def is_new(other: Ticket) -> bool:
            return not were_offered(ticket, other) and accepts(other)

        def is_introduced(other: Ticket) -> bool:
            return other.user in ticket.introduced and is_new(other)

        chances = (is_introduced, is_new, accepts) if ticket.introduced else (is_new, accepts)
        for chance in chances:
            other = self._queue.first(ticket, chance, now=now)
            if other is not None:
                return self._pair(posted, self._posted[other.user], now)
        return None

    def _pair(self, one: PostedTicket, other: PostedTicket, now: int) -> Proposal:
        older, younger = sorted((one, other), key=lambda posted: (posted.ticket.joined_at, posted.ticket.user))
        mover, target = (younger, older) if younger.can_move else (older, younger)
        one.busy_until = other.busy_until = now + BUSY_MS
        self._proposed[pair_of(one.ticket.user, other.ticket.user)] = now + PAIR_AGAIN_MS
        return mover.owner, Propose(mover.ticket.user, target.ticket.user, target.owner)

    def _remove(self, posted: PostedTicket) -> None:
        self._queue.discard(posted.ticket)
        del self._posted[posted.ticket.user]


def index_node(nodes: Iterable[str], mode: Mode, band: AgeBand) -> str:
    """Return the node of *nodes* that indexes the tickets of a mode and a band: rendezvous hashing."""
    return max(nodes, key=lambda node: blake2b(f"{node}|{mode}|{band}".encode(), digest_size=8).digest())
