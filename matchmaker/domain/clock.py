"""Clocks: a steady clock for deadlines inside the process, and the wall clock for everything outside it.

Deadlines of matchmaker and signaling are instants of the steady clock. What is stored, shown or compared with what
others say is an instant of the wall clock: it follows corrections, and the time for which the machine was suspended.
"""

import time
from collections.abc import Callable
from typing import Final, Protocol


class Clock(Protocol):
    """A source of instants."""

    def now(self) -> int:
        """Return the instant in Unix milliseconds; only a wall clock can return less than before."""
        ...


class SystemClock:
    """Wall time at the start, advanced by the monotonic clock: a step of the wall clock moves no deadline."""

    def __init__(
        self, *, wall_ns: Callable[[], int] = time.time_ns, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._monotonic_ns = monotonic_ns
        self._zero = wall_ns() - monotonic_ns()

    def now(self) -> int:
        """Return the instant in Unix milliseconds; never less than a value returned before."""
        return (self._zero + self._monotonic_ns()) // 1_000_000


NOISE_MS: Final = 20
"""The two clocks cannot be read at the same instant: a smaller change of their difference is ignored."""


class WallClock:
    """The wall clock: a steady clock plus the offset of the system's clock at the last `follow`."""

    def __init__(self, steady: Clock, *, wall_ns: Callable[[], int] = time.time_ns) -> None:
        self.steady = steady
        self._wall_ns = wall_ns
        self.offset_ms = 0
        """Milliseconds to add to an instant of the steady clock."""
        self.follow_system_clock()

    def now(self) -> int:
        """Return the instant in Unix milliseconds."""
        return self.steady.now() + self.offset_ms

    def follow_system_clock(self) -> int:
        """Follow the system's clock; return by how many milliseconds it was stepped, 0 if it was not."""
        before = self.now()
        step_ms = self._wall_ns() // 1_000_000 - before
        # If this process waited for a processor between the two reads, they are not of the same instant.
        if abs(step_ms) < NOISE_MS or self.now() - before >= NOISE_MS:
            return 0
        self.offset_ms += step_ms
        return step_ms


class ManualClock:
    """A clock that moves only when it is advanced."""

    def __init__(self, at: int = 1_800_000_000_000) -> None:
        self.at = at

    def now(self) -> int:
        """Return the instant that was set."""
        return self.at

    def now_ns(self) -> int:
        """Return the same instant in nanoseconds, as `time.time_ns` does."""
        return self.at * 1_000_000

    def advance(self, ms: int) -> None:
        """Advance the clock by *ms* milliseconds."""
        self.at += ms
