"""Comparison of a starting process with the nodes on the same Redis, by the records in their heartbeats."""

import asyncio
import time
from functools import partial
from typing import Final

import structlog

from matchmaker.domain.errors import Unavailable
from server.cluster.cluster import Cluster
from server.cluster.ports.heartbeats_redis import RedisHeartbeats
from server.cluster.ports.node_records import NodeRecord, differences, objection, require_common_time
from server.cluster.ports.redis_fault import RedisUnusable, fault_of
from server.config.errors import StartupError

DECIDE_S: Final = 4.0
"""Maximum time until a start knows whether a node with its name, or with other settings, is live."""
POLL_S: Final = 0.15

log = structlog.get_logger()


async def require_no_conflict(
    cluster: Cluster, heartbeats: RedisHeartbeats, *, tolerance_s: float, takes_over: bool
) -> None:
    """Check that no earlier, live node conflicts with this one, which has had a heartbeat.

    *takes_over*: another process may have the same name.

    Raises:
        StartupError: its name is taken, or a common setting differs.
        RedisUnusable: Redis cannot be used.
        Unavailable: PostgreSQL does not answer.
    """
    require_common_time(heartbeats.offset, "Redis", tolerance_s=tolerance_s)
    until = time.monotonic() + DECIDE_S
    objects = partial(objection, tolerance_s=tolerance_s, takes_over=takes_over)
    while True:
        others, own = await _others(cluster, heartbeats), heartbeats.record
        reasons = [objects(own, other, give_ms=heartbeats.offset.give_ms) for other in others]
        why = next(filter(None, reasons), None)
        if why is None:
            break
        if time.monotonic() > until:
            raise StartupError(why)
        await asyncio.sleep(POLL_S)
    for other in others:
        if differing := differences(own, other):
            log.warning("node_rules_differ", other_node=other.name, differing=differing)


async def _others(cluster: Cluster, heartbeats: RedisHeartbeats) -> list[NodeRecord]:
    """Return the records of the earlier nodes that are live as far as is known."""
    await cluster.supervision.poll_postgres()
    await cluster.supervision.beat()
    try:
        records = await heartbeats.older_records()
    except Unavailable as error:
        raise RedisUnusable(fault_of(error)) from error
    return [record for node, record in records.items() if cluster.context.membership.has_recent_beat(node)]
