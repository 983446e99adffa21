"""Group commit, with a store that is controlled by the test."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from matchmaker.domain.errors import Unavailable, VersionConflict
from server.db.group_commit import CALLBACKS_AT_ONCE, LOCKED_MAX, GroupCommitter
from server.db.pool import ConnectionLost, LockTimeout


class RecordingStore:
    """A store that records its groups, and completes one when the test does."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails: Callable[[Sequence[str]], BaseException | None] = lambda items: None

    async def store(self, items: Sequence[str]) -> list[str | Exception]:
        self.groups.append(list(items))
        await self.gate.wait()
        if error := self.fails(items):
            raise error
        return [VersionConflict(item) if item.startswith("!") else item.upper() for item in items]


async def soon(*things: asyncio.Future[str]) -> list[str | BaseException]:
    return await asyncio.gather(*things, return_exceptions=True)


@pytest.fixture
def store() -> RecordingStore:
    return RecordingStore()


@pytest.fixture
def batch(store: RecordingStore) -> GroupCommitter[str, str]:
    return GroupCommitter("test", store.store)


def submit(batch: GroupCommitter[str, str], *items: str) -> list[asyncio.Task[str]]:
    return [asyncio.ensure_future(batch.submit(item)) for item in items]


async def test_first_item_is_committed_immediately_and_alone(
    batch: GroupCommitter[str, str], store: RecordingStore
) -> None:
    assert await batch.submit("a") == "A"
    assert await batch.submit("b") == "B"
    assert store.groups == [["a"], ["b"]]


async def test_items_during_a_commit_form_the_next_group(
    batch: GroupCommitter[str, str], store: RecordingStore
) -> None:
    store.gate.clear()
    first = submit(batch, "a")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    rest = submit(batch, *"bcd")
    await asyncio.sleep(0)
    store.gate.set()
    assert await soon(*first, *rest) == ["A", "B", "C", "D"]
    assert store.groups == [["a"], ["b", "c", "d"]]


async def test_group_after_a_group_of_several_collects_until_its_time(store: RecordingStore) -> None:
    batch = GroupCommitter("test", store.store, pace_s=1.0)
    assert await soon(*submit(batch, *"ab")) == ["A", "B"]
    third = submit(batch, "c")
    for _ in range(10):
        await asyncio.sleep(0)
    assert await soon(*third, *submit(batch, "d")) == ["C", "D"]
    assert store.groups == [["a", "b"], ["c", "d"]]


async def test_single_items_do_not_wait_for_each_other(store: RecordingStore) -> None:
    batch = GroupCommitter("test", store.store, pace_s=60.0)
    async with asyncio.timeout(10):
        assert [await batch.submit(item) for item in "abc"] == ["A", "B", "C"]
    assert store.groups == [["a"], ["b"], ["c"]]


async def test_group_size_is_bounded(store: RecordingStore) -> None:
    batch = GroupCommitter("test", store.store, limit=2)
    assert await soon(*submit(batch, *"abcde")) == list("ABCDE")
    assert store.groups == [["a", "b"], ["c", "d"], ["e"]]


async def test_items_with_the_same_key_keep_their_order(store: RecordingStore) -> None:
    batch = GroupCommitter("test", store.store, keys=lambda item: item[:-1])
    # ab2 waits for a1, and b3 for ab2: else it would overtake.
    assert await soon(*submit(batch, "a1", "ab2", "b3", "c4", "a5")) == ["A1", "AB2", "B3", "C4", "A5"]
    assert store.groups == [["a1", "c4"], ["ab2"], ["b3", "a5"]]


async def test_each_item_has_its_result(batch: GroupCommitter[str, str]) -> None:
    answers = await soon(*submit(batch, "a", "!b", "c"))
    assert [answers[0], answers[2]] == ["A", "C"]
    assert isinstance(answers[1], VersionConflict)


async def test_only_the_failing_item_fails(batch: GroupCommitter[str, str], store: RecordingStore) -> None:
    store.fails = lambda items: ValueError("bad") if "bad" in items else None
    answers = await soon(*submit(batch, "a", "bad", "c"))
    assert [answers[0], answers[2]] == ["A", "C"]
    assert isinstance(answers[1], ValueError)
    assert store.groups == [["a", "bad", "c"], ["a"], ["bad"], ["c"]]


async def test_single_refusal_is_committed_twice(batch: GroupCommitter[str, str], store: RecordingStore) -> None:
    """What another node stored at the same moment can be seen the second time."""
    store.fails = lambda items: ValueError("raced") if len(store.groups) == 1 else None
    assert await batch.submit("a") == "A"


async def test_only_the_locked_item_is_refused(batch: GroupCommitter[str, str], store: RecordingStore) -> None:
    store.fails = lambda items: LockTimeout() if "locked" in items else None
    answers = await soon(*submit(batch, "a", "locked", "c"))
    assert [answers[0], answers[2]] == ["A", "C"]
    assert isinstance(answers[1], Unavailable)


async def test_locked_table_refuses_the_rest_of_the_group(
    batch: GroupCommitter[str, str], store: RecordingStore
) -> None:
    store.fails = lambda items: LockTimeout()
    items = [str(n) for n in range(10 * LOCKED_MAX)]
    answers = await soon(*submit(batch, *items))
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert store.groups == [items, *([item] for item in items[:LOCKED_MAX])]


