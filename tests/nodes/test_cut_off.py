"""A node is frozen, or cut off from Redis: others look after its people, and it gets them back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from server.drill.proxy import Proxy
from tests.journeys.conftest import SHORT
from tests.journeys.person import Person, Refused, go_live, meet
from tests.journeys.service import Service
from tests.nodes.fleet import Fleet
from tests.valkey import Valkey

NOTICED_S = 5.0


@pytest.mark.settings(RONDO_GRACE_S=8, RONDO_TORCH_IDLE_S=60)
async def test_a_frozen_node_gets_its_people_back(service: Fleet, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    os.kill(service.nodes[0].pid, signal.SIGSTOP)
    try:
        await bob.hear("room.peer_away")
    finally:
        os.kill(service.nodes[0].pid, signal.SIGCONT)
    await bob.hear("room.peer_back")
    await bob.tell("signal", room_id=room, candidate={"n": 1})
    assert (await ada.hear("signal"))["candidate"] == {"n": 1}
    await ada.tell("signal", room_id=room, candidate={"n": 2})
    assert (await bob.hear("signal"))["candidate"] == {"n": 2}
    await ada.ask("room.leave", room_id=room)
    await bob.hear("room.ended", reason="hangup")


@pytest.mark.settings(RONDO_GRACE_S=8, RONDO_TORCH_IDLE_S=60)
async def test_two_people_of_a_frozen_node_signal_on(service: Fleet, ada: Person, bob: Person) -> None:
    bob.base = ada.base
    await bob.connect()
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    connection = await asyncpg.connect(service.dsn)
    missed = "SELECT paused_at IS NOT NULL FROM active_rooms WHERE room_id = $1::text::uuid"
    os.kill(service.nodes[0].pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(2 * NOTICED_S):
            while not await connection.fetchval(missed, room):  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.05)
    finally:
        os.kill(service.nodes[0].pid, signal.SIGCONT)
        await connection.close()
    # Both are taken for being gone, and nobody has told them: what they send each other is passed on.
    for n in range(40):
        await ada.ask("signal", room_id=room, candidate={"n": n})
        await asyncio.sleep(0.02)
    assert [(await bob.hear("signal"))["candidate"]["n"] for _ in range(40)] == list(range(40))


@pytest.fixture
async def redis() -> AsyncIterator[Valkey]:
    server = Valkey().start()
    yield server
    server.stop()


@pytest.fixture
async def cord(redis: Valkey) -> AsyncIterator[Proxy]:
    cord = Proxy(("127.0.0.1", redis.port))
    await cord.open()
    yield cord
    await cord.close()


async def test_a_node_cut_off_from_redis(
    cord: Proxy, redis: Valkey, database: str, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    settings = SHORT | {"RONDO_GRACE_S": 3, "RONDO_TORCH_IDLE_S": 60, "RONDO_QUEUE_HOLD_S": 1}
    near = Service(database, tmp_path, **settings | {"REDIS_URL": f"redis://127.0.0.1:{cord.port}/0"})
    far = Service(database, tmp_path, **settings | {"REDIS_URL": redis.url})
    try:
        await asyncio.gather(near.start(), far.start())
        ada, bob, cleo = [await Person(http, near.base, name).sign_up() for name in ("Ada", "Bob", "Cleo")]
        dan = await Person(http, far.base, "Dan").sign_up()
        for person in (ada, bob, cleo, dan):
            await person.connect()
        room = (await meet(ada, bob, "video"))["room_id"]
        await go_live(ada, bob, room)
        await cleo.ask("queue.join", mode="text", auto_accept=True)
        cord.cut()
        for n in range(int(NOTICED_S + 3) * 4):  # longer than it takes to be called dead, and a grace to run out
            await ada.tell("signal", room_id=room, candidate={"n": n})
            assert (await bob.hear("signal"))["candidate"] == {"n": n}
            await asyncio.sleep(0.25)
        assert not bob.has_heard("room.peer_away"), "a call within the node needs no Redis"
        with pytest.raises(Refused) as refused:
            await cleo.ask("queue.join", mode="text", auto_accept=True)
        assert refused.value.code == "unavailable"
        async with http.get(near.base + "/readyz") as answer:
            assert answer.status == 503
        await dan.ask("queue.join", mode="text", auto_accept=True)
        await dan.settle()
        assert not dan.has_heard("room.started"), "nobody is met who cannot be told"
        cord.mend()
        await asyncio.sleep(2)
        await ada.ask("chat.send", room_id=room, client_id="1", body="all is well")
        await bob.hear("chat.message")
        assert not bob.has_heard("room.peer_away")
        if not cleo.has_heard("room.started"):
            # She was told that she waits no more, or she waits again.
            if cleo.has_heard("queue.update", queued=False):
                await cleo.ask("queue.join", mode="text", auto_accept=True)
            await cleo.hear("room.started")
        await dan.hear("room.started")
        for person in (ada, bob, cleo, dan):
            await person.vanish()
        assert near.faults() + far.faults() == []
    finally:
        for node in (near, far):
            if node.is_running:
                node.stop_hard()
