import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.domain.clock import ManualClock, SystemClock
from matchmaker.domain.errors import Unavailable
from matchmaker.services.scheduler import FAULT_RETRY_MS, RETRY_MS, DeadlineScheduler, Key
from tests.support.builders import NOW

ROOM: Key = ("room", "r")
SEAT: Key = ("seat", "s")


class Desk:
    """A scheduler that the test advances, and what it ran."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.done: list[Key] = []
        self.faults: list[BaseException] = []
        self.failing: BaseException | None = None
        self.keeper = DeadlineScheduler(self.clock, self.act, on_fault=lambda _, fault: self.faults.append(fault))
        self.keeper.disarm()

    async def act(self, key: Key) -> None:
        self.done.append(key)
        if self.failing is not None:
            raise self.failing

    async def let_pass(self, ms: int) -> list[Key]:
        self.clock.advance(ms)
        self.done.clear()
        await self.keeper.run_due()
        return self.done


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_deadline_is_due_at_its_instant(desk: Desk) -> None:
    desk.keeper.schedule(ROOM, NOW + 5)
    assert desk.keeper.next == NOW + 5
    assert await desk.let_pass(4) == []
    assert await desk.let_pass(1) == [ROOM]
    assert await desk.let_pass(9) == []
    assert (desk.keeper.next, len(desk.keeper)) == (None, 0)


async def test_deadlines_run_in_order(desk: Desk) -> None:
    for n in (3, 1, 2):
        desk.keeper.schedule(("room", str(n)), NOW + n)
    assert await desk.let_pass(5) == [("room", "1"), ("room", "2"), ("room", "3")]


@pytest.mark.parametrize("then", [NOW + 9, NOW + 1, None])
async def test_later_schedule_replaces_the_earlier(desk: Desk, then: int | None) -> None:
    desk.keeper.schedule(ROOM, NOW + 5)
    desk.keeper.schedule(ROOM, then)
    assert desk.keeper.next == then
    assert await desk.let_pass(20) == ([] if then is None else [ROOM])


async def test_unstored_result_is_retried_soon(desk: Desk) -> None:
    desk.keeper.schedule(ROOM, NOW)
    desk.failing = Unavailable()
    assert await desk.let_pass(0) == [ROOM]
    assert await desk.let_pass(RETRY_MS - 1) == []
    desk.failing = None
    assert await desk.let_pass(1) == [ROOM]
    assert desk.faults == []


async def test_failing_deadline_stops_neither_others_nor_itself(desk: Desk) -> None:
    desk.keeper.schedule(ROOM, NOW)
    desk.keeper.schedule(SEAT, NOW)
    desk.failing = ValueError("a bug")
    assert sorted(await desk.let_pass(0)) == [ROOM, SEAT]
    assert desk.faults == [desk.failing, desk.failing]
    desk.failing = None
    assert sorted(await desk.let_pass(FAULT_RETRY_MS)) == [ROOM, SEAT]


async def test_retry_does_not_delay_an_earlier_deadline(desk: Desk) -> None:
    async def act(key: Key) -> None:
        desk.keeper.schedule(key, NOW + 3)
        raise Unavailable

    desk.keeper._act = act
    desk.keeper.schedule(ROOM, NOW)
    await desk.keeper.run_due()
    assert desk.keeper.next == NOW + 3


async def test_rescheduling_does_not_grow_the_heap(desk: Desk) -> None:
    for n in range(10_000):
        desk.keeper.schedule(ROOM, NOW + n)
    assert len(desk.keeper._heap) < 100


async def test_timer_fires_and_not_too_early() -> None:
    clock, fired, late = SystemClock(), asyncio.Event(), list[int]()
    at = clock.now() + 20

    async def act(key: Key) -> None:
        assert clock.now() >= at
        fired.set()

    keeper = DeadlineScheduler(clock, act, on_fault=lambda *_: None, on_late=late.append)
    keeper.schedule(SEAT, at + 60_000)
    keeper.schedule(ROOM, at)
    await asyncio.wait_for(fired.wait(), 5)
    assert late
    assert len(keeper) == 1
    await keeper.close()
    keeper.schedule(ROOM, clock.now())
    await asyncio.sleep(0)
    assert len(keeper) == 2, "closed: nothing is acted upon any more"


async def test_close_waits_for_running_work() -> None:
    gate, finished = asyncio.Event(), list[Key]()

    async def act(key: Key) -> None:
        await gate.wait()
        finished.append(key)

    clock = ManualClock(NOW)
    keeper = DeadlineScheduler(clock, act, on_fault=lambda *_: None)
    keeper.schedule(ROOM, NOW)
    keeper.start_due()
    closing = asyncio.ensure_future(keeper.close())
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
    keeper = DeadlineScheduler(clock, lambda _: asyncio.sleep(0), on_fault=lambda *_: None)
    keeper.disarm()
    known: dict[Key, int] = {}
    for name, deadline in words:
        key: Key = ("room", str(name))
        keeper.schedule(key, deadline)
        known.pop(key, None)
        if deadline is not None:
            known[key] = deadline
    assert keeper.next == min(known.values(), default=None)
    clock.at = now
    taken = keeper.pop_due()
    assert [known[key] for key in taken] == sorted(at for at in known.values() if at <= now)
    assert len(keeper) == len(known) - len(taken)
