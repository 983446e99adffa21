"""Redis forgets, stops, comes back empty: calls go on, nobody is booked twice, whoever waited waits again."""

import asyncio
import time
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from tests.journeys.conftest import SHORT, Cast
from tests.journeys.person import Person, Refused, go_live, meet
from tests.nodes.fleet import Fleet
from tests.valkey import Guarded

BACK_S = 4.0
"""How long after Redis is back everything has to work again."""

pytestmark = pytest.mark.settings(RONDO_GRACE_S=5, RONDO_QUEUE_HOLD_S=3, RONDO_TORCH_IDLE_S=60)


async def say(person: Person, peer: Person, room: str, body: str) -> None:
    """Say something, as often as it takes until it is said; and see it arrive once."""
    until = time.monotonic() + BACK_S + 4
    while True:
        try:
            await person.ask("chat.send", room_id=room, client_id=body, body=body)
            break
        except Refused as refused:
            if refused.code != "unavailable":
                raise
            assert time.monotonic() < until
            await asyncio.sleep(0.1)
    heard = await peer.hear("chat.message")
    assert heard["message"]["body"] == body


async def signal(person: Person, peer: Person, room: str, n: int) -> None:
    await person.tell("signal", room_id=room, candidate={"n": n})
    assert (await peer.hear("signal"))["candidate"] == {"n": n}


async def readiness(person: Person) -> tuple[int, dict[str, str]]:
    async with person.http.get(person.base + "/readyz") as response:
        return response.status, await response.json()


async def test_flushed_in_the_middle_of_a_call(service: Fleet, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    service.redis.ask("FLUSHALL")
    await say(ada, bob, room, "one")
    await signal(bob, ada, room, 1)
    ada.base = bob.base
    await asyncio.sleep(BACK_S)
    assert (await ada.connect())["state"]["room"]["room_id"] == room
    await ada.ask("room.leave", room_id=room)
    await bob.hear("room.ended", reason="hangup")
    assert not bob.has_heard("room.peer_away")


async def test_flushed_while_people_wait(service: Fleet, ada: Person, bob: Person, cleo: Person) -> None:
    joined = (await ada.ask("queue.join", mode="text", auto_accept=True))["queue"]["joined_at"]
    service.redis.ask("FLUSHALL")
    await asyncio.sleep(BACK_S)
    ada.base = bob.base
    assert (await ada.connect())["state"]["queue"]["joined_at"] == joined
    await bob.ask("queue.join", mode="text", auto_accept=True)
    rooms = [(await person.hear("room.started"))["room"]["room_id"] for person in (ada, bob)]
    assert rooms[0] == rooms[1]
    await cleo.settle()
    assert not cleo.has_heard("room.started")


async def test_restarted_empty(service: Fleet, ada: Person, bob: Person, cast: Cast) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    waiting = [await cast(), await cast()]
    for person in waiting:
        await person.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["nonbinary"]})
    service.redis.kill()
    # No node has Redis, so none is taken out of service once they know of each other: pages and sign-in go on.
    until = time.monotonic() + 10
    while (found := await readiness(ada)) != (200, {"status": "ok", "redis": "unavailable"}):
        assert time.monotonic() < until, found
        await asyncio.sleep(0.05)
    newcomer = await cast(connect=False)
    assert await newcomer.call("GET", "/v1/me")
    with pytest.raises(Refused):
        await newcomer.connect()
    service.redis.start()
    await say(ada, bob, room, "one")
    await signal(ada, bob, room, 1)
    await signal(bob, ada, room, 2)
    assert not bob.has_heard("room.peer_away")
    joiner = await come(await cast(connect=False, gender="nonbinary"))
    await asyncio.sleep(BACK_S)
    await joiner.ask("queue.join", mode="text", auto_accept=True)
    started = await joiner.hear("room.started")
    assert started["room"]["peer"]["user_id"] == waiting[0].user_id, "the place in the queue is as old as it was"
    connection = await asyncpg.connect(service.dsn)
    rows = await connection.fetch("SELECT offerer::text AS a, answerer::text AS b FROM active_rooms")
    await connection.close()
    people = [row[side] for row in rows for side in ("a", "b")]
    assert len(people) == len(set(people))


