"""Settings that nodes on one Redis must share; a second node that differs fails to start, with one line."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from server.cluster.ports.node_records import NodeRecord, differences, objection
from server.drill.servers.host import NotStarted
from tests.journeys.conftest import SHORT
from tests.support.service import Service
from tests.support.valkey import Valkey

CARD = NodeRecord(
    name="east",
    version="1",
    database="a",
    key="a",
    rules={"RONDO_GRACE_S": "10", "RONDO_AGE_BANDS": "18,25"},
    mixes_rules=False,
)

Make = Callable[..., Service]


def _other(**changes: Any) -> NodeRecord:
    return msgspec.structs.replace(CARD, name="west", **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"database": "b"}, "DATABASE_URL is another database than node west"),
        ({"key": "b"}, "RONDO_SECRET is another one than node west"),
        ({"ahead_ms": 501.0}, "the clock of this machine is 0.5 s behind that of node west"),
        ({"ahead_ms": -501.0}, "the clock of this machine is 0.5 s ahead of that of node west"),
        ({"rules": {"RONDO_GRACE_S": "5"}}, "RONDO_GRACE_S is 10 here and 5 at node west"),
        ({"rules": {"RONDO_AGE_BANDS": ""}}, "RONDO_AGE_BANDS is 18,25 here and empty at node west"),
    ],
)
def test_differences_that_are_refused_are_named(changes: dict[str, Any], words: str) -> None:
    why = objection(CARD, _other(**changes), tolerance_s=0.5)
    assert why is not None
    assert why.startswith(words)
    assert objection(CARD, _other(**changes, is_draining=True), tolerance_s=0.5) is None


@pytest.mark.parametrize("ahead_ms", [-500.0, 500.0])
def test_clocks_may_differ_by_the_tolerance(ahead_ms: float) -> None:
    assert objection(CARD, _other(ahead_ms=ahead_ms), tolerance_s=0.5) is None
    assert objection(CARD, _other(ahead_ms=1.1 * ahead_ms), tolerance_s=0.5, give_ms=51) is None


@pytest.mark.parametrize("changes", [{"version": "2"}, {"mixes_rules": True}])
def test_rules_may_differ_during_a_rollout(changes: dict[str, Any]) -> None:
    other = _other(rules={"RONDO_GRACE_S": "5", "RONDO_NEW": "1"}, **changes)
    assert objection(CARD, other, tolerance_s=0.5) is None
    assert differences(CARD, other) == ["RONDO_GRACE_S is 10 here and 5 at node west"]
    assert objection(CARD, _other(database="b", **changes), tolerance_s=0.5) is not None


@pytest.fixture
async def make(database: str, bad_redis: Valkey, tmp_path: Path) -> AsyncIterator[Make]:
    """Return what makes a node, not yet started, over one Redis and, unless told otherwise, one database."""
    made: list[Service] = []

    def one(name: str, dsn: str = database, **settings: Any) -> Service:
        told = SHORT | {"REDIS_URL": bad_redis.url, "RONDO_NODE": name, "RONDO_DRAIN_NOTICE_S": 0} | settings
        made.append(Service(dsn, tmp_path / secrets.token_hex(3), **told))
        return made[-1]

    yield one
    for service in made:
        if service.is_running:
            await service.kill()


def _cards(redis: Valkey) -> list[tuple[str, NodeRecord]]:
    """Return node and card of each process that shows one."""
    nodes = [node.decode() for node in redis.ask("HKEYS", "{rondo}:cards")]
    cards = [redis.ask("HGET", "{rondo}:cards", node) for node in nodes]
    return [(node, msgspec.json.decode(card, type=NodeRecord)) for node, card in zip(nodes, cards, strict=True)]


async def _refusal(service: Service) -> str:
    """Start it, and return the one line with which it ends."""
    with pytest.raises(NotStarted):
        await service.start()
    assert await service.gone() == 1
    [line] = [line["event"] for line in service.log if line["event"].startswith("rondo: ")]
    return str(line).removeprefix("rondo: ")


async def test_another_database_is_refused(make: Make, database: str, blank_database: str) -> None:
    await make("east").start()
    assert (await _refusal(make("west", blank_database))).startswith("DATABASE_URL is another database than node east")


async def test_same_database_by_another_url_is_accepted(make: Make, database: str) -> None:
    await make("east").start()
    await make("west", f"{database}{'&' if '?' in database else '?'}application_name=west").start()


async def test_another_key_or_rules_are_refused_until_the_first_node_left(make: Make) -> None:
    secret = secrets.token_urlsafe(32)
    first, other_key, other_rules = (
        make("east"),
        make("west", RONDO_SECRET=secret),
        make("north", RONDO_GRACE_S=3, RONDO_ACCESS="invite_only"),
    )
    await first.start()
    by_key, by_rules = await asyncio.gather(_refusal(other_key), _refusal(other_rules))
    assert by_key.startswith("RONDO_SECRET is another one than node east")
    assert secret not in by_key
    assert "RONDO_GRACE_S is 3 here and 1 at node east" in by_rules
    assert "RONDO_ACCESS is invite_only here and open at node east" in by_rules
    rolled_out = make("south", RONDO_GRACE_S=3, RONDO_MIXED_RULES="on")
    await rolled_out.start()
    [warning] = [line for line in rolled_out.log if line["event"] == "node_rules_differ"]
    assert (warning["other_node"], warning["differing"]) == ("east", ["RONDO_GRACE_S is 3 here and 1 at node east"])
    assert await first.stop() == 0
    assert await rolled_out.stop() == 0
    await other_rules.start()


async def test_clock_that_differs_from_another_node_is_refused(make: Make, bad_redis: Valkey) -> None:
    await make("east").start()
    _, card = _cards(bad_redis)[0]
    north = msgspec.structs.replace(card, name="north", ahead_ms=card.ahead_ms + 5_000)
    bad_redis.ask("HSET", "{rondo}:cards", "north.1", msgspec.json.encode(north).decode())
    bad_redis.ask("ZADD", "{rondo}:nodes", str((time.time() + 3_600) * 1_000), "north.1")
    why = await _refusal(make("west"))
    assert why.startswith("the clock of this machine is ")
    assert "s behind that of node north, more than 0.5 s (RONDO_CLOCK_TOLERANCE_S)" in why


async def test_clock_that_differs_from_the_database_is_refused(make: Make, database: str) -> None:
    connection = await asyncpg.connect(database)
    name = await connection.fetchval("SELECT current_database()")
    # Named before pg_catalog, these are found first: a database whose clock is two hours behind.
    await connection.execute(
        f"""CREATE SCHEMA slow;
            CREATE FUNCTION slow.clock_timestamp() RETURNS timestamptz LANGUAGE sql
                AS $$ SELECT pg_catalog.clock_timestamp() - interval '2 hours' $$;
            ALTER DATABASE "{name}" SET search_path = slow, pg_catalog, public"""
    )
    await connection.close()
    why = await _refusal(make("east"))
    assert why.startswith("the clock of this machine is 7,200.0 s ahead of that of the database, more than 0.5 s")


async def test_name_is_taken_while_its_process_lives(make: Make) -> None:
    first = make("east")
    await first.start()
    assert (await _refusal(make("east"))).startswith("another process is called east and lives")
    await first.kill()
    await make("east").start()


async def test_port_is_taken_while_its_process_lives(make: Make) -> None:
    first, second = make("east"), make("west")
    second.port = first.port
    await first.start()
    assert (await _refusal(second)).startswith(f"port {first.port} is taken")
    await first.kill()
    await second.start()


async def test_successor_gets_the_name_and_keeps_it(make: Make, bad_redis: Valkey) -> None:
    first = make("east")
    await first.start()
    second = make("east", RONDO_TAKE_OVER="on")
    second.port = first.port
    await second.start()
    assert [card.name for _, card in _cards(bad_redis)] == ["east", "east"]
    assert await first.stop() == 0
    [(_, left)] = _cards(bad_redis)
    assert left.name == "east"


async def test_start_waits_for_redis_unless_it_refuses_the_password(make: Make, bad_redis: Valkey) -> None:
    bad_redis.ask("CONFIG", "SET", "requirepass", "secret")
    assert "(Redis refuses the user or password of REDIS_URL)" in await _refusal(make("east"))
    bad_redis.kill()
    node = make("east")
    starting = asyncio.create_task(node.start())
    async with asyncio.timeout(20):
        while not [line for line in node.log if line.get("event") == "redis_lost"]:  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.05)
    assert not starting.done()
    bad_redis.start()
    await starting
    assert [line["reason"] for line in node.log if line.get("event") == "redis_restored"] == ["redis_unreachable"]
