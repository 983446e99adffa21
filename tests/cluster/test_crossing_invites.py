"""Two direct invites that cross between two nodes: real code, virtual time."""

import asyncio
import json

import pytest
import structlog.testing

from matchmaker.domain.ids import UserId
from tests.cluster.test_hellos import ADA, BOB, Probe
from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import Node, World

JOIN = {"type": "queue.join", "id": "j", "mode": "text", "pairing": "manual"}


async def cross(world: World, places: dict[UserId, int], *, apart_s: float = 0.0) -> dict[UserId, Node]:
    """Have Ada and Bob, each at the node of *places*, invite each other, Bob *apart_s* later; check that they meet."""
    world.stores.repository.users |= set(places)
    await asyncio.gather(*(node.opening for node in world.nodes))
    await asyncio.sleep(5)
    nodes = {user: world.nodes[place] for user, place in places.items()}
    probes = {user: Probe(node) for user, node in nodes.items()}
    for user, probe in probes.items():
        assert (await probe.hello(user))["type"] == "welcome"
        probe.connection.on_text(json.dumps(JOIN))
    await asyncio.sleep(3)
    for user, target in ((ADA, BOB), (BOB, ADA)):
        invite = {"type": "invite.send", "id": "i", "user_id": target, "mode": "text"}
        probes[user].connection.on_text(json.dumps(invite))
        await asyncio.sleep(apart_s)
    await asyncio.sleep(2)
    rooms = {user: [frame["room"]["room_id"] for frame in probe.of("room.started")] for user, probe in probes.items()}
    assert rooms[ADA] == rooms[BOB] == [world.stores.repository.seats[ADA]]
    assert all(probe.code is None and not probe.of("error") for probe in probes.values())
    assert not world.violations
    return nodes


def moved(node: Node) -> dict[str, int]:
    """Return the moves of *node* by outcome."""
    return {outcome: n for outcome, n in node.cluster.context.hub.stats.moves.items() if n}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("places", [{ADA: 0, BOB: 1}, {ADA: 1, BOB: 0}], ids=["smaller at n0", "smaller at n1"])
def test_of_two_invites_that_cross_the_second_accepts_the_first_at_the_smaller_ids_node(
    places: dict[UserId, int], seed: int
) -> None:
    async def main() -> None:
        nodes = await cross(World(seed, nodes=2, users=0, faults_s=0, faults=()), places)
        assert moved(nodes[ADA]) == {"refused": 1, "in": 1}  # the node of the greater id refuses the smaller's move
        assert moved(nodes[BOB]) == {"out": 1}
        assert nodes[ADA].cluster.context.owns(BOB)
        assert not nodes[BOB].cluster.context.owns(BOB)

    with structlog.testing.capture_logs():
        run(main())


@pytest.mark.parametrize("places", [{ADA: 0, BOB: 1}, {ADA: 1, BOB: 0}], ids=["first at n0", "first at n1"])
def test_second_invite_accepts_the_first_whenever_it_arrives_during_the_move(places: dict[UserId, int]) -> None:
    async def main(seed: int, apart_s: float) -> None:
        await cross(World(seed, nodes=2, users=0, faults_s=0, faults=()), places, apart_s=apart_s)

    with structlog.testing.capture_logs():
        for seed in range(3):
            for apart_ms in range(1, 16):
                run(main(seed, apart_ms / 1_000))
