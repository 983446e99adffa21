"""The public count of connected users: rounded down, and cached for a minute."""

from collections.abc import Callable, Sequence

from matchmaker.domain.clock import Clock
from server.observability.live_stats import StatsSample

HELD_MS = 60_000
"""How long an answer is cached. With the rounding it hides the presence of single users."""
SHOWN_FROM = 10
"""Smaller counts are shown as 0."""


def rounded(count: int) -> int:
    """Return *count* rounded down: to tens below a hundred, to two digits above, and to 0 below `SHOWN_FROM`."""
    if count < SHOWN_FROM:
        return 0
    step: int = 10 ** max(1, len(str(count)) - 2)
    return count // step * step


class Headcount:
    """The public answer; the count is maintained by `LiveStats`, so a request runs no query."""

    def __init__(self, points: Callable[[], Sequence[StatsSample]], clock: Clock) -> None:
        self._points = points
        self._clock = clock
        self._until = 0
        self._people = 0

    def people(self) -> int:
        """Return the rounded count of connected users on all nodes, at most a minute old."""
        if (now := self._clock.now()) >= self._until:
            points = self._points()
            self._people = rounded(points[-1].connected) if points else 0
            self._until = now + HELD_MS
        return self._people
