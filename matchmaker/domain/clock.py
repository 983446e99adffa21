"""The one door to time: a steady clock for deadlines inside the process, and the wall clock of the world outside.

Deadlines of matchmaker and signaling are instants of the steady clock. What is stored, shown or compared with what
others say is an instant of the wall clock: it follows corrections, and the time for which the machine was suspended.
"""

import time
from collections.abc import Callable
from typing import Final, Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Return the instant in Unix milliseconds; only a wall clock ever returns less than before."""
        ...


class SystemClock:
    """Wall time at the start, carried on by the monotonic clock: a step of the wall clock moves no deadline."""

    def __init__(
        self, *, wall_ns: Callable[[], int] = time.time_ns, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._monotonic_ns = monotonic_ns
        self._zero = wall_ns() - monotonic_ns()

    def now(self) -> int:
        """Return the instant in Unix milliseconds; never less than a value returned before."""
        return (self._zero + self._monotonic_ns()) // 1_000_000


NOISE_MS: Final = 20
"""Two clocks cannot be read at the same instant: a smaller difference to the last look is none."""


class WallClock:
    """The time of day: a steady clock, and by how much the system's clock was ahead of it at the last look."""

    def __init__(self, steady: Clock, *, wall_ns: Callable[[], int] = time.time_ns) -> None:
        self.steady = steady
        self._wall_ns = wall_ns
        self.offset_ms = 0
        """How much is added to an instant of the steady clock."""
        self.follow_system_clock()

    def now(self) -> int:
        """Return the instant in Unix milliseconds."""
        return self.steady.now() + self.offset_ms

    def follow_system_clock(self) -> int:
        """Follow the system's clock; return by how many milliseconds it was set, 0 if it was not."""
        before = self.now()
        step_ms = self._wall_ns() // 1_000_000 - before
        # Had this process to wait for a processor in between, the two are not of the same instant.
        if abs(step_ms) < NOISE_MS or self.now() - before >= NOISE_MS:
            return 0
        self.offset_ms += step_ms
        return step_ms


class ManualClock:
    """A clock that moves only when it is told to."""

    def __init__(self, at: int = 1_800_000_000_000) -> None:
        self.at = at

    def now(self) -> int:
        """Return the instant that was set."""
        return self.at

    def now_ns(self) -> int:
        """Return the same in nanoseconds, as `time.time_ns` does."""
        return self.at * 1_000_000

    def advance(self, ms: int) -> None:
        """Let *ms* milliseconds pass."""
        self.at += ms
