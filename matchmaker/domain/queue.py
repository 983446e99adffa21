"""The wait queue: one line per kind of compatible tickets, each in the order of waiting."""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Gender
from matchmaker.domain.ticket import AgeBand, Mode, Ticket, are_of_one_band, avoided_until
from matchmaker.domain.timing import FOREVER, Timing

QueueKey = tuple[Mode, Gender, frozenset[Gender], AgeBand]
"""What decides compatibility: mode, own gender, wanted genders, age band."""
_Place = tuple[int, int, UserId]
"""Waiting since (Unix milliseconds), order of arrival, user id."""


class MatchCandidates(msgspec.Struct, frozen=True):
    """Candidates for a new ticket; each is the longest-waiting of its kind."""

    new: Ticket | None = None
    """Compatible, and not offered before in this session."""
    shared_interest: Ticket | None = None
    """Compatible, not offered before, and sharing an interest."""
    already_met: Ticket | None = None
    """Compatible, but offered before."""
    introduced: Ticket | None = None
    """Compatible, not offered before, and introduced to the holder of the ticket."""
    retry_at: int | None = None
    """The end of the earliest cooldown that prevents a pairing."""


def select(heads: MatchCandidates, *, now: int, rules: Timing) -> Ticket | None:
    """Return the ticket to pair with; None: there is none.

    Introduced users first; then a shared interest, unless a compatible user has waited out the interest window; then
    the longest-waiting; then, if no new user waits, one that was offered before.
    """
    if heads.introduced is not None:
        return heads.introduced
    if heads.new is None:
        return heads.already_met
    if heads.shared_interest is not None and now < heads.new.joined_at + rules.interest_wait_ms:
        return heads.shared_interest
    return heads.new


class WaitQueue:
    """Tickets in the order of waiting. Joining, leaving and reading the head are O(1) at any length.

    New tickets are appended. Tickets that return to an old place are kept in a second, sorted list, which is short.
    """

    __slots__ = ("_last", "_places", "_returned", "_tickets", "tagged")

    def __init__(self) -> None:
        # An OrderedDict, not a dict: a dict whose first key is removed again and again scans for the next one.
        self._tickets: OrderedDict[UserId, Ticket] = OrderedDict()
        self._places: dict[UserId, tuple[_Place, Ticket]] = {}
        self._returned: list[_Place] = []
        self._last: int = 0
        self.tagged: dict[str, WaitQueue] = {}
        """Tickets of this line that name an interest, by interest."""

    def __len__(self) -> int:
        return len(self._tickets) + len(self._places)

    def add(self, ticket: Ticket, order: int) -> None:
        """Insert *ticket* at the place of its `joined_at`; *order* decides between equal instants."""
        user = ticket.profile.user_id
        if ticket.joined_at >= self._last:
            self._last = ticket.joined_at
            self._tickets[user] = ticket
            return
        place = (ticket.joined_at, order, user)
        self._places[user] = (place, ticket)
        insort(self._returned, place)

    def discard(self, user: UserId) -> None:
        """Remove the ticket of *user*."""
        if self._tickets.pop(user, None) is not None:
            return
        entry = self._places.pop(user, None)
        if entry is not None:
            del self._returned[bisect_left(self._returned, entry[0])]

    def users(self) -> Iterable[UserId]:
        """Return all tickets, longest-waiting first."""
        return self._merged() if self._returned else self._tickets

    def __getitem__(self, user: UserId) -> Ticket:
        ticket = self._tickets.get(user)
        return self._places[user][1] if ticket is None else ticket

    def __iter__(self) -> Iterator[Ticket]:
        return (self[user] for user in self.users())

    def _merged(self) -> Iterator[UserId]:
        rest = iter(self._returned)
        place = next(rest, None)
        for user, ticket in self._tickets.items():
            while place is not None and place[0] <= ticket.joined_at:
                yield place[2]
                place = next(rest, None)
            yield user
        while place is not None:
            yield place[2]
            place = next(rest, None)


