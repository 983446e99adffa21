"""Whether the process lives, and whether it can serve."""

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from matchmaker.clock import Clock
from matchmaker.errors import NotFound, Unavailable
from server.http.desk import Desk
from server.http.route import Call
from server.ledger.pool import Pool

PROBE_S = 2.0
"""How long the storage may take to answer; a platform's own patience is rarely more than five seconds."""
FRESH_MS = 500
"""How long an answer of the storage stands: however many ask, it is probed twice a second."""


class Status(msgspec.Struct, frozen=True):
    """`ok`."""

    status: str


class NotReady(Unavailable):
    """The process lives and must not be sent people now."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.message = why


class Health:
    """Knows whether people may be sent here."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._probe: asyncio.Task[bool] | None = None
        self._probed_at = 0
        self.hears: Callable[[], bool] = _always
        """Whether the other nodes can be heard; without Redis nobody can be let in or paired."""
        self.serving = False
        """True between the end of recovery and the first SIGTERM."""

    async def check(self) -> None:
        """Return if people may be sent here.

        Raises:
            NotReady: starting, draining, or the storage does not answer.
        """
        if not self.serving:
            raise NotReady("starting or draining")
        if not self.hears():
            raise NotReady("Redis does not answer")
        now = self._clock.now()
        if self._probe is None or (self._probe.done() and now - self._probed_at >= FRESH_MS):
            self._probed_at = now
            self._probe = asyncio.create_task(self._reaches_storage())
        if not await asyncio.shield(self._probe):
            raise NotReady("the storage does not answer")

    async def is_ready(self) -> bool:
        """Tell whether people may be sent here."""
        try:
            await self.check()
        except NotReady:
            return False
        return True

    async def _reaches_storage(self) -> bool:
        try:
            async with asyncio.timeout(PROBE_S):
                await self._pool.fetchval("SELECT 1")
        except (Unavailable, TimeoutError):
            return False
        return True


def _always() -> bool:
    """There is no other node."""
    return True


async def alive(_desk: Desk, _call: Call[None]) -> Status:
    """Tell that the process is alive."""
    return Status("ok")


async def ready(desk: Desk, _call: Call[None]) -> Status:
    """Tell whether people may be sent here: started, not draining, storage reachable."""
    await desk.health.check()
    return Status("ok")


async def metrics(desk: Desk, _call: Call[None]) -> web.Response:
    """Get the figures for Prometheus."""
    if not desk.settings.metrics:
        raise NotFound("figures are switched off here; see RONDO_METRICS")
    return web.Response(body=await desk.scrape.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
