"""A node is killed: its people are missed, come back anywhere, and nothing that was due is forgotten."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.journeys.person import Person, go_live, meet
from tests.nodes.fleet import Fleet

NOTICED_S = 5.0
LATE_S = 1.0


async def vanish_all(*people: Person) -> None:
    for person in people:
        await person.hang_up()


Stuck = Callable[[], Awaitable[list[int]]]
"""Returns the backends that wait for a row, once there are any."""


@asynccontextmanager
async def locked(service: Fleet, room: str) -> AsyncIterator[tuple[asyncpg.Connection, Stuck]]:
    """Let whoever changes *room* wait."""
    connection = await asyncpg.connect(service.dsn)

    async def stuck() -> list[int]:
        async with asyncio.timeout(NOTICED_S):
            while not (found := await connection.fetch("SELECT pid FROM pg_locks WHERE NOT granted")):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return [row[0] for row in found]

    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM active_rooms WHERE room_id = $1::text::uuid FOR UPDATE", room)
            yield connection, stuck
    finally:
        await connection.close()


@pytest.mark.settings(RONDO_TORCH_IDLE_S=60)
async def test_a_dead_nodes_people_are_missed_within_five_seconds(service: Fleet, ada: Person, bob: Person) -> None:
    room = (await meet(ada, bob))["room_id"]
    began = time.monotonic()
    await service.nodes[0].kill()
    await bob.hear("room.peer_away", room_id=room)
    assert time.monotonic() - began < NOTICED_S
    await bob.hear("room.ended", reason="grace_expired", by=ada.user_id)


@pytest.mark.settings(RONDO_GRACE_S=4)
async def test_one_comes_back_on_the_other_node_before_anybody_noticed(
    service: Fleet, ada: Person, bob: Person
) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    await service.nodes[0].kill()
    await vanish_all(ada)
    ada.base = bob.base
    began = time.monotonic()
    assert (await ada.connect(resume=True))["state"]["room"]["status"] == "live"
    assert time.monotonic() - began < 1, "nobody waits for a node that is dead"
    await ada.tell("signal", room_id=room, candidate={"n": 1})
    assert (await bob.hear("signal"))["candidate"] == {"n": 1}
    await bob.tell("signal", room_id=room, candidate={"n": 2})
    assert (await ada.hear("signal"))["candidate"] == {"n": 2}
    await asyncio.sleep(NOTICED_S)  # by now everybody knows that the node is dead, and nobody takes ada for dead
    assert not bob.has_heard("room.peer_away")
    await ada.ask("chat.send", room_id=room, client_id="1", body="still here")
    await bob.hear("chat.message")


@pytest.mark.settings(RONDO_GRACE_S=4)
async def test_what_is_sent_to_a_dead_node_waits_for_whoever_was_there(
    service: Fleet, ada: Person, bob: Person
) -> None:
    room = (await meet(ada, bob, "video"))["room_id"]
    await go_live(ada, bob, room)
    await service.nodes[1].kill()
    for n in range(5):
        await ada.ask("signal", room_id=room, candidate={"n": n})
    await vanish_all(bob)
    bob.base = ada.base
    await bob.connect()
    assert [(await bob.hear("signal"))["candidate"]["n"] for _ in range(5)] == [0, 1, 2, 3, 4]


@pytest.mark.settings(RONDO_GRACE_S=4)
async def test_both_were_on_the_dead_node(service: Fleet, ada: Person, bob: Person) -> None:
    bob.base = ada.base
    await bob.connect()
    room = (await meet(ada, bob, "video"))["room_id"]
    live = await go_live(ada, bob, room)
    await service.nodes[0].kill()
    await vanish_all(ada, bob)
    for person in (ada, bob):
        person.base = service.nodes[1].base
    back = (await ada.connect())["state"]["room"]
    assert (back["room_id"], back["ends_at"]) == (room, live["ends_at"])
    await asyncio.sleep(NOTICED_S)  # bob is missed
    if not ada.has_heard("room.peer_away"):
        await ada.hear("room.peer_away")
    await bob.connect()
    await ada.hear("room.peer_back")


@pytest.mark.settings(RONDO_TEXT_GRACE_S=8, RONDO_TORCH_IDLE_S=60)
@pytest.mark.parametrize("is_durable", [True, False])
async def test_one_leaves_and_their_node_dies_before_it_can_say_so(
    service: Fleet, ada: Person, bob: Person, is_durable: bool
) -> None:
    room = (await meet(ada, bob))["room_id"]
    async with locked(service, room) as (connection, stuck):
        await ada.hang_up()
        pids = await stuck()
        await service.nodes[0].kill()
        for pid in () if is_durable else pids:
            await connection.execute("SELECT pg_terminate_backend($1)", pid)
    await bob.hear("room.peer_away", room_id=room)


@pytest.mark.settings(RONDO_TEXT_GRACE_S=8, RONDO_TORCH_IDLE_S=60)
async def test_one_blocks_the_other_and_their_node_dies_before_it_has_parted_them(
    service: Fleet, ada: Person, bob: Person
) -> None:
    room = (await meet(ada, bob))["room_id"]
    async with locked(service, room) as (connection, stuck):
        await ada.tell("block", user_id=bob.user_id)
        pids = await stuck()
        await service.nodes[0].kill()
        for pid in pids:
            await connection.execute("SELECT pg_terminate_backend($1)", pid)
        assert await connection.fetchval("SELECT count(*) FROM blocks WHERE user_id = $1::text::uuid", ada.user_id)
    await ada.hang_up()
    ada.base = bob.base
    await ada.connect()
    await bob.hear("room.ended", reason="hangup")


@pytest.mark.settings(RONDO_TORCH_IDLE_S=1)
async def test_the_torch_goes_out_though_its_node_is_dead(service: Fleet, ada: Person, bob: Person) -> None:
    ada.base = bob.base
    await ada.connect()  # both on the second node; the first may have been who opened the room
    await meet(ada, bob)
    await service.nodes[0].kill()
    await ada.hear("torch.warning")
    await ada.hear("room.ended", reason="torch")
    await bob.hear("room.ended", reason="torch")


@pytest.mark.settings(RONDO_INVITE_TTL_S=6)
async def test_an_invite_of_somebody_on_a_dead_node_ends(service: Fleet, ada: Person, bob: Person) -> None:
    await bob.ask("queue.join", mode="text", pairing="manual")
    await ada.ask("invite.send", user_id=bob.user_id, mode="text")
    await bob.hear("invite.received")
    await service.nodes[0].kill()
    closed = await bob.hear("invite.closed")
    assert closed["outcome"] in ("cancelled", "expired", "unavailable")


@pytest.mark.settings(RONDO_GRACE_S=3)
async def test_nobody_is_left_of_a_room_and_it_ends_on_time(service: Fleet, ada: Person, bob: Person) -> None:
    bob.base = ada.base
    await bob.connect()
    room = (await meet(ada, bob, "video"))["room_id"]
    began = time.monotonic()
    await service.nodes[0].kill()
    await vanish_all(ada, bob)
    connection = await asyncpg.connect(service.dsn)
    while await connection.fetchval("SELECT count(*) FROM active_rooms WHERE room_id = $1::text::uuid", room):
        assert time.monotonic() - began < NOTICED_S + 3 + LATE_S
        await asyncio.sleep(0.05)
    await connection.close()
    for person in (ada, bob):
        person.base = service.nodes[1].base
        assert (await person.connect())["state"]["phase"] == "idle"


async def test_who_waited_on_a_dead_node_is_met_by_nobody(service: Fleet, ada: Person, bob: Person) -> None:
    await ada.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["nonbinary"]})
    await service.nodes[0].kill()
    await asyncio.sleep(NOTICED_S)
    listed = (await bob.ask("discover", mode="text"))["people"]
    assert ada.user_id not in [person["user_id"] for person in listed]
