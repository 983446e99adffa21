"""Which tickets of a node are posted to the index, and when: with the real code, in virtual time."""

import asyncio

import structlog.testing

from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import MatchPreferences
from server.cluster.pairing.sharing import AGAIN_MS
from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import Node, World, user_name


async def joined(node: Node, number: int) -> None:
    profile = Profile(user_id=user_name(number), display_name="Ada")
    await node.matchmaker.connect(profile, resumed=False)
    await node.matchmaker.join(profile.user_id, MatchPreferences(pairing="manual"))


async def begun(nodes: int) -> World:
    world = World(1, nodes=nodes, users=0, faults_s=0, faults=())
    world.stores.repository.users |= {user_name(n) for n in range(50)}
    await asyncio.gather(*(node.opening for node in world.nodes))
    await asyncio.sleep(1)
    return world


def posted(world: World) -> int:
    return sum(len(node.cluster.sharing.index) for node in world.nodes)


def test_single_node_schedules_nothing_and_posts_waiting_users_once_another_joins() -> None:
    async def main() -> None:
        world = await begun(1)
        (node,) = world.nodes
        for n in range(50):
            await joined(node, n)
            if n % 2:
                await node.matchmaker.leave_queue(user_name(n))
        await asyncio.sleep(0.2)
        assert node.cluster.sharing.scheduled == 0
        world.nodes.append(world.birth("n1"))
        await world.nodes[1].opening
        await asyncio.sleep(2)
        assert posted(world) == 25

    with structlog.testing.capture_logs():
        run(main())


def test_ticket_is_posted_again_after_a_link_reset() -> None:
    async def main() -> None:
        world = await begun(2)
        sharing = world.nodes[0].cluster.sharing
        await joined(world.nodes[0], 0)
        while not posted(world):  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.01)
        sharing.post_all()
        sent = world.nodes[0].cluster.context.bus.sent
        await asyncio.sleep(1.5 * AGAIN_MS / 1_000)
        assert sharing.scheduled == 1
        assert posted(world) == 1
        assert world.nodes[0].cluster.context.bus.sent >= sent

    with structlog.testing.capture_logs():
        run(main())
