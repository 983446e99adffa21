"""Hundreds of users whose partners are all at the other node: real code, virtual time."""

import asyncio
import json

import structlog.testing
from msgspec.structs import replace

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile
from server.cluster.users.moves import MOVES_AT_ONCE
from tests.cluster.test_hellos import Probe
from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import World, user_name

COUPLES = 3 * MOVES_AT_ONCE


class TwoHalves(World):
    """Half of the users are female."""

    def profile_of(self, user: UserId) -> Profile:
        return replace(super().profile_of(user), gender="female" if user > user_name(COUPLES) else "male")


def test_only_some_users_move_at_once_and_all_are_paired() -> None:
    async def main() -> None:
        world = TwoHalves(seed=1, nodes=2, users=0, faults_s=0, faults=())
        users = [user_name(number) for number in range(1, 2 * COUPLES + 1)]
        world.stores.repository.users |= set(users)
        await asyncio.gather(*(node.opening for node in world.nodes))
        await asyncio.sleep(5)
        probes = [Probe(world.nodes[user > user_name(COUPLES)]) for user in users]
        await asyncio.gather(*(probe.hello(user) for probe, user in zip(probes, users, strict=True)))
        for user, probe in zip(users, probes, strict=True):
            wish = {"gender": ["male" if user > user_name(COUPLES) else "female"]}
            probe.connection.on_text(json.dumps({"type": "queue.join", "id": "j", "mode": "text", "want": wish}))
        most = 0
        async with asyncio.timeout(5):
            while not all(probe.of("invite.received") for probe in probes):
                moving = [len(node.users.moves.outgoing) for node in world.nodes]
                most = max(most, *moving)
                await asyncio.sleep(0.001)
        assert most == MOVES_AT_ONCE
        assert all(node.cluster.context.hub.stats.moves["dropped"] == 0 for node in world.nodes)
        assert all(probe.code is None for probe in probes)

    with structlog.testing.capture_logs():
        run(main())
