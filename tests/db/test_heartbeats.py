"""When each process was last alive."""

import asyncio
import time

from structlog.testing import capture_logs

from matchmaker.domain.clock import ManualClock
from server.db.nodes import heartbeats
from server.db.nodes.heartbeats import NodeHeartbeat
from server.db.pool import Pool
from server.runtime.outage import LATE_S


async def test_last_heartbeat_gives_the_time_of_a_crash(pool: Pool, clock: ManualClock) -> None:
    first = NodeHeartbeat(pool, "a", clock, beat_s=0.01)
    assert await first.join() is None
    clock.advance(4_321)
    seen = clock.now()
    for _ in range(500):
        if await pool.fetchval("SELECT unix_ms(seen_at) FROM nodes") == seen:
            break
        await asyncio.sleep(0.01)
    # A crash: the heart stands still without a goodbye.
    heart, first._heart = first._heart, None
    assert heart is not None
    heart.cancel()
    clock.advance(60_000)
    second = NodeHeartbeat(pool, "b", clock)
    assert await second.join() == seen
    await second.leave()


async def test_process_of_the_same_name_is_the_previous_one(pool: Pool, clock: ManualClock) -> None:
    first = NodeHeartbeat(pool, "a", clock)
    await first.join()
    began = clock.now()
    clock.advance(1_000)
    second = NodeHeartbeat(pool, "a", clock)
    assert await second.join() == began
    for node in (first, second):
        await node.leave()


async def test_stop_is_the_last_heartbeat(pool: Pool, clock: ManualClock) -> None:
    first = NodeHeartbeat(pool, "a", clock)
    await first.join()
    clock.advance(5_000)
    for _ in range(2):
        await first.leave()
    assert await pool.fetchval("SELECT unix_ms(left_at) FROM nodes") == clock.now()
    second = NodeHeartbeat(pool, "b", clock)
    assert await second.join() == clock.now()
    await second.leave()


async def test_old_nodes_are_deleted(pool: Pool, clock: ManualClock) -> None:
    for name in ("a", "b"):
        node = NodeHeartbeat(pool, name, clock)
        await node.join()
        await node.leave()
        clock.advance(heartbeats.FORGET_MS + 1)
    assert [row[0] for row in await pool.fetch("SELECT node_id FROM nodes")] == ["b"]


async def test_heartbeat_tells_whether_another_living_node_reaches_redis(pool: Pool, clock: ManualClock) -> None:
    redis = asyncio.Event()
    redis.set()
    ours = NodeHeartbeat(pool, "a", clock, beat_s=0.01)
    other = NodeHeartbeat(pool, "b", clock, beat_s=0.01, offers_redis=redis.is_set)
    await ours.join()
    assert not await _settled(ours, expected=False)
    await other.join()
    assert await _settled(ours, expected=True)
    redis.clear()
    assert not await _settled(ours, expected=False)
    redis.set()
    assert await _settled(ours, expected=True)
    await other.leave()
    assert not await _settled(ours, expected=False)
    await ours.leave()


async def test_stall_of_the_process_is_no_outage_of_the_database(pool: Pool, clock: ManualClock) -> None:
    node = NodeHeartbeat(pool, "a", clock, beat_s=0.0, answer_s=0.1)
    await node.join()
    with capture_logs() as lines:
        for turn in range(6):
            clock.advance(1)  # heartbeats follow each other: with the second the one before has been answered
            while await pool.fetchval("SELECT unix_ms(seen_at) FROM nodes") != clock.now():
                pass
            if turn % 2:
                time.sleep(0.1 + LATE_S + 0.05)  # a heartbeat is under way
    await node.leave()
    assert lines == []


async def _settled(node: NodeHeartbeat, *, expected: bool) -> bool:
    """Return what *node* knows of the others, once it is as *expected* or five seconds have passed."""
    for _ in range(500):
        if node.others_reach_redis is expected:
            break
        await asyncio.sleep(0.01)
    return node.others_reach_redis


async def test_heartbeat_continues_after_an_unexpected_exception(pool: Pool, clock: ManualClock) -> None:
    faults: list[Exception] = []
    node = NodeHeartbeat(pool, "a", clock, beat_s=0.01, on_fault=faults.append)
    await node.join()
    await pool.execute("ALTER TABLE nodes RENAME TO absent")
    async with asyncio.timeout(10):
        while not faults:  # noqa: ASYNC110 - of another task
            await asyncio.sleep(0.01)
        await pool.execute("ALTER TABLE absent RENAME TO nodes")
        clock.advance(1_000)
        while await pool.fetchval("SELECT unix_ms(seen_at) FROM nodes") != clock.now():  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.01)
    await node.leave()
