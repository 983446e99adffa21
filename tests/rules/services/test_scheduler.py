import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.domain.clock import ManualClock, SystemClock
from matchmaker.domain.errors import Unavailable
from matchmaker.services.scheduler import FAULT_RETRY_MS, RETRY_MS, DeadlineScheduler, Key
from tests.support.builders import NOW

ROOM: Key = ("room", "r")
USER: Key = ("expiry", "s")


class SchedulerHarness:
    """A scheduler that the test advances, and what it ran."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.done: list[Key] = []
        self.faults: list[BaseException] = []
        self.failing: BaseException | None = None
        self.scheduler = DeadlineScheduler(self.clock, self.act, on_fault=lambda _, fault: self.faults.append(fault))
        self.scheduler.disarm()

    async def act(self, key: Key) -> None:
        self.done.append(key)
        if self.failing is not None:
            raise self.failing

    async def advance(self, ms: int) -> list[Key]:
        self.clock.advance(ms)
        self.done.clear()
        await self.scheduler.run_due()
        return self.done


@pytest.fixture
def harness() -> SchedulerHarness:
    return SchedulerHarness()


async def test_deadline_is_due_at_its_instant(harness: SchedulerHarness) -> None:
    harness.scheduler.schedule(ROOM, NOW + 5)
    assert harness.scheduler.next == NOW + 5
    assert await harness.advance(4) == []
    assert await harness.advance(1) == [ROOM]
    assert await harness.advance(9) == []
    assert (harness.scheduler.next, len(harness.scheduler)) == (None, 0)


async def test_deadlines_run_in_order(harness: SchedulerHarness) -> None:
    for n in (3, 1, 2):
        harness.scheduler.schedule(("room", str(n)), NOW + n)
    assert await harness.advance(5) == [("room", "1"), ("room", "2"), ("room", "3")]


@pytest.mark.parametrize("then", [NOW + 9, NOW + 1, None])
async def test_later_schedule_replaces_the_earlier(harness: SchedulerHarness, then: int | None) -> None:
    harness.scheduler.schedule(ROOM, NOW + 5)
    harness.scheduler.schedule(ROOM, then)
    assert harness.scheduler.next == then
    assert await harness.advance(20) == ([] if then is None else [ROOM])


async def test_unstored_result_is_retried_soon(harness: SchedulerHarness) -> None:
    harness.scheduler.schedule(ROOM, NOW)
    harness.failing = Unavailable()
    assert await harness.advance(0) == [ROOM]
    assert await harness.advance(RETRY_MS - 1) == []
    harness.failing = None
    assert await harness.advance(1) == [ROOM]
    assert harness.faults == []


async def test_failing_deadline_stops_neither_others_nor_itself(harness: SchedulerHarness) -> None:
    harness.scheduler.schedule(ROOM, NOW)
    harness.scheduler.schedule(USER, NOW)
    harness.failing = ValueError("a bug")
    assert set(await harness.advance(0)) == {ROOM, USER}
    assert harness.faults == [harness.failing, harness.failing]
    harness.failing = None
    assert set(await harness.advance(FAULT_RETRY_MS)) == {ROOM, USER}


async def test_retry_does_not_delay_an_earlier_deadline(harness: SchedulerHarness) -> None:
    async def act(key: Key) -> None:
        harness.scheduler.schedule(key, NOW + 3)
        raise Unavailable

    harness.scheduler._act = act
    harness.scheduler.schedule(ROOM, NOW)
    await harness.scheduler.run_due()
    assert harness.scheduler.next == NOW + 3


async def test_rescheduling_does_not_grow_the_heap(harness: SchedulerHarness) -> None:
    for n in range(10_000):
        harness.scheduler.schedule(ROOM, NOW + n)
    assert len(harness.scheduler._heap) < 100


async def test_timer_fires_and_not_too_early() -> None:
    clock, fired, late = SystemClock(), asyncio.Event(), list[int]()
    at = clock.now() + 20

    async def act(key: Key) -> None:
        assert clock.now() >= at
        fired.set()

    scheduler = DeadlineScheduler(clock, act, on_fault=lambda *_: None, on_late=late.append)
    scheduler.schedule(USER, at + 60_000)
    scheduler.schedule(ROOM, at)
    await asyncio.wait_for(fired.wait(), 5)
    assert late
    assert len(scheduler) == 1
    await scheduler.close()
    scheduler.schedule(ROOM, clock.now())
    await asyncio.sleep(0)
    assert len(scheduler) == 2, "closed: nothing is acted upon any more"


async def test_close_waits_for_running_work() -> None:
    gate, finished = asyncio.Event(), list[Key]()

    async def act(key: Key) -> None:
        await gate.wait()
        finished.append(key)

    clock = ManualClock(NOW)
    scheduler = DeadlineScheduler(clock, act, on_fault=lambda *_: None)
    scheduler.schedule(ROOM, NOW)
    scheduler.start_due()
    closing = asyncio.ensure_future(scheduler.close())
    await asyncio.sleep(0)
    assert not closing.done()
    gate.set()
    await closing
    assert finished == [ROOM]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 30))), max_size=40), st.integers(0, 30)
)
def test_scheduler_agrees_with_a_linear_search(words: list[tuple[int, int | None]], now: int) -> None:
    clock = ManualClock(0)
    scheduler = DeadlineScheduler(clock, lambda _: asyncio.sleep(0), on_fault=lambda *_: None)
    scheduler.disarm()
    known: dict[Key, int] = {}
    for name, deadline in words:
        key: Key = ("room", str(name))
        scheduler.schedule(key, deadline)
        known.pop(key, None)
        if deadline is not None:
            known[key] = deadline
    assert scheduler.next == min(known.values(), default=None)
    clock.at = now
    taken = scheduler.pop_due()
    assert [known[key] for key in taken] == sorted(at for at in known.values() if at <= now)
    assert len(scheduler) == len(known) - len(taken)
