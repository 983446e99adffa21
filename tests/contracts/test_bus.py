"""Words between nodes: in order, together, at most once, and never without bound."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from matchmaker.bus_redis import HELD_MAX, HELD_MAX_BYTES, RedisBus
from matchmaker.errors import Unavailable
from matchmaker.pipe_redis import Pipe, Script
from matchmaker.wire_redis import Refused
from tests.valkey import Valkey


@pytest.fixture
async def nodes(redis: Valkey, pool_name: str) -> AsyncIterator[tuple[RedisBus, RedisBus, list[tuple[str, ...]]]]:
    """Two nodes, and everything that is heard: by whom, from whom, what."""
    heard: list[tuple[str, ...]] = []
    pipes, buses = [], []
    for name in ("one", "two"):
        pipe = Pipe(redis.url)
        bus = RedisBus(pipe, name, pool=pool_name, beat_s=0.02)
        bus.on("word", lambda sender, body, name=name: heard.append((name, sender, body.decode())))  # type: ignore[misc]
        await pipe.open()
        await bus.open()
        pipes.append(pipe)
        buses.append(bus)
    yield buses[0], buses[1], heard
    for bus, pipe in zip(buses, pipes, strict=True):
        await bus.close()
        await pipe.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - words come in by a plain call
            await asyncio.sleep(0.001)


async def test_words_arrive_in_order_and_a_turn_of_them_together(
    nodes: tuple[RedisBus, RedisBus, list[tuple[str, ...]]],
) -> None:
    one, two, heard = nodes
    said = one.said
    for n in range(100):
        one.send("two", "word", str(n).encode())
    one.send("two", "unknown", b"nobody takes this")
    await until(lambda: len(heard) == 100)
    assert heard == [("two", "one", str(n)) for n in range(100)]
    assert one.said - said <= 2, "one message, and perhaps a heartbeat"
    two.send("two", "word", b"to myself")
    two.broadcast("word", b"to all others")
    await until(lambda: len(heard) == 102)
    assert sorted(heard[100:]) == [("one", "two", "to all others"), ("two", "two", "to myself")]


async def test_what_nobody_has_heard_comes_back(nodes: tuple[RedisBus, RedisBus, list[tuple[str, ...]]]) -> None:
    one, _, heard = nodes
    one.on_unheard("word", lambda node, body: heard.append(("back", node, body.decode())))
    for n in range(3):
        one.send("three", "word", str(n).encode())
        one.send("three", "unknown", b"nobody misses this")
    one.send("two", "word", b"heard")
    await until(lambda: len(heard) == 4)
    assert [word for word in heard if word[0] == "back"] == [("back", "three", str(n)) for n in range(3)]


async def test_a_handler_that_fails_harms_nobody_else(nodes: tuple[RedisBus, RedisBus, list[tuple[str, ...]]]) -> None:
    one, two, heard = nodes
    faults: list[BaseException] = []
    two.on_fault = faults.append
    two.on("broken", lambda _, body: heard.append((body.decode("ascii"),)))
    one.send("two", "broken", b"\xff")
    one.send("two", "word", b"after it")
    await until(lambda: bool(heard))
    assert [type(fault) for fault in faults] == [UnicodeDecodeError]


async def test_while_redis_is_away_the_oldest_light_words_give_way(pool_name: str) -> None:
    bus = RedisBus(Pipe("redis://127.0.0.1:1"), "one", pool=pool_name)
    bus.send("two", "word", b"offer")
    for n in range(HELD_MAX):
        bus.send("two", "word", b"%d" % n, light=True)
    bus.send("two", "word", b"answer")
    held = [part for _, _, part in bus._held]
    assert len(held) == HELD_MAX
    assert bus.dropped == 2
    assert [held[0][-5:], held[1][-1:], held[-1][-6:]] == [b"offer", b"2", b"answer"]
    bus.send("two", "word", bytes(HELD_MAX_BYTES - 100))
    assert len(bus._held) < 10, "in need, the others too"


async def test_a_command_that_cannot_be_done_is_refused_and_the_next_one_is_done(redis: Valkey, pool_name: str) -> None:
    pipe = Pipe(redis.url)
    with pytest.raises(Unavailable):
        await pipe.call("PING")
    await pipe.open()
    answers = await asyncio.gather(
        pipe.call("SET", pool_name, 1),
        pipe.call("HGET", pool_name, "a"),
        pipe.run(Script("return redis.call('INCRBY', KEYS[1], ARGV[1])"), 41, key=pool_name),
        pipe.run(Script("return {1, 'two', false}"), key=pool_name),
        pipe.call("GET", f"{pool_name}:nothing"),
        return_exceptions=True,
    )
    assert isinstance(answers.pop(1), Refused)
    assert answers == [b"OK", 42, [1, b"two", None], None]
    await pipe.close()
    with pytest.raises(Unavailable):
        await pipe.call("PING")


async def test_redis_is_not_blamed_while_we_ourselves_are_held_up(redis: Valkey) -> None:
    pipe = Pipe(redis.url, patience_s=0.3)
    await pipe.open()
    asked = asyncio.ensure_future(pipe.call("PING"))
    await asyncio.sleep(0)
    time.sleep(0.6)  # as a collection of garbage may do
    assert pipe.is_up
    assert await asked == b"PONG"
    await pipe.close()


async def test_nobody_answers_there() -> None:
    with pytest.raises(Unavailable):
        await Pipe("redis://127.0.0.1:1").open()
