"""Who meets next: lines of people who are compatible by what they are, each line in the order of waiting."""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from matchmaker.engine import Heads
from matchmaker.ids import UserId
from matchmaker.rules import FOREVER, Rules
from matchmaker.ticket import Mode, Ticket, avoided_until

_Key = tuple[Mode, str, frozenset[str]]
_Place = tuple[int, int, UserId]
"""Waiting since (Unix milliseconds), order of arrival, who."""


def choose(heads: Heads, *, now: int, rules: Rules) -> Ticket | None:
    """Return whom to meet; None: nobody.

    Who shares an interest, unless somebody compatible has waited out the interest window; then the longest-waiting;
    then, when nobody new waits, somebody who was offered before.
    """
    if heads.new is None:
        return heads.offered
    if heads.kindred is not None and now < heads.new.joined_at + rules.interest_wait_ms:
        return heads.kindred
    return heads.new


class Line:
    """People in the order of waiting. Joining, leaving and looking at the head cost the same at any length.

    Newcomers append. Those who come back to an old place stand in a second, sorted row, which is short.
    """

    __slots__ = ("_last", "_places", "_returned", "_tickets")

    def __init__(self) -> None:
        # An OrderedDict, not a dict: the head of a dict that loses its head again and again is found by a scan.
        self._tickets: OrderedDict[UserId, Ticket] = OrderedDict()
        self._places: dict[UserId, tuple[_Place, Ticket]] = {}
        self._returned: list[_Place] = []
        self._last: int = 0

    def __len__(self) -> int:
        return len(self._tickets) + len(self._places)

    def add(self, ticket: Ticket, order: int) -> None:
        """Let *ticket* stand where its `joined_at` says; *order* tells equals apart."""
        if ticket.joined_at >= self._last:
            self._last = ticket.joined_at
            self._tickets[ticket.user] = ticket
            return
        place = (ticket.joined_at, order, ticket.user)
        self._places[ticket.user] = (place, ticket)
        insort(self._returned, place)

    def discard(self, user: UserId) -> None:
        """Let *user* leave."""
        if self._tickets.pop(user, None) is not None:
            return
        entry = self._places.pop(user, None)
        if entry is not None:
            del self._returned[bisect_left(self._returned, entry[0])]

    def __iter__(self) -> Iterator[Ticket]:
        if not self._returned:
            yield from self._tickets.values()
            return
        rest = iter(self._returned)
        place = next(rest, None)
        for ticket in self._tickets.values():
            while place is not None and place[0] <= ticket.joined_at:
                yield self._places[place[2]][1]
                place = next(rest, None)
            yield ticket
        while place is not None:
            yield self._places[place[2]][1]
            place = next(rest, None)


class Queue:
    """Everybody who waits to be paired, and everybody who may be discovered."""

    def __init__(self) -> None:
        self._lines: dict[_Key, Line] = {}
        self._tagged: dict[tuple[_Key, str], Line] = {}
        self._listed: dict[Mode, Line] = {"video": Line(), "text": Line()}
        self._order = 0

    def add(self, ticket: Ticket) -> None:
        """Let the holder of *ticket* be met; with manual pairing they are only listed."""
        self._order += 1
        self._listed[ticket.wish.mode].add(ticket, self._order)
        if ticket.wish.pairing == "manual":
            return
        key = _key(ticket)
        self._line(key).add(ticket, self._order)
        for tag in ticket.wish.interests:
            self._tagged.setdefault((key, tag), Line()).add(ticket, self._order)

    def discard(self, ticket: Ticket) -> None:
        """Let the holder of *ticket* no longer be met."""
        self._listed[ticket.wish.mode].discard(ticket.user)
        key = _key(ticket)
        line = self._lines.get(key)
        if line is None:
            return
        line.discard(ticket.user)
        if not line:
            del self._lines[key]
        for tag in ticket.wish.interests:
            tagged = self._tagged.get((key, tag))
            if tagged is not None:
                tagged.discard(ticket.user)
                if not tagged:
                    del self._tagged[key, tag]

    def depth(self) -> dict[Mode, int]:
        """Return how many people wait, by mode."""
        return {mode: len(line) for mode, line in self._listed.items()}

    def listed(self, mode: Mode) -> Line:
        """Return everybody who may be discovered in *mode*, longest-waiting first."""
        return self._listed[mode]

    def heads(self, ticket: Ticket, *, now: int) -> Heads:
        """Return whom the holder of *ticket* might meet. Costs one look per line that fits and per person avoided."""
        keys = [key for key in self._lines if _fits(key, ticket)]
        new, offered, retry_at = _oldest((self._lines[key] for key in keys), ticket, now)
        kindred = None
        if ticket.wish.interests and new is not None:
            lines = (self._tagged.get((key, tag)) for key in keys for tag in ticket.wish.interests)
            kindred, _, _ = _oldest((line for line in lines if line is not None), ticket, now)
        return Heads(new=new, kindred=kindred, offered=offered, retry_at=retry_at)

    def _line(self, key: _Key) -> Line:
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line()
        return line


def _key(ticket: Ticket) -> _Key:
    return ticket.wish.mode, ticket.profile.gender, ticket.wish.want


def _fits(key: _Key, ticket: Ticket) -> bool:
    mode, gender, want = key
    return mode == ticket.wish.mode and gender in ticket.wish.want and ticket.profile.gender in want


def _oldest(lines: Iterable[Line], ticket: Ticket, now: int) -> tuple[Ticket | None, Ticket | None, int | None]:
    """Return the longest-waiting person who is new, who was offered before, and when the first obstacle is over."""
    new: Ticket | None = None
    before: Ticket | None = None
    retry_at = FOREVER
    for line in lines:
        for other in line:
            if new is not None and other.joined_at >= new.joined_at:
                break
            if other.user == ticket.user:
                continue
            until = avoided_until(ticket, other, now)
            if until:
                retry_at = min(retry_at, until)
            elif other.user in ticket.offered or ticket.user in other.offered:
                if before is None or other.joined_at < before.joined_at:
                    before = other
            else:
                new = other
                break
    return new, before, retry_at if retry_at < FOREVER else None
