"""The list of nodes: one at a time sees to a dead one, and another begins again if that one dies as well."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from matchmaker.bus_redis import RedisBus
from matchmaker.pipe_redis import Pipe
from matchmaker.ticket import Wish
from server.membership import Membership
from server.membership_redis import RedisRoll
from tests.journeys.conftest import SHORT, Cast
from tests.journeys.person import Person, meet
from tests.journeys.service import Service
from tests.nodes.fleet import Fleet
from tests.nodes.twins import Twin, Twins
from tests.rules.cast import ADA
from tests.valkey import Valkey


@pytest.fixture
async def rolls() -> AsyncIterator[tuple[RedisRoll, RedisRoll]]:
    async with AsyncExitStack() as stack:
        server = Valkey().start()
        stack.callback(server.stop)
        found = []
        for name in ("east", "west"):
            pipe = Pipe(server.url, name=name)
            bus = RedisBus(pipe, name)
            await pipe.open()
            stack.push_async_callback(pipe.close)
            found.append(RedisRoll(pipe, bus))
        yield found[0], found[1]


async def test_everybody_sees_the_same_list(rolls: tuple[RedisRoll, RedisRoll]) -> None:
    east, west = rolls
    assert (await east.beat()).was_known is False
    beat = await west.beat()
    assert set(beat.nodes) == {"east", "west"}
    assert (await east.beat()).was_known is True
    await west.forget("east")
    assert set((await west.beat()).nodes) == {"west"}
    assert (await east.beat()).was_known is False, "it learns that it was taken for dead"


async def test_one_sees_to_a_dead_node_and_another_if_it_dies_too(rolls: tuple[RedisRoll, RedisRoll]) -> None:
    east, west = rolls
    assert await east.claim("north", for_ms=300)
    assert not await west.claim("north", for_ms=300)
    assert await east.claim("north", for_ms=300), "it goes on with what it has begun"
    until = time.monotonic() + 5
    while not await west.claim("north", for_ms=300):
        assert time.monotonic() < until
        await asyncio.sleep(0.02)
    assert not await east.claim("north", for_ms=300)


async def test_who_listens_is_known_at_once(rolls: tuple[RedisRoll, RedisRoll]) -> None:
    east, _ = rolls
    assert await east.is_listening("west")
    assert not await east.is_listening("north")


async def member(twin: Twin) -> Membership:
    """Let *twin* be one of the nodes."""

    async def lives(_: str) -> bool:
        return False

    roll = RedisRoll(twin.pipe, twin.bus, pool=twin.engine._pool)
    membership = Membership(roll, twin.name, engine=twin.engine, matchmaker=twin.mm)
    await membership.join(lives=lives)
    await membership.begin()
    return membership


async def missed_within(twins: Twins, seconds: float) -> bool:
    """Tell whether Ada, whom nobody has any more, is away in time."""
    until = time.monotonic() + seconds
    while (await twins.two.seat(ADA)).connected:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.05)
    return True


async def test_a_node_that_dies_before_an_emptied_redis_has_heard_it_is_known_by_its_people(
    shaken: Twins, bad_redis: Valkey
) -> None:
    twins = shaken
    one, two = await member(twins.one), await member(twins.two)
    await twins.one.wait(ADA, Wish(mode="text"))
    assert one._beating is not None
    one._beating.cancel()
    await asyncio.gather(one._beating, return_exceptions=True)
    bad_redis.ask("FLUSHALL")
    for twin in twins.alive:
        twin.engine._interrupted()
    await twins.rest()
    assert (await twins.two.seat(ADA)).is_waiting, "put back by her node, which has not said that it lives"
    await twins.kill(twins.one)
    assert await missed_within(twins, 15)
    await two.leave()


async def test_who_was_left_behind_by_a_node_that_has_ended_is_seen_to(shaken: Twins, bad_redis: Valkey) -> None:
    twins = shaken
    one, two = await member(twins.one), await member(twins.two)
    await twins.one.wait(ADA, Wish(mode="text"))
    await one.leave()  # Redis was away when it was to be noted that Ada has gone
    await twins.kill(twins.one)
    assert await missed_within(twins, 15)
    assert two.claimed == 0, "it has not died"
    roll = RedisRoll(twins.two.pipe, twins.two.bus, pool=twins.two.engine._pool)
    assert set((await roll.beat()).nodes) == {"two"}
    await two.leave()


@pytest.mark.settings(RONDO_TEXT_GRACE_S=8, RONDO_TORCH_IDLE_S=60)
async def test_two_nodes_die_one_after_the_other(service: Fleet, cast: Cast, tmp_path: Path) -> None:
    settings = SHORT | {"RONDO_TEXT_GRACE_S": 8, "RONDO_TORCH_IDLE_S": 60, "REDIS_URL": service.redis.url}
    third = Service(service.dsn, tmp_path, **settings)
    await third.start()
    try:
        pairs = []
        for _ in range(4):
            lost, left = await cast(), await cast(connect=False)
            left.base = third.base
            await left.connect()
            pairs.append((lost, left, (await meet(lost, left))["room_id"]))
        bases = {lost.base for lost, _, _ in pairs}
        assert len(bases) == 1, "every second person is cast for the third node"
        dead = next(node for node in service.nodes if node.base in bases)
        other = next(node for node in service.nodes if node is not dead)
        await dead.kill()
        await asyncio.sleep(1.6)  # just when the others notice
        await other.kill()
        for _, left, room in pairs:
            await left.hear("room.peer_away", room_id=room)
        for lost, left, room in pairs:
            await lost.hang_up()
            lost.base = third.base
            assert (await lost.connect())["state"]["room"]["room_id"] == room
            await left.hear("room.peer_back")
    finally:
        await service.start()
        for lost, left, _ in pairs:
            left.base = service.nodes[0].base
            lost.base = service.nodes[0].base
        await third.stop()


@pytest.mark.settings(RONDO_GRACE_S=5, RONDO_TEXT_GRACE_S=5)
async def test_of_nodes_that_start_together_one_takes_the_rooms_over(service: Fleet, ada: Person, bob: Person) -> None:
    await meet(ada, bob)
    await service.kill()
    for person in (ada, bob):
        await person.hang_up()
    await service.start()
    taken = [[line["rooms"] for line in node.log if line.get("event") == "listening"][-1] for node in service.nodes]
    assert sorted(taken) == [0, 1]
