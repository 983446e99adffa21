"""Counters of the matchmaker since the start."""

from collections import Counter
from collections.abc import Callable


def _ignore(_: int) -> None:
    """Ignore an observation."""


class MatchmakerStats:
    """Counters for the metrics; no decision depends on them."""

    def __init__(self) -> None:
        self.pairs: Counter[str] = Counter()
        """Pairings by the queue, by mode."""
        self.invites: Counter[str] = Counter()
        """Invites that ended, by outcome."""
        self.rooms_opened: Counter[str] = Counter()
        """By mode."""
        self.rooms_ended: Counter[str] = Counter()
        """By reason."""
        self.on_wait: Callable[[int], None] = _ignore
        """Called with the milliseconds that a user waited until the queue paired them."""
        self.on_late: Callable[[int], None] = _ignore
        """Called with the milliseconds by which a timer fired late."""
