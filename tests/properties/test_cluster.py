"""The real code of several nodes under seeded faults and virtual time: one owner acts, nothing is lost or doubled.

`RONDO_SEEDS=first:count` runs other seeds: about 2,000 steps and three seconds each. A run is a function of its seed
and of `PYTHONHASHSEED`, which decides the order of sets.
"""

import os
from collections.abc import Iterator

import pytest
import structlog.testing

from tests.properties.cluster.faults import EVERYTHING
from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import Faults, World, report

FIRST, COUNT = (int(part) for part in os.environ.get("RONDO_SEEDS", "0:6").split(":"))


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


def play(seed: int, faults: Faults) -> World:
    async def main() -> World:
        world = World(seed, nodes=2 + seed % 3, users=12, faults_s=40 if faults else 10, faults=faults)
        await world.run()
        return world

    found: World = run(main())
    return found


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_nothing_is_lost_doubled_or_owned_twice(seed: int) -> None:
    world = play(seed, EVERYTHING)
    assert not world.violations, report(world)
    assert world.steps > 500


@pytest.mark.parametrize("seed", range(FIRST, FIRST + max(1, COUNT // 3)))
def test_nodes_without_faults_serve_all_clients(seed: int) -> None:
    world = play(seed, ())
    assert not world.violations, report(world)
    assert set(world.stats) <= {"fresh", "resumed", "rooms told", "signals", "ended next", "ended grace_expired"}
