"""Counters of the matchmaker since the start."""

from collections import Counter, deque
from collections.abc import Callable

WAITS_MAX = 500
"""How many waits are kept; the median of so many is as good."""


def _ignore(_: int) -> None:
    """Ignore an observation."""


class MatchmakerStats:
    """Counters for the metrics; no decision depends on them."""

    def __init__(self, *, on_wait: Callable[[int], None] = _ignore, on_late: Callable[[int], None] = _ignore) -> None:
        """*on_wait* is called with the milliseconds a user waited until the queue paired them, *on_late* with those by
        which a timer fired late.
        """
        self._on_wait, self.on_late = on_wait, on_late
        self.waits: deque[int] = deque(maxlen=WAITS_MAX)
        """The latest waits, in ms; the live figures remove those that they have counted."""
        self.pairs: Counter[str] = Counter()
        """Pairings by the queue, by mode."""
        self.invites: Counter[str] = Counter()
        """Invites that ended, by outcome."""
        self.rooms_opened: Counter[str] = Counter()
        """By mode."""
        self.rooms_ended: Counter[str] = Counter()
        """By reason."""

    def note_wait(self, ms: int) -> None:
        """Note that the queue has paired a user who waited *ms*."""
        self.waits.append(ms)
        self._on_wait(ms)
