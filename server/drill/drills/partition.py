"""A node is cut off: from Redis, from PostgreSQL, from messages of other nodes, from everything. No room may end."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from server.drill.checks.continuity_check import ContinuityCheck
from server.drill.clients.client_log import stays
from server.drill.clients.client_pool import Pair
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import Drill, DrillContext, node_name
from server.drill.judgement.verdict import all_of, at_most, none_of
from server.drill.servers.fleet import ServerEnvironment
from server.drill.spread import both, spread_out
from server.drill.traffic.relayed import signal_during, signal_once

PLACE: Final = 0
"""The node that is cut off."""
CUT_S, BRIEF_CUT_S = 9.0, 4.5
"""Longer than the other nodes take to consider a node dead, shorter than a grace."""
NOTICED_S = 5.0
"""Bound, in seconds, until a node that is cut off is not ready."""
READY_S = 5.0
"""Time after which it accepts users again."""
ACROSS_S = 5.0
LOOK_S = 0.05


class Cut(msgspec.Struct, frozen=True):
    """A kind of cut."""

    text: str
    begin: Callable[[ServerEnvironment], None]


def _both(around: ServerEnvironment) -> None:
    around.redis.swallow()
    around.postgres.swallow()


CUTS: Final = (
    Cut("Redis, connections refused", lambda around: around.redis.cut()),
    Cut("Redis, data swallowed", lambda around: around.redis.swallow()),
    Cut("PostgreSQL, connections refused", lambda around: around.postgres.cut()),
    Cut("PostgreSQL, data swallowed", lambda around: around.postgres.swallow()),
    Cut("everything", _both),
)
BRIEF_CUTS: Final = (CUTS[1], CUTS[4])


async def run(context: DrillContext) -> None:
    """Cut the node off in every way, and move some of its users elsewhere; all rooms must survive."""
    count = context.options.nodes
    pairs = await context.clients.pair_up(context.options.rooms, mode=both, node=lambda n: spread_out(count, n))
    people = [person for pair in pairs for person in pair]
    kept = ContinuityCheck(context, people)
    async with context.clients.talking(pairs):
        for number, cut in enumerate(BRIEF_CUTS if context.options.brief else CUTS):
            await asyncio.sleep(1)
            # Each time other users move, and from all nodes: so some return to the node that was cut off.
            pairs += await _cut(context, pairs, cut, leaving=people[2 + number % 5 :: 5])
    people = [person for pair in pairs for person in pair]
    await kept.require_all()
    context.require(
        none_of("rooms ended by a cut", _ended(people), looked_at=len(pairs)),
    )


async def _cut(
    context: DrillContext, pairs: Sequence[Pair], cut: Cut, *, leaving: Sequence[ScriptedClient]
) -> list[Pair]:
    """Cut the node off for a while, and check what works during and after it; return the pairs that met for it."""
    here = context.nodes[PLACE].base
    around = context.fleet.around[PLACE]
    # New rooms, one at each of two nodes: a node owns the room of two users who met there. Of an older room the owner
    # may be another node, and a node that is cut off closes the sockets of such users.
    within = await context.clients.pair_up(2, mode=both, node=lambda n: PLACE + n // 2)
    began = context.mark(f"{node_name(PLACE)} is cut off from {cut.text}")
    cut.begin(around)
    for person in leaving:
        person.drop()
    over = asyncio.create_task(context.wait_until(began + (BRIEF_CUT_S if context.options.brief else CUT_S)))
    noticing = asyncio.create_task(_until_ready(context, here, False, began + 2 * NOTICED_S))
    flows = [asyncio.create_task(signal_during(context, [pair], over)) for pair in within]
    counts = [await flow for flow in flows]
    await over
    context.require(
        all_of(
            f"signals within a node, cut off from {cut.text}",
            sum(arrived for _, arrived in counts),
            sum(sent for sent, _ in counts),
        ),
        at_most(f"until it reports that it is not ready, {cut.text}", await noticing - began, NOTICED_S),
    )
    around.redis.mend()
    around.postgres.mend()
    mended_at = context.mark(f"{node_name(PLACE)} is connected again")
    ready_at = await _until_ready(context, here, True, mended_at + 4 * READY_S)
    back = await context.clients.all_here(leaving)
    context.require(
        at_most(f"until it is ready again, {cut.text}", ready_at - mended_at, READY_S),
        all_of(f"people who left during the cut and are back, {cut.text}", back, len(leaving)),
    )
    everywhere = [*pairs, *within]
    await context.clients.all_here([person for pair in everywhere for person in pair])
    _, arrived = await signal_once(context, everywhere, patience_s=ACROSS_S)
    context.require(all_of(f"signals in every room, after {cut.text}", arrived, 2 * len(everywhere)))
    return within


async def _until_ready(context: DrillContext, base: str, ready: bool, until: float) -> float:
    """Return when the node reports that it is ready, or (*ready* is False) that it is not; *until* if it does not."""
    while await context.clients.is_ready(base) != ready and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)
    return time.monotonic()


def _ended(people: Sequence[ScriptedClient]) -> list[str]:
    return [
        f"{stay.room_id} for {person.log.name}: {stay.reason}"
        for person in people
        for stay in stays(person.log)
        if stay.until is not None
    ]


DRILL = Drill(
    name="partition",
    summary="a node is cut off from Redis, from PostgreSQL, and from everything",
    run=run,
    rooms=100,
    nodes=2,
    can_part=True,
    settings={"RONDO_GRACE_S": "20"},
    remote=False,
)
