"""Cost of pairing a new ticket: by the queue's index, and by a list scan.

N men wait who want to meet women. A woman joins, and must avoid the 50 who have waited longest: she is paired with the
51st. A man joins and is not paired, however many wait. Each pair keeps N constant.
"""

import gc
import random
from collections.abc import Iterable
from statistics import median
from time import perf_counter
from typing import Protocol
from uuid import UUID

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Gender, Profile
from matchmaker.domain.queue import Queue, select
from matchmaker.domain.ticket import MatchPreferences, Ticket, may_meet
from matchmaker.domain.timing import HOUR, Timing

AVOIDED = 50
STRANGERS = 100_000
"""Absent users that the waiting users have met; shared, so that a million users fit in memory."""
JOINS, SCAN_SECONDS = 2_000, 4.0
RULES = Timing()


class Line(Protocol):
    """Waiting users, in order."""

    def put(self, ticket: Ticket) -> None:
        """Add *ticket*."""

    def meet(self, ticket: Ticket, now: int) -> Ticket | None:
        """Return the ticket paired with *ticket*, removed from the queue; None: *ticket* waits now."""


class Rondo:
    """The queue as the matchmaker uses it."""

    def __init__(self) -> None:
        self._queue = Queue()
        self.put = self._queue.add

    def meet(self, ticket: Ticket, now: int) -> Ticket | None:
        """Check the heads of the compatible lines."""
        chosen = select(self._queue.candidates(ticket, now=now), now=now, rules=RULES)
        if chosen is None:
            self._queue.add(ticket)
        else:
            self._queue.discard(chosen)
        return chosen


class Scan:
    """One list, scanned from the front."""

    def __init__(self) -> None:
        self._waiting: list[Ticket] = []
        self.put = self._waiting.append

    def meet(self, ticket: Ticket, now: int) -> Ticket | None:
        """Scan all tickets in order."""
        for place, other in enumerate(self._waiting):
            if may_meet(ticket, other, now):
                return self._waiting.pop(place)
        self._waiting.append(ticket)
        return None


def measure(waiting: Iterable[int], seed: int) -> dict[str, float]:
    """Return seconds per join, for each number of waiting users."""
    figures: dict[str, float] = {}
    for count in waiting:
        for name, line in (("queue", Rondo()), ("scan", Scan())):
            found, unmatched = _joins(line, count, random.Random(seed))
            figures |= {f"{name}_found_s_{count}": found, f"{name}_nobody_s_{count}": unmatched}
    return figures


def _joins(line: Line, count: int, dice: random.Random) -> tuple[float, float]:
    """Return the seconds of a join that is paired, and of one that is not; medians, because other processes run too."""
    strangers = [_someone(dice) for _ in range(STRANGERS)]
    men = [_ticket(_someone(dice), "male", at, _sample(dice, strangers)) for at in range(count)]
    for man in men:
        line.put(man)
    # The head stays there: the next ones are paired in turn.
    head = [man.user for man in men[:AVOIDED]]
    newcomers = [
        (
            _ticket(_someone(dice), "female", count, head),
            _ticket(_someone(dice), "male", count + number, _sample(dice, strangers)),
        )
        for number in range(min(JOINS, count - AVOIDED))
    ]
    gc.collect()
    gc.freeze()
    found: list[float] = []
    unmatched: list[float] = []
    began = perf_counter()
    for woman, man in newcomers:
        start = perf_counter()
        met = line.meet(woman, count)
        between = perf_counter()
        alone = line.meet(man, count)
        end = perf_counter()
        if met is None or met.user in head or alone is not None:
            raise AssertionError("the wrong people met")
        found.append(between - start)
        unmatched.append(end - between)
        if end - began > SCAN_SECONDS:
            break
    gc.unfreeze()
    return median(found), median(unmatched)


def _ticket(user: UserId, gender: Gender, joined_at: int, avoid: Iterable[UserId]) -> Ticket:
    want: Gender = "female" if gender == "male" else "male"
    return Ticket(
        profile=Profile(user_id=user, display_name="Somebody", gender=gender),
        wish=MatchPreferences(auto_accept=True, want=frozenset((want,))),
        joined_at=joined_at,
        avoid=dict.fromkeys(avoid, joined_at + 24 * HOUR),
    )


def _sample(dice: random.Random, strangers: list[UserId]) -> list[UserId]:
    start = dice.randrange(STRANGERS - AVOIDED)
    return strangers[start : start + AVOIDED]


def _someone(dice: random.Random) -> UserId:
    return UserId(str(UUID(int=dice.getrandbits(128), version=4)))
