"""Real calls, in a separate process: started, kept through faults, and measured."""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Final

import msgspec

from server.drill.clients.callers import CallerOrder, CallerReport
from server.drill.drill_context import DrillContext
from server.drill.judgement.verdict import VerdictLine, at_most
from server.drill.servers.host import CODE

GAP_S: Final = 0.5
"""The longest interval between two frames, in seconds, that users do not notice."""
FLOW_S: Final = 60.0
LINE_BYTES: Final = 1 << 26


class RealCalls:
    """What arrived at each of the peers, by name (monotonic instants)."""

    def __init__(self) -> None:
        self.pictures: dict[str, list[float]] = defaultdict(list)
        self.words: dict[str, list[float]] = defaultdict(list)

    def take(self, told: CallerReport) -> None:
        """Record a report of the process."""
        for name, at in told.pictures.items():
            self.pictures[name] += at
        for name, at in told.words.items():
            self.words[name] += at


@asynccontextmanager
async def calling(context: DrillContext, rooms: int) -> AsyncIterator[RealCalls]:
    """Run *rooms* real calls within the `with`; then require that no frame was late."""
    calls = RealCalls()
    if not rooms:
        yield calls
        return
    people = await context.clients.sign_up(2 * rooms)
    # They are played elsewhere; here they would only be doubles.
    del context.clients.people[-2 * rooms :]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.drill.clients.callers",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
        cwd=CODE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    flowing = asyncio.Event()
    reading = asyncio.create_task(_read(process.stdout, calls, flowing, context))
    try:
        wish = CallerOrder(
            list(people[0].urls), context.options.seed, [(one.token, one.user_id, one.log.name) for one in people]
        )
        process.stdin.write(msgspec.json.encode(wish) + b"\n")
        async with asyncio.timeout(FLOW_S):
            await flowing.wait()
        context.say(f"{rooms} real calls: all users receive audio and video")
        yield calls
        process.stdin.close()
        await asyncio.wait_for(reading, FLOW_S)
    finally:
        reading.cancel()
        if process.returncode is None:
            process.kill()
        await process.wait()
    context.frames |= calls.pictures
    context.require(*_judge(context, calls))


async def _read(stdout: asyncio.StreamReader, calls: RealCalls, flowing: asyncio.Event, context: DrillContext) -> None:
    async for line in stdout:
        told = msgspec.json.decode(line, type=CallerReport)
        calls.take(told)
        if told.kind == "flows":
            flowing.set()
        context.logs += told.logs


def _judge(context: DrillContext, calls: RealCalls) -> list[VerdictLine]:
    pictures = [gap for at in calls.pictures.values() for gap in gaps(at)]
    words = [gap for at in calls.words.values() for gap in gaps(at)]
    context.measure("between two frames", pictures)
    context.measure("between two data messages", words)
    worst = max(pictures, default=float("nan"))
    return [at_most("longest gap between two frames", worst, GAP_S, digits=3)]


def gaps(instants: list[float]) -> list[float]:
    """Return the intervals between consecutive instants."""
    return [later - earlier for earlier, later in pairwise(instants)]
