"""Changes of nodes and of Redis: one log line each, and the metrics at that time."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from server.cluster.nodes.node_log import NodeLog
from tests.deploy.figures import read_values
from tests.journeys.conftest import Cast
from tests.support.client import Person, meet
from tests.support.cluster import Fleet

WITHIN_S = 15.0


def test_join_and_leave_are_logged_once() -> None:
    nodes = NodeLog("a")
    with capture_logs() as logged:
        nodes.record_nodes({"a": 0, "b": 0}, now=0.0)
        for tenth in range(1, 40):
            nodes.record_nodes({"a": 0, "b": 100, "c": 0}, now=tenth / 10)
        for tenth in range(40, 70):
            nodes.record_nodes({"a": 0, "c": 0}, now=tenth / 10)
    assert [(line["event"], line["other_node"], line["nodes"]) for line in logged] == [
        ("node_joined", "c", 3),
        ("node_left", "b", 2),
    ]


def test_flush_of_redis_is_no_departure() -> None:
    nodes = NodeLog("a")
    with capture_logs() as logged:
        nodes.record_nodes({"a": 0, "b": 0}, now=0.0)
        nodes.record_nodes({"a": 0}, now=60.0)
        nodes.record_nodes({"a": 0, "b": 0}, now=60.5)
        nodes.record_nodes({"a": 0, "b": 0}, now=90.0)
    assert logged == []


def test_lost_node_is_not_logged_as_left() -> None:
    nodes = NodeLog("a")
    with capture_logs() as logged:
        nodes.record_nodes({"a": 0, "b": 0}, now=0.0)
        nodes.record_nodes({"a": 0, "b": 2_900}, now=3.0)
        nodes.record_nodes({"a": 0}, now=3.5)
        nodes.record_nodes({"a": 0}, now=6.0)
        nodes.lost("b", users=2, has_ended=False, is_cut_off=False, silent_s=3.2)
        nodes.record_nodes({"a": 0, "b": 0}, now=9.0)
    assert [line["event"] for line in logged] == ["node_lost", "node_joined"]
    assert (logged[0]["reason"], logged[0]["users"], logged[0]["silent_s"]) == ("heartbeat_timeout", 2, 3.2)


def lines(service: Fleet, event: str) -> list[dict[str, Any]]:
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
    service: Fleet, ada: Person, bob: Person, cast: Cast
) -> None:
    cleo = await cast("Cleo")
    await meet(ada, bob)
    await cleo.hang_up()  # on the node that dies, and no longer connected
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


async def test_redis_outage_is_one_line_each_way_with_metrics(service: Fleet, http: aiohttp.ClientSession) -> None:
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
    service: Fleet, http: aiohttp.ClientSession, words: str, back: str, reason: str
) -> None:
    for node in service.nodes:
        node.log.clear()
    service.redis.ask(*words.split())
    try:
        await until(lambda: len(lines(service, "redis_lost")) == 2, "both nodes say so")
        await ready_without_redis(http, service.nodes[0].base, reason)
        async with http.get(service.nodes[0].base + "/readyz") as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ok", "redis": "unavailable"})
    finally:
        service.redis.ask(*back.split())
    await until(lambda: len(lines(service, "redis_restored")) == 2, "both nodes say so")
    for event in ("redis_lost", "redis_restored"):
        assert [line["reason"] for line in lines(service, event)] == [reason] * 2
