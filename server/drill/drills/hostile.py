"""Malformed, mutated and misplaced frames while normal rooms continue; then floods of every kind."""

import asyncio
import random
import sys
import time

import msgspec

from server.drill.clients.client_pool import Pair, until_all
from server.drill.clients.scripted_client import ScriptedClient
from server.drill.drill_context import Drill, DrillContext
from server.drill.floods.flood import FrameFloodOrder
from server.drill.floods.flood_bench import measure_floods
from server.drill.judgement.verdict import all_of, at_most, spread
from server.drill.spread import both

FRAMES = 1_000_000
BRIEF_FRAMES = 10_000
ATTACKERS = 50
SLOWER = 2.0
"""Maximum slowdown of an honest answer (p99), as a factor."""
GROWTH = 0.2
"""Maximum growth of the server's memory, as a fraction."""
GROWTH_MIB = 32


async def run(context: DrillContext) -> None:
    """Measure honest answers, measure them again under the flood, and check that the server's memory is level."""
    pairs = await context.clients.pair_up(context.options.rooms, mode=both)
    attackers = await context.clients.sign_up(ATTACKERS)
    targets = [pair[0].room["room_id"] for pair in pairs if pair[0].room is not None]
    total = BRIEF_FRAMES if context.options.brief else FRAMES
    async with context.clients.talking(pairs):
        before = await _honest(pairs, asyncio.create_task(asyncio.sleep(1 if context.options.brief else 5)))
        memory = _resident_mib(context)
        context.mark(f"{total} hostile frames")
        began = time.monotonic()
        share = total // ATTACKERS
        flood = asyncio.create_task(_flood(attackers, share, targets, context))
        during = await _honest(pairs, flood)
        context.tally("hostile frames", total)
        context.tally("hostile frames a second", round(total / (time.monotonic() - began)))
        context.mark("the flood is over")
    people = [person for pair in pairs for person in pair]
    await until_all(people, lambda person: not person.unsaid)
    grown = _resident_mib(context) - memory
    context.tally("memory grown (MiB)", round(grown, 1))
    context.measure("honest answer before", before)
    context.measure("honest answer during", during)
    here = sum(person.is_here and person.room is not None for person in people)
    context.require(
        all_of("honest people who are in their room at the end", here, len(people)),
        all_of("running servers", sum(node.is_running for node in context.nodes), len(context.nodes)),
        at_most("honest p99, relative to before", spread(during).p99 / spread(before).p99, SLOWER, "times"),
        at_most("memory grown", grown, max(GROWTH_MIB * len(context.nodes), GROWTH * memory), "MiB"),
    )
    context.mark("floods")
    await measure_floods(context)


async def _honest(pairs: list[Pair], until: asyncio.Task[None]) -> list[float]:
    """Return how long honest users waited for an answer, while *until* was running."""
    waits: list[float] = []
    rng = random.Random(1)
    while not until.done():
        person = rng.choice(rng.choice(pairs))
        began = time.monotonic()
        await person.ask("chat.typing", room_id=person.room["room_id"] if person.room else "")
        waits.append(time.monotonic() - began)
        await asyncio.sleep(0.01)
    await until
    return waits


async def _flood(attackers: list[ScriptedClient], share: int, targets: list[str], context: DrillContext) -> None:
    """Make every attacker send *share* frames, from another process."""
    people = [(one.token, one.user_id, one.address) for one in attackers]
    order = FrameFloodOrder(
        urls=list(attackers[0].urls), people=people, share=share, targets=targets, seed=context.options.seed
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.drill.floods.flood", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate(msgspec.json.encode(order))
    context.tally("times an attacker's socket was closed", int(told))


def _resident_mib(context: DrillContext) -> float:
    return sum(node.resident_mib for node in context.nodes)


DRILL = Drill(
    name="hostile",
    summary="1,000,000 malformed, mutated and misplaced frames while normal rooms continue; floods",
    run=run,
    rooms=100,
    brief_rooms=5,
    settings={"RONDO_RATE_LIMITS": "on", "RONDO_TRUSTED_PROXIES": "1"},
    remote=False,
)
