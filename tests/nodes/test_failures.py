"""Nodes and Redis fail: what the table "When things break" of the design promises."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from server.drill.servers.proxy import Proxy
from tests.journeys.conftest import SHORT, ConnectUser
from tests.support.client import PATIENCE_S, Person, Refused, go_live, meet
from tests.support.cluster import TwoNodes
from tests.support.service import Service
from tests.support.valkey import Guarded, Valkey

RESUMED_S = 3.0
LONG = {"RONDO_GRACE_S": 10, "RONDO_TEXT_GRACE_S": 10, "RONDO_TORCH_IDLE_S": 60}

pytestmark = pytest.mark.settings(**LONG)


async def come(person: Person, base: str) -> float:
    """Connect to *base* with the session of before, as often as it takes; return how many seconds that was."""
    began = time.monotonic()
    person.base = base
    while True:
        try:
            await person.connect(resume=True)
            return time.monotonic() - began
        except (Refused, aiohttp.ClientError, aiohttp.WSMessageTypeError):  # an error, no server, a close
            assert time.monotonic() - began < PATIENCE_S
            await asyncio.sleep(0.1)


async def signals_pass(one: Person, other: Person, room: str, n: int) -> None:
    for speaker, hearer in ((one, other), (other, one)):
        await speaker.send("signal", room_id=room, candidate={"n": n})
        assert (await hearer.receive("signal", room_id=room))["candidate"] == {"n": n}


def _ms_between(events: list[dict[str, Any]]) -> int:
    return int(events[-1]["ends_at"] - events[0]["ends_at"]) if events else 0


async def to_node(person: Person, base: str) -> None:
    person.base = base
    await person.connect()


async def test_owner_dies_and_both_resume_the_room_elsewhere(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    live = await go_live(ada, bob, room)
    await service.nodes[0].kill()  # the owner: ada waited longer
    elsewhere = bob.base
    assert await come(ada, elsewhere) < RESUMED_S
    assert await bob.closed() == 1001
    await come(bob, elsewhere)
    for person in (ada, bob):
        assert (person.state["room"]["room_id"], person.state["room"]["ends_at"]) == (room, live["ends_at"])
    await signals_pass(ada, bob, room, 1)
    assert not ada.received("room.ended")


async def test_edge_dies_and_the_owner_keeps_session_and_signals(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    await service.nodes[1].kill()  # the edge of bob, who is owned by ada's node
    await ada.receive("room.peer_away")
    for n in range(5):
        await ada.ask("signal", room_id=room, candidate={"n": n})
    await come(bob, ada.base)
    assert bob.welcome["resumed"] is True
    assert [(await bob.receive("signal"))["candidate"]["n"] for _ in range(5)] == [0, 1, 2, 3, 4]
    await ada.receive("room.peer_back")


@pytest.mark.settings(**LONG | {"RONDO_GRACE_S": 2})
async def test_rooms_of_a_dead_node_end_on_time(service: TwoNodes, ada: Person, bob: Person) -> None:
    await to_node(bob, ada.base)
    room = (await meet(ada, bob, "video"))["room_id"]
    await service.nodes[0].kill()
    began = time.monotonic()
    connection = await asyncpg.connect(service.dsn)
    while await connection.fetchval("SELECT count(*) FROM active_rooms WHERE room_id = $1::text::uuid", room):
        assert time.monotonic() - began < 5 + 5 + 2 + 3  # found dead, left to its users, grace, and some
        await asyncio.sleep(0.05)
    await connection.close()
    await come(ada, service.nodes[1].base)
    assert ada.state["phase"] == "idle"


async def test_first_hello_after_a_death_gives_the_peer_a_grace(service: TwoNodes, ada: Person, bob: Person) -> None:
    await to_node(bob, ada.base)
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    await service.nodes[0].kill()
    assert await come(ada, service.nodes[1].base) < RESUMED_S
    assert 0 < ada.state["room"]["grace"]["ends_in_ms"] <= 10_000
    await come(bob, service.nodes[1].base)
    await ada.receive("room.peer_back")


async def test_waiting_user_of_a_dead_node_joins_again(service: TwoNodes, ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", auto_accept=True)
    await service.nodes[0].kill()
    await come(ada, bob.base)
    assert ada.state["phase"] == "idle"
    await meet(bob, ada)


async def test_frozen_owner_loses_the_room_and_is_told(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    os.kill(service.nodes[0].pid, signal.SIGSTOP)
    try:
        assert await bob.closed() == 1001
        await come(bob, service.nodes[1].base)
    finally:
        os.kill(service.nodes[0].pid, signal.SIGCONT)
    assert await ada.closed() == 1001
    await come(ada, service.nodes[0].base)
    assert ada.state["room"]["room_id"] == room
    await signals_pass(ada, bob, room, 1)
    (line,) = [line for line in service.nodes[0].log if line.get("event") == "rooms_lost"]
    assert line["rooms"] == 1


async def test_missed_logout_closes_the_socket(service: TwoNodes, ada: Person) -> None:
    here, there = service.nodes
    os.kill(here.pid, signal.SIGSTOP)
    try:
        ada.base = there.base
        await ada.call("POST", "/v1/auth/logout", status=204)
        await asyncio.sleep(1.8)  # longer than between two heartbeats, shorter than until a node is judged dead
        service.redis.ask("FLUSHALL")  # what was sent is lost
    finally:
        os.kill(here.pid, signal.SIGCONT)
    assert await ada.closed() == 4401
    ada.token = ""


async def readiness(person: Person) -> tuple[int, str | None]:
    """Return the status of the node of *person*, and what it says of Redis."""
    async with person.http.get(person.base + "/readyz") as answer:
        return answer.status, (await answer.json()).get("redis")


async def test_join_without_redis_is_paired_locally(
    service: TwoNodes, ada: Person, bob: Person, connect_user: ConnectUser
) -> None:
    await to_node(bob, ada.base)
    service.redis.kill()
    await asyncio.sleep(1.0)
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    await signals_pass(ada, bob, room, 1)
    # 503 until the heartbeat of the other node says that it does not reach Redis either.
    until = time.monotonic() + PATIENCE_S
    while await readiness(ada) != (200, "unavailable"):
        assert time.monotonic() < until
        await asyncio.sleep(0.05)
    newcomer = await connect_user("New", connect=False)
    newcomer.base = ada.base
    assert (await newcomer.connect())["state"]["phase"] == "idle"


async def test_room_is_not_ended_by_a_node_that_cannot_ask_its_owner(
    service: TwoNodes, ada: Person, bob: Person
) -> None:
    await to_node(bob, ada.base)
    await meet(ada, bob)
    elsewhere = Person(ada.http, service.nodes[1].base, ada.name)
    elsewhere.token = ada.token
    service.redis.kill()
    with pytest.raises(Refused) as refused:
        await elsewhere.call("PUT", f"/v1/blocks/{bob.user_id}")
    assert refused.value.code == "unavailable"
    # The block is durable: the owner of the room may apply it before it is asked again.
    service.redis.start()
    async with asyncio.timeout(20):
        while True:
            with suppress(Refused):
                await elsewhere.call("PUT", f"/v1/blocks/{bob.user_id}")
                break
    await bob.receive("room.ended", reason="hangup")
    ended = await ada.receive("room.ended")
    assert ended["reason"] in ("blocked", "reported"), "an owner that finds it by itself does not know which"


@pytest.mark.settings(**LONG | {"RONDO_GRACE_S": 2})
async def test_no_grace_ends_without_redis_nor_within_one_grace_after(
    service: TwoNodes, ada: Person, bob: Person
) -> None:
    await to_node(bob, ada.base)
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    service.redis.kill()
    await bob.abort()
    async with asyncio.timeout(20):
        while _ms_between(ada.received("room.peer_away")) < 2_500:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert not ada.received("room.ended")
    back_at = time.time()
    service.redis.start()
    assert (await ada.receive("room.ended"))["reason"] == "grace_expired"
    assert time.time() - back_at > 2


async def test_flush_leaves_links_and_rooms_alone(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    service.redis.ask("FLUSHALL")
    await asyncio.sleep(2.0)
    await signals_pass(ada, bob, room, 1)
    await come(ada, bob.base)
    assert ada.state["room"]["room_id"] == room
    await signals_pass(ada, bob, room, 2)
    assert not bob.received("room.ended")


async def test_place_in_the_queue_survives_a_flush(service: TwoNodes, ada: Person, bob: Person) -> None:
    joined = (await ada.ask("queue.join", mode="text", auto_accept=True))["queue"]["joined_at"]
    service.redis.ask("FLUSHALL")
    await asyncio.sleep(2.0)
    await come(ada, bob.base)
    assert ada.state["queue"]["joined_at"] == joined
    assert ada.welcome["resumed"] is True


async def test_link_stalls_with_redis_and_continues(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    service.redis.pause()
    try:
        for n in range(5):
            await ada.send("signal", room_id=room, candidate={"n": n})
        await asyncio.sleep(1.2)
    finally:
        service.redis.go_on()
    assert [(await bob.receive("signal"))["candidate"]["n"] for _ in range(5)] == [0, 1, 2, 3, 4]
    await signals_pass(ada, bob, room, 9)


async def test_edge_without_redis_closes_sockets_owned_elsewhere(service: TwoNodes, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    service.redis.kill()
    assert await bob.closed() == 1001
    service.redis.start()
    await come(bob, bob.base)
    assert bob.state["room"]["room_id"] == room
    await signals_pass(ada, bob, room, 1)


async def test_redis_scripts_are_loaded_again(service: TwoNodes, ada: Person, bob: Person) -> None:
    service.redis.ask("SCRIPT", "FLUSH")
    room = (await meet(ada, bob))["room_id"]
    await ada.ask("room.leave", room_id=room)
    await bob.receive("room.ended")


@pytest.fixture
async def cord(bad_redis: Valkey) -> AsyncIterator[Proxy]:
    cord = Proxy(("127.0.0.1", bad_redis.port))
    await cord.open()
    yield cord
    await cord.close()


async def test_node_without_redis_is_not_ready_and_serves_its_own(
    cord: Proxy, bad_redis: Valkey, database: str, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    settings = SHORT | LONG
    near = Service(database, tmp_path, **settings | {"REDIS_URL": f"redis://127.0.0.1:{cord.port}/0"})
    far = Service(database, tmp_path, **settings | {"REDIS_URL": bad_redis.url})
    try:
        await asyncio.gather(near.start(), far.start())
        ada, bob = [await Person(http, near.base, name).sign_up() for name in ("Ada", "Bob")]
        for person in (ada, bob):
            await person.connect()
        room = (await meet(ada, bob, "video"))["room_id"]
        await go_live(ada, bob, room)
        cord.cut()
        for n in range(12):  # longer than it takes to be called dead
            await signals_pass(ada, bob, room, n)
            await asyncio.sleep(0.5)
        async with http.get(near.base + "/readyz") as answer:
            assert answer.status == 503
        async with http.get(far.base + "/readyz") as answer:
            assert answer.status == 200
        # Whoever goes elsewhere takes the room along; the node finds out from PostgreSQL.
        await come(bob, far.base)
        assert bob.state["room"]["room_id"] == room
        assert await ada.closed() == 1001
        await come(ada, far.base)
        await signals_pass(ada, bob, room, 99)
        cord.mend()
        for person in (ada, bob):
            await person.abort()
        assert near.faults() + far.faults() == []
    finally:
        for node in (near, far):
            if node.is_running:
                node.stop_hard()


async def test_sentinel_failover(database: str, http: aiohttp.ClientSession, tmp_path: Path) -> None:
    guarded = Guarded()
    cluster = TwoNodes(database, tmp_path, redis=guarded, **SHORT | LONG)
    try:
        guarded.start()
        await cluster.start()
        ada, bob = [await Person(http, node.base, f"At {node.port}").sign_up() for node in cluster.nodes]
        for person in (ada, bob):
            await person.connect()
        room = (await meet(ada, bob, "video"))["room_id"]
        await go_live(ada, bob, room)
        guarded.master.kill()
        await asyncio.sleep(4)
        await come(bob, cluster.nodes[1].base)
        await signals_pass(ada, bob, room, 1)
        for person in (ada, bob):
            await person.abort()
        assert cluster.faults() == []
    finally:
        for node in cluster.nodes:
            if node.is_running:
                node.stop_hard()
        guarded.stop()
