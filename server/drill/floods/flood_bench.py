"""Latency of honest users and memory of the server in each flood, compared to the quiet figure of the same run."""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from server.drill.drill_context import DrillContext
from server.drill.floods.attackers import FLOODS, FloodOrder, FloodReport
from server.drill.floods.bystanders import Bystanders, sign_up
from server.drill.judgement.verdict import VerdictLine, at_most, exactly, not_run, spread
from server.drill.servers.host import CODE, Host, room_for

P99_MS: Final = 50.0
"""Maximum latency of honest users (p99) under any flood."""
GROWTH_MIB: Final = 256.0
"""Maximum memory of a flood: the budget for slow readers (RONDO_BUFFER_MIB)."""
MEASURE_S: Final = 5.0
BRIEF_S: Final = 0.4
SETTLE_S: Final = 0.3
BRIEF_SETTLE_S: Final = 0.1
"""How long a flood runs before honest answers are measured."""
CONNECTIONS: Final = {1: 50, 10: 50, 100: 10}
"""By number of addresses: number of connections."""
SLOW: Final = {1: 150, 10: 150, 100: 30}
"""The same for connections that send nearly nothing; 100 per address are allowed."""
USERS: Final = {1: 6, 10: 6, 100: 2}
"""The same for users: the limit of sign-ups per address."""
BRIEF_ADDRESSES: Final = (10,)
SAMPLE_S: Final = 0.1


class _Bench:
    """A server, the honest users on it, and their latency without a flood."""

    def __init__(self, context: DrillContext, host: Host) -> None:
        self._context = context
        self._host = host
        self._seconds, self._settle_s = (BRIEF_S, BRIEF_SETTLE_S) if context.options.brief else (MEASURE_S, SETTLE_S)
        self._quiet = (0.0, 0.0)
        self.honest = Bystanders(host.port)

    async def enter(self) -> None:
        """Connect the honest users, and measure the quiet figure."""
        await self.honest.enter()
        self._quiet = await self.measure()

    async def pass_over(self, flood: str, addresses: int) -> list[VerdictLine]:
        """Run one flood from this number of addresses; return its two lines of the verdict."""
        host, context, quiet = self._host, self._context, self._quiet
        order = FloodOrder(
            flood, host.port, await _sources(host.port, flood, addresses), self._seconds + 2 * self._settle_s
        )
        before = host.resident_mib
        async with _peak(host) as peak:
            attack = asyncio.create_task(_attack(order))
            frames, requests = await self.measure(after_s=self._settle_s)
            told = await attack
        label = f"{flood}, {addresses} address{'es' if addresses > 1 else ''}"
        context.tally(f"{label}: connections opened", told.opened)
        context.tally(f"{label}: refused or cut", told.refused)
        context.tally(f"{label}: sent (MiB)", told.sent_mib)
        pace = at_most(f"honest p99, {label}", max(frames, requests), P99_MS, "ms")
        waited = f"frame {frames:.1f}, request {requests:.1f} ms (quiet {quiet[0]:.1f}, {quiet[1]:.1f})"
        grown = at_most(f"memory, {label}", max(peak) - before, GROWTH_MIB, "MiB", digits=1)
        memory = f"{grown.found} more than {before:.0f} MiB"
        context.say(
            f"{label}: {waited}; {memory}; {told.opened} opened, {told.refused} refused, {told.sent_mib} MiB sent"
        )
        return [
            msgspec.structs.replace(pace, found=waited),
            msgspec.structs.replace(grown, found=memory, is_pace=False),
        ]

    async def measure(self, *, after_s: float = 0.0) -> tuple[float, float]:
        """Return the p99 in ms of answers to frames and to requests; connections are opened before *after_s*."""
        await self.honest.open()
        await asyncio.sleep(after_s)
        frames, requests = await self.honest.measure(self._seconds)
        return spread(frames).p99 * 1_000, spread(requests).p99 * 1_000


async def measure_floods(context: DrillContext) -> None:
    """Run each flood on a server of its own, and require the limits during it."""
    if sys.platform != "linux":
        context.require(not_run("floods", "they need the addresses of 127.0.0.0/8 and /proc"))
        return
    room_for(5_000)
    with tempfile.TemporaryDirectory(prefix="rondo-floods-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # noqa: ASYNC240 - once
        # No proxy: limits see the addresses of the connections.
        host = Host(folder, settings={"RONDO_RATE_LIMITS": "on"})
        context.hosts.append(host)
        await host.start()
        bench = _Bench(context, host)
        try:
            await bench.enter()
            for flood in FLOODS:
                for addresses in BRIEF_ADDRESSES if context.options.brief else tuple(CONNECTIONS):
                    since = time.monotonic()
                    context.require(*await bench.pass_over(flood, addresses), since=since)
            after = time.monotonic()
            line = at_most("honest p99 when all floods are over", max(await bench.measure()), P99_MS, "ms")
            context.require(line, since=after)
            context.require(exactly("honest sockets lost in all floods", len(bench.honest.closes), 0))
        finally:
            bench.honest.leave()
            await host.stop()


async def _sources(port: int, flood: str, addresses: int) -> list[tuple[str, str]]:
    """Return address and token of each connection of *flood*; every flood has networks (/24) of its own."""
    names = [f"127.{FLOODS.index(flood) + 10}.{addresses + number}.1" for number in range(addresses)]
    if flood.endswith("after hello") or flood in ("writes", "unread answers"):
        return [(name, await sign_up(port, name)) for name in names for _ in range(USERS[addresses])]
    many = SLOW if flood.startswith(("idle", "slow")) else CONNECTIONS
    return [(name, "") for name in names for _ in range(many[addresses])]


async def _attack(order: FloodOrder) -> FloodReport:
    """Run the flood in another process, and return its result."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.drill.floods.attackers",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=CODE,
    )  # fmt: skip
    told, _ = await process.communicate(msgspec.json.encode(order))
    return msgspec.json.decode(told, type=FloodReport)


@asynccontextmanager
async def _peak(host: Host) -> AsyncIterator[list[float]]:
    """Record the server's peak memory (MiB) within the `async with`."""
    found = [host.resident_mib]

    async def note() -> None:
        while True:
            await asyncio.sleep(SAMPLE_S)
            found.append(host.resident_mib)

    noting = asyncio.create_task(note())
    try:
        yield found
    finally:
        noting.cancel()
        with suppress(asyncio.CancelledError):
            await noting
