"""The loops of a node continue after a fault: real code, virtual time."""

import asyncio

import structlog.testing

from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import World


def test_node_beats_on_after_an_unexpected_exception_in_a_heartbeat() -> None:
    async def main() -> World:
        world = World(1, nodes=2, users=0, faults_s=0, faults=())
        await asyncio.gather(*(node.opening for node in world.nodes))
        await asyncio.sleep(5)
        faults = [ValueError("a bug")]

        def fail(_: None) -> None:
            if faults:
                raise faults.pop()

        world.nodes[0].cluster.context.messages_lost.subscribe(fail)
        world.stores.flush()  # the next heartbeat finds this, and publishes it
        await asyncio.sleep(10)
        assert not faults
        assert not world.nodes[1].cluster.context.membership.is_dead(world.nodes[0].name)
        return world

    with structlog.testing.capture_logs():
        world: World = run(main())
    (fault,) = world.violations
    assert "ValueError: a bug" in fault
