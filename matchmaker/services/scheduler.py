"""The deadline scheduler: one armed timer that runs whatever is due, in order of the deadlines."""

import asyncio
from collections.abc import Awaitable, Callable
from heapq import heapify, heappop, heappush
from typing import Literal

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable

Kind = Literal[
    "expiry",
    "matching",
    "invite",
    "room",
    "sync_presence",
    "mirror",
    "presence",
]
Key = tuple[Kind, str]
Act = Callable[[Key], Awaitable[None] | None]
"""Runs what is due; returns an awaitable if it has to wait."""

RETRY_MS = 250
"""Delay before a deadline is retried whose result could not be stored."""
FAULT_RETRY_MS = 5_000
"""Delay before a deadline that failed unexpectedly is retried: a room whose timer is lost would never end."""


class DeadlineScheduler:
    """Holds the deadline of each key. A later call for the same key replaces the earlier one."""

    def __init__(
        self,
        clock: Clock,
        act: Act,
        *,
        on_fault: Callable[[Key, BaseException], None],
        on_late: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._act = act
        self._on_fault = on_fault
        self._on_late = on_late
        self._due: dict[Key, int] = {}
        self._heap: list[tuple[int, Key]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._armed_at: int | None = None
        self._acting: set[asyncio.Task[None]] = set()
        self._armed = True
        self._closed = False

    def disarm(self) -> None:
        """Disable the timer: the test that moves the clock calls `run_due`."""
        self._armed = False

    def schedule(self, key: Key, deadline: int | None) -> None:
        """Schedule *key* at *deadline* (Unix milliseconds); None cancels it."""
        if deadline is None:
            self._due.pop(key, None)
            return
        if self._due.get(key) == deadline:
            return
        self._due[key] = deadline
        heappush(self._heap, (deadline, key))
        if len(self._heap) > 64 and len(self._heap) > 4 * len(self._due):
            # Mostly superseded entries: keep the heap in proportion to the live ones.
            self._heap = [(at, key) for key, at in self._due.items()]
            heapify(self._heap)
        self._arm()

    def __len__(self) -> int:
        return len(self._due)

    @property
    def next(self) -> int | None:
        """The next deadline (Unix milliseconds); None: there is none."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self) -> list[Key]:
        """Remove and return what is due now, earliest first."""
        now = self._clock.now()
        due: list[Key] = []
        while (at := self.next) is not None and at <= now:
            _, key = heappop(self._heap)
            del self._due[key]
            due.append(key)
        return due

    async def run_due(self) -> None:
        """Run everything that is due now, one after the other."""
        for key in self.pop_due():
            work = self._begin(key)
            if work is not None:
                await self._finish(key, work)

    async def close(self) -> None:
        """Cancel all deadlines, and wait for those that are running."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)

    def _arm(self) -> None:
        at = self.next
        if (
            self._closed
            or not self._armed
            or at is None
            or (self._timer is not None and self._armed_at is not None and self._armed_at <= at)
        ):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_at = at
        # Not a millisecond early: the clock has whole milliseconds, and the timer would fire in vain.
        delay = max(0, at - self._clock.now()) / 1_000
        self._timer = asyncio.get_running_loop().call_later(delay, self._fire)

    def _fire(self) -> None:
        self._timer = None
        self._armed_at = None
        at, now = self.next, self._clock.now()
        if at is not None and at <= now:
            self._on_late(now - at)
        self.start_due()
        self._arm()

    def start_due(self) -> None:
        """Start everything that is due now, in the next iteration of the loop: a stall of the process, which moves
        deadlines, is noticed in this one.
        """
        loop = asyncio.get_running_loop()
        for key in self.pop_due():
            loop.call_soon(self._start, key)

    def _start(self, key: Key) -> None:
        work = None if self._closed else self._begin(key)
        if work is not None:
            # Each in its own task: one that waits must not delay another.
            self.keep(asyncio.ensure_future(self._finish(key, work)))

    def keep(self, task: "asyncio.Task[None]") -> None:
        """Await *task* in `close`."""
        self._acting.add(task)
        task.add_done_callback(self._acting.discard)

    def _begin(self, key: Key) -> Awaitable[None] | None:
        try:
            return self._act(key)
        except Exception as fault:  # noqa: BLE001 - one thing that goes wrong must not stop the clock for all others
            self.fail(key, fault)
            return None

    async def _finish(self, key: Key, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as fault:  # noqa: BLE001 - as above
            self.fail(key, fault)

    def fail(self, key: Key, fault: Exception) -> None:
        """Retry *key* later, after *fault*."""
        if isinstance(fault, Unavailable):
            self._again(key, RETRY_MS)
        else:
            self._on_fault(key, fault)
            self._again(key, FAULT_RETRY_MS)

    def _again(self, key: Key, in_ms: int) -> None:
        # It may have been rescheduled in between; the earlier of the two instants is safe.
        at = self._clock.now() + in_ms
        self.schedule(key, min(at, self._due.get(key, at)))
