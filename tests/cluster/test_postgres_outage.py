"""PostgreSQL is away, for longer than a grace: rooms continue, or their users are sent on. Real code, virtual time."""

import asyncio

from tests.cluster.test_hellos import ADA, BOB, Probe, in_a_room, played
from tests.properties.cluster.world import RULES, World

GRACE_S = RULES.text_grace_ms / 1_000
LOOKED_S = 1.5
"""Until a node has noticed that PostgreSQL is away, or that it is back."""


@played
async def test_return_during_the_outage_is_stored_after_it(world: World) -> None:
    owner, edge = world.nodes
    await in_a_room(owner)
    loop, (room,) = asyncio.get_running_loop(), world.stores.repository.open
    for user in (ADA, BOB):
        owner.matchmaker.disconnect(user, epoch=owner.matchmaker.context.user_state(user).epoch)
    await asyncio.sleep(1)
    world.stores.postgres_until = loop.time() + GRACE_S + 3
    assert (await Probe(owner).hello(ADA))["type"] == "welcome"
    assert (await Probe(edge).hello(BOB))["type"] == "welcome"
    await asyncio.sleep(2 * GRACE_S + 3)
    stored = world.stores.repository.open[room]
    assert [person.away_until for person in stored.people] == [None, None]


@played
async def test_user_who_was_not_let_in_during_the_outage_has_a_grace_after_it(world: World) -> None:
    owner, edge = world.nodes
    await in_a_room(owner)
    loop, (room,) = asyncio.get_running_loop(), world.stores.repository.open
    owner.matchmaker.disconnect(ADA, epoch=owner.matchmaker.context.user_state(ADA).epoch)
    await asyncio.sleep(0.5)
    for outage_s in (GRACE_S - 1, 2 * GRACE_S - 1):
        world.stores.postgres_until = loop.time() + outage_s
        await asyncio.sleep(outage_s - 1)
        assert (await Probe(edge).hello(ADA))["code"] == "unavailable"
        await asyncio.sleep(1 + LOOKED_S)
    await asyncio.sleep(GRACE_S - LOOKED_S - 1)
    assert room in world.stores.repository.open
    assert (await Probe(edge).hello(ADA))["type"] == "welcome"
    await asyncio.sleep(GRACE_S + LOOKED_S)
    assert room in world.stores.repository.open


@played
async def test_node_that_stood_still_gives_up_a_room_it_lost_before_it_reaches_postgres(world: World) -> None:
    still, other = world.nodes
    await in_a_room(still)
    wires, loop = still.wires, asyncio.get_running_loop()
    wires.frozen_until, wires.postgres_cut_until = loop.time() + 4, loop.time() + 60
    while not other.cluster.context.membership.is_dead(still.name):  # noqa: ASYNC110 - virtual time
        await asyncio.sleep(0.1)
    await asyncio.sleep(wires.frozen_until - loop.time() + 0.1)
    room = await other.cluster.context.owners.room_of(ADA)
    assert room is not None
    assert await other.users.take_room(room)
    await asyncio.sleep(2)
    assert not still.matchmaker.rooms.all()
    assert (await Probe(still).hello(ADA))["type"] == "welcome"
    assert other.cluster.context.owns(ADA)