class Queue:
    """Tickets to be paired, and tickets listed by `discover`."""

    def __init__(self) -> None:
        # There is one line per combination of filters, about a hundred in all: empty lines are kept.
        self._lines: dict[QueueKey, WaitQueue] = {}
        self._fitting: dict[QueueKey, list[WaitQueue]] = {}
        self._listed: dict[tuple[Mode, AgeBand], WaitQueue] = {}
        self._unlisted: dict[tuple[Mode, AgeBand], WaitQueue] = {}
        self._order = 0

    def add(self, ticket: Ticket) -> None:
        """Add *ticket*: listed, paired, both, or neither, as it states."""
        self._order += 1
        wish = ticket.wish
        lists, listed_under = self._list_of(ticket), (wish.mode, ticket.band)
        waiting = lists.get(listed_under)
        if waiting is None:
            waiting = lists[listed_under] = WaitQueue()
        waiting.add(ticket, self._order)
        if not ticket.is_paired:
            return
        key = queue_key(ticket)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = WaitQueue()
            self._fitting.clear()
        line.add(ticket, self._order)
        for tag in wish.interests:
            tagged = line.tagged.get(tag)
            if tagged is None:
                tagged = line.tagged[tag] = WaitQueue()
            tagged.add(ticket, self._order)

    def discard(self, ticket: Ticket) -> None:
        """Remove *ticket* from pairing and from `discover`."""
        user = ticket.profile.user_id
        waiting = self._list_of(ticket).get((ticket.wish.mode, ticket.band))
        if waiting is not None:
            waiting.discard(user)
        line = self._lines.get(queue_key(ticket))
        if line is None:
            return
        line.discard(user)
        for tag in ticket.wish.interests:
            tagged = line.tagged.get(tag)
            if tagged is not None:
                tagged.discard(user)
                if not tagged:
                    del line.tagged[tag]

    def lines(self) -> Iterable[tuple[QueueKey, WaitQueue]]:
        """Return the tickets to be paired, by what decides compatibility."""
        return self._lines.items()

    def depth(self) -> dict[Mode, int]:
        """Return how many users wait, by mode."""
        depth: dict[Mode, int] = {"video": 0, "text": 0}
        for (mode, _), line in (*self._listed.items(), *self._unlisted.items()):
            depth[mode] += len(line)
        return depth

    def listed(self, mode: Mode, band: AgeBand) -> Iterable[Ticket]:
        """Return the tickets that users of *band* may discover in *mode*, longest-waiting first."""
        return () if band is None else self._listed.get((mode, band), ())

    def _list_of(self, ticket: Ticket) -> dict[tuple[Mode, AgeBand], WaitQueue]:
        return self._listed if ticket.wish.listed else self._unlisted

    def candidates(self, ticket: Ticket, *, now: int) -> MatchCandidates:
        """Return the candidates for *ticket*. Costs one step per compatible line and per user avoided."""
        key = queue_key(ticket)
        lines = self._fitting.get(key)
        if lines is None:
            lines = self._fitting[key] = [line for other, line in self._lines.items() if is_compatible(other, key)]
        new, offered = _first_eligible(lines, ticket, now)
        shared = None
        if new is not None and ticket.wish.interests:
            tags = ticket.wish.interests
            with_tag = [tagged for line in lines if line.tagged for tag in tags if (tagged := line.tagged.get(tag))]
            shared, _ = _first_eligible(with_tag, ticket, now)
        retry_at = _first_end(lines, ticket, now) if new is None and offered is None else None
        return MatchCandidates(new=new, shared_interest=shared, already_met=offered, retry_at=retry_at)

    def first(self, ticket: Ticket, accepts: Callable[[Ticket], bool], *, now: int) -> Ticket | None:
        """Return the longest-waiting compatible ticket that *accepts* returns True for."""
        key, best = queue_key(ticket), None
        for other_key, line in self._lines.items():
            if not is_compatible(other_key, key):
                continue
            for other in line:
                if best is not None and other.joined_at >= best.joined_at:
                    break
                if other.user != ticket.user and not avoided_until(ticket, other, now) and accepts(other):
                    best = other
                    break
        return best


def queue_key(ticket: Ticket) -> QueueKey:
    """Return the key of the line of *ticket*."""
    return ticket.wish.mode, ticket.profile.gender, ticket.wish.want, ticket.band


def is_compatible(one: QueueKey, other: QueueKey) -> bool:
    """Return whether tickets of the two lines are compatible."""
    return one[0] == other[0] and one[1] in other[2] and other[1] in one[2] and are_of_one_band(one[3], other[3])


def _first_eligible(lines: Iterable[WaitQueue], ticket: Ticket, now: int) -> tuple[Ticket | None, Ticket | None]:
    """Return the longest-waiting eligible ticket that is new, and the one whose holder was offered before."""
    me, avoid, offered = ticket.profile.user_id, ticket.avoid, ticket.offered
    new: Ticket | None = None
    before: Ticket | None = None
    for line in lines:
        for user in line.users():
            # `ticket.may_meet`, inlined: it runs for every ticket that is passed over. A user that *ticket* avoids is
            # skipped without a lookup.
            if user in avoid and avoid[user] > now:
                continue
            other = line[user]
            if new is not None and other.joined_at >= new.joined_at:
                break
            if other.avoid.get(me, 0) > now or user == me:
                continue
            if user in offered or me in other.offered:
                if before is None or other.joined_at < before.joined_at:
                    before = other
            else:
                new = other
                break
    return new, before


def _first_end(lines: Iterable[WaitQueue], ticket: Ticket, now: int) -> int | None:
    """Return the instant at which the first avoided user in the line may be met; None: never."""
    first = FOREVER
    for line in lines:
        for other in line:
            if (until := avoided_until(ticket, other, now)) and until < first:
                first = until
    return first if first < FOREVER else None
