"""Rooms of a dead node whose users do not come back: with the real code, in virtual time."""

import asyncio

import structlog.testing

from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import MatchPreferences
from tests.cluster.test_hellos import ADA, BOB, in_a_room
from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import Node, World, user_name

NOTICED_S = 1.5
"""Until a killed process is found ended, at two looks."""


async def call_at(world: World, node: Node, duration_s: int = 60) -> float:
    """Return when (loop time) a call at *node* ends, whose two users have no sockets."""
    matchmaker, users = node.matchmaker, [user_name(1), user_name(2)]
    world.stores.repository.users |= set(users)
    for user in users:
        await matchmaker.connect(Profile(user_id=user, display_name="Ada"), resumed=False)
        await matchmaker.join(user, MatchPreferences(auto_accept=True, duration_s=duration_s))
    await matchmaker.find_match(users[1])
    repository = world.stores.repository
    (room,) = repository.open
    for user in users:
        await matchmaker.ready(user, room)
    ends_at = repository.open[room].ends_at
    assert ends_at is not None
    return asyncio.get_running_loop().time() + (ends_at - world.clock.now()) / 1_000


def gone_after_s(*, killed_before_end_s: float) -> tuple[float, float]:
    """Return how long after its end, and after the death of its node, the call was closed."""

    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        world = World(1, nodes=3, users=0, faults_s=0, faults=())
        await asyncio.gather(*(node.opening for node in world.nodes))
        ends = await call_at(world, world.nodes[0])
        await asyncio.sleep(ends - killed_before_end_s - loop.time())
        killed = loop.time()
        world.nodes[0].kill()
        async with asyncio.timeout(60):
            while world.stores.repository.open:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.01)
        return loop.time() - ends, loop.time() - killed

    with structlog.testing.capture_logs():
        found: tuple[float, float] = run(main())
    return found


def test_call_ends_at_its_end_though_its_node_died_just_before() -> None:
    late_s, _ = gone_after_s(killed_before_end_s=3.0)
    assert 0 <= late_s < 0.3


def test_call_that_ended_before_the_death_was_noticed_ends_once_it_is() -> None:
    late_s, _ = gone_after_s(killed_before_end_s=0.2)
    assert late_s < NOTICED_S + 0.5


def test_users_have_time_to_come_before_all_rooms_are_taken_over_with_a_grace() -> None:
    _, waited_s = gone_after_s(killed_before_end_s=50.0)
    assert 5 + 10 < waited_s < NOTICED_S + 5 + 10 + 1


def test_torch_of_a_room_is_paused_from_the_last_heartbeat_of_its_dead_node() -> None:
    async def main() -> float:
        world = World(1, nodes=2, users=0, faults_s=0, faults=())
        repository = world.stores.repository
        repository.users |= {ADA, BOB}
        await asyncio.gather(*(node.opening for node in world.nodes))
        await asyncio.sleep(5)
        await in_a_room(world.nodes[0])
        await asyncio.sleep(5)
        died_at = world.clock.now()
        world.nodes[0].kill()
        (room_id,) = repository.open
        async with asyncio.timeout(10):
            while repository.open[room_id].paused_at is None:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.1)
        assert repository.open[room_id].mode == "text"
        return (repository.open[room_id].paused_at or 0) - died_at

    with structlog.testing.capture_logs():
        assert -1_000 <= run(main()) <= 0


def test_room_of_a_node_that_stopped_by_itself_is_taken_over_within_a_minute() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        world = World(1, nodes=3, users=0, faults_s=0, faults=())
        await asyncio.gather(*(node.opening for node in world.nodes))
        await asyncio.sleep(20)  # the sweep of the start is over
        stopped = world.nodes[2]
        await call_at(world, stopped, duration_s=1_800)
        await stopped.cluster.close()
        stopped.wires.is_alive = False
        del world.stores.beats[stopped.name]
        began = loop.time()
        async with asyncio.timeout(300):
            while world.stores.repository.open:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.1)
        return loop.time() - began

    with structlog.testing.capture_logs():
        waited_s: float = run(main())
    assert 10 < waited_s < 60 + 10 + 2


def test_node_is_ready_after_an_outage_only_once_it_has_given_up_the_rooms_it_lost() -> None:
    async def main() -> list[bool]:
        loop = asyncio.get_running_loop()
        world = World(1, nodes=2, users=0, faults_s=0, faults=())
        repository, (cut, other) = world.stores.repository, world.nodes
        repository.users |= {ADA, BOB}
        await asyncio.gather(*(node.opening for node in world.nodes))
        await asyncio.sleep(5)
        await in_a_room(cut)
        cut.wires.postgres_cut_until = cut.wires.redis_cut_until = loop.time() + 9
        await asyncio.sleep(8)
        assert not cut.users.has_compared_rooms()
        room = await other.cluster.context.owners.room_of(ADA)
        assert room is not None
        assert await other.users.take_room(room)
        found = []
        async with asyncio.timeout(10):
            while not cut.users.has_compared_rooms():
                found.append(bool(cut.matchmaker.rooms.all()))
                await asyncio.sleep(0.01)
        assert found[0], "the room that it lost was still there"
        return [bool(cut.matchmaker.rooms.all())]

    with structlog.testing.capture_logs():
        assert run(main()) == [False]
