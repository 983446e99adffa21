"""Changes of nodes and of Redis: one log line each, and the metrics at that time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from tests.deploy.figures import read_values
from tests.journeys.conftest import ConnectUser
from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import World
from tests.support.client import Person, meet
from tests.support.cluster import TwoNodes

WITHIN_S = 15.0
WITHOUT_REDIS = (200, {"status": "ok", "redis": "unavailable"})


def logged(act: Callable[[World], Awaitable[None]]) -> list[dict[str, Any]]:
    """Return what the first of two nodes logs of the other while *act* runs, and in the ten seconds after."""

    async def main() -> None:
        world = World(1, nodes=2, users=0, faults_s=0, faults=())
        await asyncio.gather(*(node.opening for node in world.nodes))
        await asyncio.sleep(5)
        found.clear()
        await act(world)
        await asyncio.sleep(10)

    with capture_logs() as found:
        run(main())
    return [dict(line) for line in found if line.get("other_node", "").startswith("n1")]


def test_join_and_stop_are_logged_once() -> None:
    async def stop_and_start(world: World) -> None:
        stopped = world.nodes.pop()
        world.stores.stopped.add(stopped.name)
        world.stores.ended.add(stopped.name)
        await stopped.cluster.close()
        stopped.wires.is_alive = False
        await asyncio.sleep(5)
        world.nodes.append(world.birth("n1"))

    lines = logged(stop_and_start)
    assert [(line["event"], line["other_node"], line["nodes"]) for line in lines] == [
        ("node_left", "n1.1", 1),
        ("node_joined", "n1.2", 2),
    ]


def test_flush_of_redis_is_no_departure() -> None:
    async def flush(world: World) -> None:
        world.stores.flush()

    assert logged(flush) == []


def test_silent_node_is_lost_and_joins_when_it_is_back() -> None:
    async def freeze(world: World) -> None:
        world.nodes[1].wires.frozen_until = asyncio.get_running_loop().time() + 6

    lines = logged(freeze)
    assert [line["event"] for line in lines] == ["node_lost", "node_joined"]
    assert (lines[0]["reason"], lines[0]["users"]) == ("heartbeat_timeout", 0)
    assert 3 < lines[0]["silent_s"] < 4


def lines(service: TwoNodes, event: str) -> list[dict[str, Any]]:
    return [line for node in service.nodes for line in node.log if line.get("event") == event]


async def until(is_so: Callable[[], bool], what: str) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not is_so():  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.05)
    assert is_so(), what


async def figures(http: aiohttp.ClientSession, base: str) -> dict[tuple[str, ...], float]:
    async with http.get(base + "/metrics") as answer:
        return read_values(await answer.text())


@pytest.mark.settings(RONDO_TORCH_IDLE_S=60)
async def test_lost_node_is_logged_once_with_its_connected_users(
    service: TwoNodes, ada: Person, bob: Person, connect_user: ConnectUser
) -> None:
    cleo = await connect_user("Cleo")
    await meet(ada, bob)
    await cleo.close()  # on the node that dies, and no longer connected
    await service.nodes[0].kill()
    await until(lambda: bool(lines(service, "node_lost")), "the node is missed")
    (lost,) = lines(service, "node_lost")
    assert lost["other_node"].startswith("node0.")
    assert lost["node"] == "node1"
    assert (lost["users"], lost["reason"]) == (1, "process_ended")
    assert lost["silent_s"] >= 0
    await service.nodes[0].start()
    await until(lambda: bool(lines(service, "node_joined")), "it is back")
    assert len(lines(service, "node_lost")) == 1
    await service.nodes[0].stop()
    await until(lambda: bool(lines(service, "node_left")), "it has left")
    assert lines(service, "node_left")[0]["node"] == "node1"


async def figure(http: aiohttp.ClientSession, base: str, *key: str, equals: float) -> None:
    """Return once a sample has this value: a heartbeat may be yet to come."""
    async with asyncio.timeout(WITHIN_S):
        while (await figures(http, base)).get(key) != equals:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.1)


async def ready_without_redis(http: aiohttp.ClientSession, base: str, reason: str) -> None:
    """Return once a node knows that the other has no Redis either: then all stay ready."""
    await figure(http, base, "rondo_ready", reason, equals=1)


async def ready_answer(http: aiohttp.ClientSession, base: str) -> tuple[int, Any]:
    """Return status and body of /readyz."""
    async with http.get(base + "/readyz") as answer:
        return answer.status, await answer.json()


async def test_redis_outage_is_one_line_each_way_with_metrics(service: TwoNodes, http: aiohttp.ClientSession) -> None:
    node = service.nodes[0]
    await figure(http, node.base, "rondo_node_others", equals=1)
    service.redis.pause()
    try:
        await until(lambda: len(lines(service, "redis_lost")) == 2, "both nodes say so")
        # What was measured last was a millisecond.
        found = await figures(http, node.base)
        assert found["rondo_node_redis_seconds",] > 0.9
        assert found["rondo_node_others",] == 0
        await ready_without_redis(http, node.base, "redis_unreachable")
        await asyncio.sleep(1)
    finally:
        service.redis.go_on()
    await until(lambda: len(lines(service, "redis_restored")) == 2, "both nodes say so")
    assert [line["reason"] for line in lines(service, "redis_lost")] == ["redis_unreachable"] * 2
    assert all(line["outage_s"] > 0.9 for line in lines(service, "redis_restored"))
    await figure(http, node.base, "rondo_node_others", equals=1)
    await figure(http, node.base, "rondo_ready", "", equals=1)
    async with asyncio.timeout(WITHIN_S):  # the heartbeat that found Redis again may have waited for it
        while (await figures(http, node.base))["rondo_node_redis_seconds",] > 0.9:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("words", "back", "reason"),
    [
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "redis_full"),
        ("CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0", "redis_no_replicas"),
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "redis_read_only"),
        ("ACL SETUSER default -@scripting", "ACL SETUSER default +@all", "redis_login_refused"),
    ],
)
async def test_unusable_redis_is_named(
    service: TwoNodes, http: aiohttp.ClientSession, words: str, back: str, reason: str
) -> None:
    for node in service.nodes:
        node.log.clear()
    service.redis.ask(*words.split())
    try:
        await until(lambda: len(lines(service, "redis_lost")) == 2, "both nodes say so")
        await ready_without_redis(http, service.nodes[0].base, reason)
        async with asyncio.timeout(WITHIN_S):  # a heartbeat of the other node may still say that it reaches Redis
            while await ready_answer(http, service.nodes[0].base) != WITHOUT_REDIS:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        service.redis.ask(*back.split())
    await until(lambda: len(lines(service, "redis_restored")) == 2, "both nodes say so")
    for event in ("redis_lost", "redis_restored"):
        assert [line["reason"] for line in lines(service, event)] == [reason] * 2
