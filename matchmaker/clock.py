"""The one door to time."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Return the instant in Unix milliseconds; never less than a value returned before."""
        ...


class SystemClock:
    """Wall time at the start, carried on by the monotonic clock: a step of the wall clock moves no deadline."""

    def __init__(self) -> None:
        self._zero = time.time_ns() - time.monotonic_ns()

    def now(self) -> int:
        """Return the instant in Unix milliseconds."""
        return (self._zero + time.monotonic_ns()) // 1_000_000


class ManualClock:
    """A clock that moves only when it is told to."""

    def __init__(self, at: int = 1_800_000_000_000) -> None:
        self.at = at

    def now(self) -> int:
        """Return the instant that was set."""
        return self.at

    def advance(self, ms: int) -> None:
        """Let *ms* milliseconds pass."""
        self.at += ms
