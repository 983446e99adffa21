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


async def play(play: DrillContext) -> None:
    """Kill the service under load, start it, and check which rooms are restored."""
    play.say(f"opening {play.options.rooms} rooms")
    pairs = await play.cast.pair_up(play.options.rooms, mode=both)
    people = [person for pair in pairs for person in pair]
    rooms = {person.user_id: person.room["room_id"] for person in people if person.room is not None}
    async with calling(play, play.options.calls), play.cast.talking(pairs):
        if play.options.again:
            await _again(play, pairs)
        else:
            await _once(play, rooms)
        await asyncio.sleep(1)
    await until_all(people, lambda person: not person.unsaid)
    kept = [person for person in people if person.room and person.room["room_id"] == rooms[person.user_id]]
    play.require(all_of("people who are in their room at the end", len(kept), len(people)))


async def _once(play: DrillContext, rooms: dict[str, str]) -> None:
    settle_s = 1.0 if play.options.brief else SETTLE_S
    people = list(play.cast.people)
    await asyncio.sleep(settle_s)
    restart = await play.restart()
    await play.cast.all_here(people)
    play.mark("all users are back")
    await asyncio.sleep(settle_s)
    waits = play.resumed_after(people, rooms, restart)
    resumed = play.measure("time to resume", waits)
    play.require(
        all_of("people who got their room back", len(waits), len(people)),
        at_most("time to resume, p50", resumed.p50, RESUME_P50_S),
        at_most("time to resume, p99", resumed.p99, RESUME_P99_S),
    )
    if play.hosts:  # else the time depends on the operator
        play.require(at_most("start to ready", restart.ready_at - restart.started_at, READY_S))
        play.tally("start to ready (s)", round(restart.ready_at - restart.started_at, 3))
        play.tally("processor time of the start (s)", restart.processor_s)


async def _again(play: DrillContext, pairs: list[Pair]) -> None:
    """Kill it repeatedly, each time at another critical moment."""
    strangers = await play.cast.sign_up(max(8, play.options.rooms // 2))
    await play.cast.connect(strangers)
    moments = CrashPoints(play, pairs, strangers)
    kinds = list(moments.kinds)
    waits: list[float] = []
    starts: list[float] = []
    for lap in range(play.options.again):
        kind = kinds[lap % len(kinds)] if lap < len(kinds) else play.rng.choice(kinds)
        play.count("kill", lap + 1, play.options.again)
        await asyncio.sleep(await moments.kinds[kind]())
        play.say(f"kill {lap + 1}: {kind}")
        rooms = {one.user_id: one.room["room_id"] for one in play.cast.people if one.room is not None}
        restart = await play.restart(interrupt_after_s=_interruption(play), place=_place(play))
        await play.cast.all_here()
        await moments.settle()
        waits += play.resumed_after([one for one in play.cast.people if one.user_id in rooms], rooms, restart)
        starts.append(restart.ready_at - restart.started_at)
    play.measure("time to resume", waits)
    play.measure("start to ready", starts)
    play.require(all_of("kills survived", len(starts), play.options.again))


def _place(play: DrillContext) -> int | None:
    """Return which of several nodes is killed; None: all of them, or there is only one."""
    count = play.options.nodes
    return play.rng.randrange(count) if count > 1 and play.rng.random() < ONE_SHARE else None


def _interruption(play: DrillContext) -> float | None:
    """Return after how many seconds the start is killed too; None: it is not."""
    return play.rng.uniform(0.2, 1.2) if play.rng.random() < INTERRUPTED_SHARE else None


DRILL = Drill(name="sigkill", summary="SIGKILL in the middle of live rooms, and a start; --again K times", play=play)
