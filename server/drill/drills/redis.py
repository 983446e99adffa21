"""Redis is restarted empty, paused and killed: rooms continue, and users in the queue keep their place."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from server.drill.checks.continuity_check import ContinuityCheck
from server.drill.checks.queue_check import QueueCheck
from server.drill.clients.client_pool import Pair, each, until_all
from server.drill.clients.outcomes import FrameRefused, Interrupted
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.verdict import all_of, at_most, none_of
from server.drill.spread import both, spread_out
from server.drill.traffic.relayed import signal_during, signal_once

PAUSE_S, BRIEF_PAUSE_S = 5.0, 3.5
AWAY_S, BRIEF_AWAY_S = 3.0, 1.0
READY_S = 3.0
"""Maximum time until every node is ready after Redis."""
LOOK_S = 0.05
ACROSS_S = 3.0
"""Maximum time until a signal passes between nodes after that."""
LOCAL_S = 2.0
"""Maximum time until two users of one node are paired without Redis."""
DROPPED_SHARE = 10
"""One of this many users is disconnected while Redis is away, and can reconnect only afterwards."""


async def run(context: DrillContext) -> None:
    """Disturb Redis in three ways under load; check what works during it, and the queue afterwards."""
    count = context.options.nodes
    pairs = await context.clients.pair_up(context.options.rooms, mode=both, node=lambda n: spread_out(count, n))
    people = [person for pair in pairs for person in pair]
    kept = ContinuityCheck(context, people)
    waiting = QueueCheck(context)
    await waiting.gather(max(12, context.options.rooms // 5))
    faults: tuple[tuple[str, Callable[[DrillContext], Awaitable[None]], bool], ...] = (
        ("restarted empty", _restart, False),
        ("paused", _pause, True),
        ("killed", _kill, True),
    )
    async with context.clients.talking(pairs):
        for text, fault, is_away in faults:
            await asyncio.sleep(1)
            await _strike(context, pairs, text, fault, is_away=is_away)
            await waiting.send(f"Redis {text}", 3)
    await waiting.send("at the end")
    waiting.judge()
    await kept.require_all()


async def _strike(
    context: DrillContext,
    pairs: Sequence[Pair],
    text: str,
    fault: Callable[[DrillContext], Awaitable[None]],
    *,
    is_away: bool,
) -> None:
    """*is_away*: Redis does not answer for a while."""
    within = [pair for pair in pairs if context.node_of(pair[0]) == context.node_of(pair[1])]
    across = [pair for pair in pairs if context.node_of(pair[0]) != context.node_of(pair[1])]
    context.mark(f"Redis is {text}")
    striking = asyncio.create_task(_run(fault(context)))
    between = asyncio.create_task(signal_during(context, across, striking, settle_s=ACROSS_S))
    said = asyncio.create_task(_say(within))
    newcomers = asyncio.create_task(_join_at_each_node(context)) if is_away else None
    dropped = [person for pair in across for person in pair][::DROPPED_SHARE]
    for person in dropped:
        person.drop()
    sent, arrived = await signal_during(context, within, striking)
    context.require(
        all_of(f"signals within a node, Redis {text}", arrived, sent),
        none_of(f"messages refused within a node, Redis {text}", await said, looked_at=2 * len(within)),
    )
    if newcomers is not None:
        paired, joined = await newcomers
        context.require(all_of(f"users who joined, paired at their own node, Redis {text}", paired, joined))
    back_at = context.mark("Redis is back")
    for node in context.nodes:
        while not await context.clients.reaches_redis(node.base) and time.monotonic() < back_at + 10 * READY_S:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
    context.require(at_most(f"every node ready again, Redis {text}", time.monotonic() - back_at, READY_S))
    lost_out = await between
    context.tally(f"signals between nodes, Redis {text}: sent", lost_out[0])
    context.tally(f"signals between nodes, Redis {text}: lost", lost_out[0] - lost_out[1])
    here = await context.clients.all_here(dropped)
    context.require(all_of(f"people who lost their connection and are back, Redis {text}", here, len(dropped)))
    sent, arrived = await signal_once(context, across, patience_s=ACROSS_S)
    context.require(all_of(f"signals between nodes once Redis is back, {text}", arrived, sent))


async def _join_at_each_node(context: DrillContext) -> tuple[int, int]:
    """Let two users who fit only each other join at each node; return how many are paired with each other, of how many.

    Redis is unavailable during it: a node pairs its own users without it.
    """
    people: list[ScriptedClient] = []
    for place in range(len(context.nodes)):
        two = await context.clients.sign_up(2, gender="male", interests=[f"node {place}"])
        await context.clients.connect_at(two, lambda _, place=place: place)  # type: ignore[misc]
        await each(two, lambda one: one.ask("queue.join", mode="text", auto_accept=True, want={"gender": ["male"]}))
        people += two
    await until_all(people, lambda one: one.room is not None, patience_s=LOCAL_S)
    mate = {
        one.user_id: other.user_id
        for two in zip(people[::2], people[1::2], strict=True)
        for one, other in (two, two[::-1])
    }
    paired = [one for one in people if one.room is not None and one.room["peer"]["user_id"] == mate[one.user_id]]
    return len(paired), len(people)


async def _say(pairs: Sequence[Pair]) -> list[str]:
    """Make both of each pair send a message; return what was refused, or not answered."""
    refused: list[str] = []

    async def say(person: ScriptedClient) -> None:
        assert person.room is not None
        try:
            await person.ask("chat.send", room_id=person.room["room_id"], client_id=f"x{time.monotonic_ns()}", body="x")
        except (FrameRefused, Interrupted) as error:
            refused.append(f"{person.log.name}: {error}")

    await each([person for pair in pairs for person in pair], say)
    return refused


async def _run(work: Awaitable[None]) -> None:
    await work


async def _restart(context: DrillContext) -> None:
    """Restart Redis without its data; every connection is lost."""
    context.fleet.redis.kill()
    await context.fleet.redis.start()


async def _pause(context: DrillContext) -> None:
    """Pause Redis for a while, without losing data."""
    context.fleet.redis.pause()
    await asyncio.sleep(BRIEF_PAUSE_S if context.options.brief else PAUSE_S)
    context.fleet.redis.go_on()


async def _kill(context: DrillContext) -> None:
    """Stop Redis for a while, then start it empty."""
    context.fleet.redis.kill()
    await asyncio.sleep(BRIEF_AWAY_S if context.options.brief else AWAY_S)
    await context.fleet.redis.start()


DRILL = Drill(
    name="redis",
    summary="Redis is restarted empty, paused for 5 s, and killed, under live rooms and people who wait",
    run=run,
    rooms=100,
    nodes=2,
    settings={"RONDO_GRACE_S": "20"},
    remote=False,
)
