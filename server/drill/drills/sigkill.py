"""A power failure: N live rooms, SIGKILL, start; all clients reconnect as the page does."""

import asyncio

from server.drill.checks.crash_points import CrashPoints
from server.drill.clients.client_pool import Pair, until_all
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.verdict import all_of, at_most
from server.drill.spread import both
from server.drill.traffic.calls import calling

SETTLE_S = 3.0
"""Duration of the chat before and after."""
READY_S = 1.5
RESUME_P50_S, RESUME_P99_S = 1.5, 3.0
"""After the service is back, with the reconnect delays of a page."""
ONE_SHARE = 0.5
"""With several nodes: fraction of the repetitions that kill only one, not all."""
INTERRUPTED_SHARE = 0.3
"""Fraction of the starts that are killed before they are ready."""


async def run(context: DrillContext) -> None:
    """Kill the service under load, start it, and check which rooms are restored."""
    context.say(f"opening {context.options.rooms} rooms")
    pairs = await context.clients.pair_up(context.options.rooms, mode=both)
    people = [person for pair in pairs for person in pair]
    rooms = {person.user_id: person.room["room_id"] for person in people if person.room is not None}
    async with calling(context, context.options.calls), context.clients.talking(pairs):
        if context.options.again:
            await _again(context, pairs)
        else:
            await _once(context, rooms)
        await asyncio.sleep(1)
    await until_all(people, lambda person: not person.unsaid)
    kept = [person for person in people if person.room and person.room["room_id"] == rooms[person.user_id]]
    context.require(all_of("people who are in their room at the end", len(kept), len(people)))


async def _once(context: DrillContext, rooms: dict[str, str]) -> None:
    settle_s = 1.0 if context.options.brief else SETTLE_S
    people = list(context.clients.people)
    await asyncio.sleep(settle_s)
    restart = await context.restart()
    await context.clients.all_here(people)
    context.mark("all users are back")
    await asyncio.sleep(settle_s)
    waits = context.resumed_after(people, rooms, restart)
    resumed = context.measure("time to resume", waits)
    context.require(
        all_of("people who got their room back", len(waits), len(people)),
        at_most("time to resume, p50", resumed.p50, RESUME_P50_S),
        at_most("time to resume, p99", resumed.p99, RESUME_P99_S),
    )
    if context.hosts:  # else the time depends on the operator
        context.require(at_most("start to ready", restart.ready_at - restart.started_at, READY_S))
        context.tally("start to ready (s)", round(restart.ready_at - restart.started_at, 3))
        context.tally("processor time of the start (s)", restart.processor_s)


async def _again(context: DrillContext, pairs: list[Pair]) -> None:
    """Kill it repeatedly, each time at another critical moment."""
    strangers = await context.clients.sign_up(max(8, context.options.rooms // 2))
    await context.clients.connect(strangers)
    moments = CrashPoints(context, pairs, strangers)
    kinds = list(moments.kinds)
    waits: list[float] = []
    starts: list[float] = []
    for lap in range(context.options.again):
        kind = kinds[lap % len(kinds)] if lap < len(kinds) else context.rng.choice(kinds)
        context.count("kill", lap + 1, context.options.again)
        await asyncio.sleep(await moments.kinds[kind]())
        context.say(f"kill {lap + 1}: {kind}")
        rooms = {one.user_id: one.room["room_id"] for one in context.clients.people if one.room is not None}
        restart = await context.restart(interrupt_after_s=_interruption(context), place=_place(context))
        await context.clients.all_here()
        await moments.settle()
        waits += context.resumed_after([one for one in context.clients.people if one.user_id in rooms], rooms, restart)
        starts.append(restart.ready_at - restart.started_at)
    context.measure("time to resume", waits)
    context.measure("start to ready", starts)
    context.require(all_of("kills survived", len(starts), context.options.again))


def _place(context: DrillContext) -> int | None:
    """Return which of several nodes is killed; None: all of them, or there is only one."""
    count = context.options.nodes
    return context.rng.randrange(count) if count > 1 and context.rng.random() < ONE_SHARE else None


def _interruption(context: DrillContext) -> float | None:
    """Return after how many seconds the start is killed too; None: it is not."""
    return context.rng.uniform(0.2, 1.2) if context.rng.random() < INTERRUPTED_SHARE else None


DRILL = Drill(name="sigkill", summary="SIGKILL in the middle of live rooms, and a start; --again K times", run=run)
