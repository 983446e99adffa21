"""The clock of Redis jumps: no node is taken for dead, and it is logged. With the real code, in virtual time."""

import asyncio

import pytest
import structlog.testing

from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import World


@pytest.mark.parametrize("by_s", [10, -10])
def test_jump_is_logged_and_no_node_is_lost(by_s: int) -> None:
    async def main() -> World:
        world = World(1, nodes=3, users=0, faults_s=0, faults=())
        await asyncio.gather(*(node.opening for node in world.nodes))
        await asyncio.sleep(10)
        world.stores.roster.now = lambda: world.clock.now() + by_s * 1_000
        await asyncio.sleep(10)
        return world

    with structlog.testing.capture_logs() as lines:
        world: World = run(main())
    assert [node.cluster.supervision.deaths for node in world.nodes] == [0, 0, 0]
    jumps = [line for line in lines if line["event"] == "redis_clock_jumped"]
    assert [line["by_s"] for line in jumps] == pytest.approx([by_s] * 3, abs=0.2)
    assert not [line for line in lines if line["event"] in ("node_lost", "node_cut_off")]


def test_silent_node_is_lost_although_the_clock_has_jumped() -> None:
    async def main() -> tuple[int, float]:
        world = World(1, nodes=2, users=0, faults_s=0, faults=())
        await asyncio.gather(*(node.opening for node in world.nodes))
        await asyncio.sleep(10)
        world.stores.roster.now = lambda: world.clock.now() + 10_000
        world.nodes[1].wires.frozen_until = asyncio.get_running_loop().time() + 60
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(20):
            while not world.nodes[0].cluster.supervision.deaths:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.05)
        return world.nodes[0].cluster.supervision.deaths, asyncio.get_running_loop().time() - began

    with structlog.testing.capture_logs():
        deaths, after_s = run(main())
    assert deaths == 1
    assert 3.5 < after_s < 6
