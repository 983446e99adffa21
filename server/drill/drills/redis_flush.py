"""Redis is flushed repeatedly under load: no user is lost, and no user is in two rooms."""

import asyncio

from server.drill.checks.continuity_check import ContinuityCheck
from server.drill.checks.queue_check import QueueCheck
from server.drill.drill_context import Drill, DrillContext
from server.drill.spread import both, spread_out
from server.drill.traffic.churn import churning

TIMES, BRIEF_TIMES = 10, 3
WORDS = ("FLUSHALL", "SCRIPT FLUSH")
"""The commands: all data, and sometimes only the scripts."""


async def run(context: DrillContext) -> None:
    """Flush at random moments; after each, a partner joins for every user that waited."""
    count = context.options.nodes
    times = context.options.again or (BRIEF_TIMES if context.options.brief else TIMES)
    pairs = await context.clients.pair_up(context.options.rooms, mode=both, node=lambda n: spread_out(count, n))
    people = [person for pair in pairs for person in pair]
    kept = ContinuityCheck(context, people)
    waiting = QueueCheck(context)
    await waiting.gather(2 * times + 4)
    crowd = max(10, context.options.rooms // 5)
    async with context.clients.talking(pairs), churning(context, crowd) as comers:
        for lap in range(times):
            await asyncio.sleep(context.rng.uniform(0.3, 1.5))
            context.count("flush", lap + 1, times)
            word = WORDS[lap % 3 == 1]
            await context.fleet.redis.flush(word)
            context.mark(word)
            # Immediately after the flush, or a moment later.
            await asyncio.sleep(context.rng.choice((0.0, 0.2, 1.0)))
            await waiting.send(f"after flush {lap + 1} ({word})", 2)
        before = {one.user_id: len(one.log.heard("room.started")) for one in comers}
        await asyncio.sleep(3.0)
        met = sum(len(one.log.heard("room.started")) > before[one.user_id] for one in comers)
        context.tally("joining and leaving clients: paired within the last three seconds", met)
    await waiting.send("at the end")
    waiting.judge()
    await kept.require_all()


DRILL = Drill(
    name="redis-flush",
    summary="Redis is flushed repeatedly while users meet and leave",
    run=run,
    rooms=100,
    nodes=2,
    remote=False,
)