async def come(person: Person) -> Person:
    """Connect, as often as it takes."""
    until = time.monotonic() + BACK_S + 4
    while True:
        try:
            await person.connect()
            return person
        except Refused:
            assert time.monotonic() < until
            await asyncio.sleep(0.1)


async def test_paused_for_five_seconds(service: Fleet, ada: Person, bob: Person, cast: Cast) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    cleo = await cast("Cleo")
    dan = await cast("Dan")
    dan.base = cleo.base
    await dan.connect()
    within = (await meet(cleo, dan, "video"))["room_id"]
    await go_live(cleo, dan, within)
    service.redis.pause()
    try:
        until = time.monotonic() + 5
        n = 0
        while time.monotonic() < until:
            n += 1
            await signal(cleo, dan, within, n)  # within a node a call does not need Redis
            await cleo.ask("chat.send", room_id=within, client_id=str(n), body=str(n))
            await dan.hear("chat.message")
            await asyncio.sleep(0.2)
        await ada.tell("signal", room_id=room, candidate={"n": 0})
    finally:
        service.redis.go_on()
    assert (await bob.hear("signal"))["candidate"] == {"n": 0}
    await say(ada, bob, room, "back")
    await signal(bob, ada, room, 1)
    await asyncio.sleep(BACK_S)
    for person in (ada, bob, cleo, dan):
        assert not person.has_heard("room.peer_away")
        assert not person.has_heard("room.ended")


async def test_a_subscription_that_was_cut_is_renewed(service: Fleet, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    for _ in range(3):
        service.redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
        await say(ada, bob, room, str(time.monotonic()))
        await asyncio.sleep(0.3)
        await signal(ada, bob, room, 1)
        await signal(bob, ada, room, 2)
    assert not bob.has_heard("room.peer_away")


async def test_the_scripts_were_flushed(service: Fleet, ada: Person, bob: Person) -> None:
    service.redis.ask("SCRIPT", "FLUSH")
    room = (await meet(ada, bob))["room_id"]
    await ada.ask("room.leave", room_id=room)
    await bob.hear("room.ended")


async def test_failed_over_by_a_sentinel(database: str, http: aiohttp.ClientSession, tmp_path: Path) -> None:
    guarded = Guarded()
    fleet = Fleet(database, tmp_path, redis=guarded, **SHORT | {"RONDO_GRACE_S": 5, "RONDO_TORCH_IDLE_S": 60})
    try:
        guarded.start()
        await fleet.start()
        ada, bob = [await Person(http, node.base, f"At {node.port}").sign_up() for node in fleet.nodes]
        for person in (ada, bob):
            await person.connect()
        room = (await meet(ada, bob, "video"))["room_id"]
        await go_live(ada, bob, room)
        waiting = await Person(http, ada.base, "Waiting").sign_up()
        await waiting.connect()
        await waiting.ask("queue.join", mode="text", auto_accept=True)
        guarded.master.kill()
        newcomer = await come(await Person(http, bob.base, "Newcomer").sign_up())
        await say(ada, bob, room, "after")
        await signal(bob, ada, room, 1)
        await asyncio.sleep(BACK_S)
        await newcomer.ask("queue.join", mode="text", auto_accept=True)
        assert (await newcomer.hear("room.started"))["room"]["peer"]["user_id"] == waiting.user_id
        assert not bob.has_heard("room.peer_away")
        for person in (ada, bob, waiting, newcomer):
            await person.vanish()
        assert fleet.faults() == []
    finally:
        for node in fleet.nodes:
            if node.is_running:
                node.stop_hard()
        guarded.stop()
