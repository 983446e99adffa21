"""Which tickets of a node are posted to the index, and when: with the real code, in virtual time."""

import asyncio
import json

import structlog.testing
from msgspec.structs import replace

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import MatchPreferences
from server.cluster.pairing.match_index import index_node
from server.cluster.pairing.sharing import AGAIN_MS
from tests.cluster.test_hellos import Probe
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


class TwoHalves(World):
    """The first user is a man, the others are women."""

    def profile_of(self, user: UserId) -> Profile:
        return replace(super().profile_of(user), gender="male" if user == user_name(0) else "female")


def test_user_who_joins_without_redis_is_not_sent_away_by_the_index_and_is_paired_after_it() -> None:
    async def main() -> None:
        world = TwoHalves(1, nodes=2, users=0, faults_s=0, faults=())
        world.stores.repository.users |= {user_name(n) for n in range(2)}
        await asyncio.gather(*(node.opening for node in world.nodes))
        await asyncio.sleep(5)

        async def joined_at(node: Node, number: int, wanted: str) -> Probe:
            probe = Probe(node)
            await probe.hello(user_name(number))
            wish = {"type": "queue.join", "id": "j", "mode": "text", "want": {"gender": [wanted]}}
            probe.connection.on_text(json.dumps(wish))
            await probe.first("reply")
            return probe

        (index,) = [node for node in world.nodes if node.name == index_node(("n0.1", "n1.1"), "text", 0)]
        (other,) = [node for node in world.nodes if node is not index]
        await joined_at(other, 0, "female")
        await asyncio.sleep(1)
        assert len(index.cluster.sharing.index) == 1
        world.stores.redis_until = asyncio.get_running_loop().time() + 12
        await asyncio.sleep(2)
        newcomer = await joined_at(index, 1, "male")
        await asyncio.sleep(10)
        assert newcomer.code is None
        async with asyncio.timeout(5):
            await newcomer.first("invite.received")

    with structlog.testing.capture_logs():
        run(main())


def test_user_who_has_an_open_invite_stays_and_the_other_one_moves() -> None:
    async def main() -> None:
        world = await begun(2)
        here, there = world.nodes
        wish = MatchPreferences(mode="text", auto_accept=True)
        for node, number in ((there, 0), (here, 1), (here, 2)):
            assert (await Probe(node).hello(user_name(number)))["type"] == "welcome"
        await there.matchmaker.join(user_name(0), wish)
        await asyncio.sleep(0.01)
        await here.matchmaker.join(user_name(1), wish)
        await here.matchmaker.invite(user_name(2), user_name(1), mode="text", duration_s=None)
        async with asyncio.timeout(5):
            while not world.stores.repository.open:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.01)
        (room,) = world.stores.repository.open.values()
        assert set(room.users) == {user_name(0), user_name(1)}
        assert here.cluster.context.owns(user_name(0))

    with structlog.testing.capture_logs():
        run(main())