async def test_lock_of_the_lost_attempt_keeps_the_queue(store: RecordingStore) -> None:
    other = RecordingStore()
    batch = GroupCommitter("test", store.store, again=other.store)
    store.fails = lambda items: ConnectionLost() if items == ["a"] else None
    other.fails = lambda items: LockTimeout() if len(other.groups) < 3 else None
    store.gate.clear()
    first = submit(batch, "a")
    await asyncio.sleep(0.001)
    later = submit(batch, "b")
    store.gate.set()
    assert await soon(*first, *later) == ["A", "B"]


async def test_all_waiting_items_get_the_store_error(batch: GroupCommitter[str, str], store: RecordingStore) -> None:
    store.fails = lambda items: Unavailable()
    store.gate.clear()
    first = submit(batch, "a")
    await asyncio.sleep(0.001)
    rest = submit(batch, "b", "c")
    await asyncio.sleep(0.001)
    store.gate.set()
    answers = await soon(*first, *rest)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert len({id(answer) for answer in answers}) == 3
    assert store.groups == [["a"]]
    store.fails = lambda items: None
    assert await batch.submit("d") == "D"


async def test_lost_answer_is_resolved(store: RecordingStore) -> None:
    other = RecordingStore()
    batch = GroupCommitter("test", store.store, again=other.store)
    store.fails = lambda items: ConnectionLost()
    other.fails = lambda items: Unavailable() if len(other.groups) < 3 else None
    assert await soon(*submit(batch, "a", "b")) == ["A", "B"]
    assert store.groups == [["a", "b"]]
    assert other.groups == [["a", "b"]] * 3


async def test_unresolved_answer_is_in_doubt(store: RecordingStore) -> None:
    doubts: list[str] = []
    batch = GroupCommitter("test", store.store, on_doubt=doubts.extend, doubt_s=0.15)
    store.fails = lambda items: ConnectionLost()
    task = submit(batch, "a", "b")
    await asyncio.sleep(0.05)
    late = submit(batch, "c")
    answers = await soon(*task, *late)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert doubts == ["a", "b"]  # of c nothing was sent
    assert ["c"] not in store.groups


async def test_item_cancelled_before_its_turn_is_not_committed(
    batch: GroupCommitter[str, str], store: RecordingStore
) -> None:
    store.gate.clear()
    first = submit(batch, "a")
    await asyncio.sleep(0.001)
    cancelled, stays = submit(batch, "b", "c")
    await asyncio.sleep(0)
    cancelled.cancel()
    store.gate.set()
    assert await soon(*first, stays) == ["A", "C"]
    assert store.groups == [["a"], ["c"]]


async def test_item_cancelled_during_its_commit_affects_no_other(
    batch: GroupCommitter[str, str], store: RecordingStore
) -> None:
    store.gate.clear()
    cancelled, stays = submit(batch, "a", "b")
    await asyncio.sleep(0.001)
    cancelled.cancel()
    await asyncio.sleep(0)
    store.gate.set()
    assert await stays == "B"
    assert cancelled.cancelled()


async def test_callback_that_raises_affects_no_other(store: RecordingStore) -> None:
    faults: list[Exception] = []
    batch: GroupCommitter[str, str] = GroupCommitter("test", store.store, on_fault=faults.append)
    broken = ValueError("broken")

    def raise_it(result: str | None, error: Exception | None) -> None:
        raise broken

    batch.post("a", raise_it)
    first = submit(batch, "b")
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the group is being stored
    later = submit(batch, "c")
    async with asyncio.timeout(10):
        assert await soon(*first, *later) == ["B", "C"]
    store.fails = lambda items: Unavailable()
    batch.post("d", raise_it)
    assert [type(answer) for answer in await soon(*submit(batch, "e"))] == [Unavailable]
    assert faults == [broken, broken]


async def test_callbacks_of_a_big_group_leave_turns_to_others(store: RecordingStore) -> None:
    order: list[str] = []
    batch: GroupCommitter[str, str] = GroupCommitter("test", store.store)
    loop = asyncio.get_running_loop()

    def done(result: str, error: Exception | None) -> None:
        if not order:
            loop.call_soon(order.append, "other")
        order.append(result)

    names = [f"{number:03}" for number in range(CALLBACKS_AT_ONCE * 2)]
    for name in names:
        batch.post(name, done)
    await batch.close()
    assert order[CALLBACKS_AT_ONCE - 1] == "other"
    assert [name for name in order if name != "other"] == names


async def test_close_waits_for_the_queue(batch: GroupCommitter[str, str], store: RecordingStore) -> None:
    tasks = submit(batch, *"abc")
    await asyncio.sleep(0)
    await batch.close()
    assert [task.result() for task in tasks] == ["A", "B", "C"]
    await batch.close()


async def test_commits_are_counted(store: RecordingStore) -> None:
    seen: list[tuple[str, int]] = []
    batch = GroupCommitter("test", store.store, on_commit=lambda name, size, seconds: seen.append((name, size)))
    await soon(*submit(batch, "a", "b"))
    assert seen == [("test", 2)]


async def test_kinds_of_a_group_are_counted_separately(store: RecordingStore) -> None:
    seen: list[tuple[str, int]] = []
    batch = GroupCommitter(
        "test",
        store.store,
        kind=lambda item: "vowel" if item in "aeiou" else "consonant",
        on_commit=lambda name, size, seconds: seen.append((name, size)),
    )
    await soon(*submit(batch, *"abce"))
    assert seen == [("vowel", 2), ("consonant", 2)]
