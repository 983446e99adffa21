"""First come, first served over nodes, with the real code under virtual time; `RONDO_SEEDS=first:count` as for
`test_cluster.py`.
"""

import os
from collections import Counter

import pytest
import structlog.testing

from tests.properties.cluster.first_come import Arrivals
from tests.properties.cluster.virtual_time import run
from tests.properties.cluster.world import report

FIRST, COUNT = (int(part) for part in os.environ.get("RONDO_SEEDS", "0:3").split(":"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_newcomers_pass_over_no_user_who_waits_longer_at_another_node(seed: int) -> None:
    async def main() -> Arrivals:
        world = Arrivals(seed, nodes=2 + seed % 3, users=150)
        await world.run()
        return world

    with structlog.testing.capture_logs():
        world: Arrivals = run(main())
    assert not world.violations, report(world)
    moves = sum((node.cluster.context.hub.stats.moves for node in world.nodes), Counter())
    assert moves["in"] > 5
    assert world.stats["rooms told"] > 100
