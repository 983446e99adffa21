"""The database is stopped, started, and killed during commits: signals continue, no acknowledged message is lost."""

import asyncio
import os
import signal
import time

from server.config.errors import StartupError
from server.drill.checks.continuity_check import ContinuityCheck
from server.drill.clients.client_pool import Pair
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import Drill, DrillContext
from server.drill.judgement.verdict import all_of, at_most
from server.drill.spread import both
from server.postgres import Postgres

OUTAGE_S = 5.0
BRIEF_OUTAGE_S = 1.0
READY_S = 2.0
"""Maximum time until the service is ready after the database."""
SIGNALS_PER_S = 40.0
PATIENCE_S = 5.0
"""Timeout of the last signals, in seconds."""
LOOK_S = 0.05
"""Interval of the readiness checks."""


async def run(context: DrillContext) -> None:
    """Stop the database for a while, then kill it under load; check every acknowledged message."""
    pairs = await context.clients.pair_up(context.options.rooms, mode=both)
    people = [person for pair in pairs for person in pair]
    kept = ContinuityCheck(context, people)
    async with context.clients.talking(pairs):
        await asyncio.sleep(1)
        stopped_at = context.mark("the database is stopped")
        await _postgres(context).stop()
        await _signal_through(context, pairs, stopped_at)
        ready = [await _bring_back(context)]
        await asyncio.sleep(1)
        context.mark("the database is killed")
        pid = _postgres(context).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.3)
        ready.append(await _bring_back(context))
    await kept.require_all()
    figures = context.measure("ready again after the database", ready)
    context.require(
        at_most("ready again after the database", figures.max, READY_S),
    )


async def _signal_through(context: DrillContext, pairs: list[Pair], since: float) -> None:
    """Send signals during the whole outage; every one of them must arrive while the database is away."""
    outage_s = BRIEF_OUTAGE_S if context.options.brief else OUTAGE_S
    while time.monotonic() < since + outage_s:
        context.clients.signal(context.rng.choice(context.rng.choice(pairs)))
        await asyncio.sleep(1 / SIGNALS_PER_S)
    ended_at = time.monotonic()
    people = [person for pair in pairs for person in pair]
    sent = [
        entry.frame["candidate"]["candidate"]
        for person in people
        for entry in person.log.sent("signal")
        if since < entry.at <= ended_at
    ]
    # The database stays away until all have arrived, so that the load of the machine does not matter.
    while (found := _heard(people, sent, since)) < len(sent) and time.monotonic() < ended_at + PATIENCE_S:  # noqa: ASYNC110 - in other processes
        await asyncio.sleep(LOOK_S)
    context.require(all_of("signals sent during the outage, received during it", found, len(sent)))


def _heard(people: list[ScriptedClient], sent: list[str], since: float) -> int:
    """Return how many of the signals *sent* have arrived."""
    heard = {
        entry.frame["candidate"]["candidate"]
        for person in people
        for entry in person.log.heard("signal")
        if entry.at > since
    }
    return sum(one in heard for one in sent)


async def _bring_back(context: DrillContext) -> float:
    """Start the database; return how long after that the service took to be ready."""
    # A killed database is started repeatedly until its old processes have ended.
    while True:
        try:
            await _postgres(context).start()
            break
        except StartupError:
            await asyncio.sleep(LOOK_S)
    began = context.mark("the database is back")
    for node in context.nodes:
        while not await context.clients.is_ready(node.base):  # noqa: ASYNC110 - asked from the outside
            await asyncio.sleep(LOOK_S)
    return time.monotonic() - began


def _postgres(context: DrillContext) -> Postgres:
    assert context.postgres is not None
    return context.postgres


DRILL = Drill(
    name="postgres",
    summary="the database is stopped for 5 s, started, and killed in the middle of commits",
    run=run,
    rooms=100,
    brief_rooms=6,
    settings={"RONDO_GRACE_S": "30"},
    remote=False,
)
