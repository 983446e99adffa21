"""Two real nodes over one Redis and one PostgreSQL; users are spread over them in turn."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.service import Service
from tests.support.valkey import Guarded, Valkey

READY_S = 20.0


class TwoNodes:
    """Looks like one service to those who only ask where to go: each who asks is sent to the next node."""

    def __init__(self, dsn: str, folder: Path, *, redis: Valkey | Guarded | None = None, **settings: Any) -> None:
        self.dsn = dsn
        self.redis: Any = redis or Valkey()
        settings = {"RONDO_DRAIN_NOTICE_S": 0.2} | settings | {"REDIS_URL": self.redis.url}
        self.nodes = [Service(dsn, folder, **settings, RONDO_NODE=f"node{n}") for n in range(2)]
        self._turn = itertools.cycle(self.nodes)

    @property
    def base(self) -> str:
        return next(self._turn).base

    def start_at_first_node(self) -> None:
        """Send the next user to the first node."""
        self._turn = itertools.cycle(self.nodes)

    @property
    def is_running(self) -> bool:
        return all(node.is_running for node in self.nodes)

    async def start(self) -> None:
        await asyncio.gather(*(node.start() for node in self.nodes if not node.is_running))

    async def until_ready(self, http: aiohttp.ClientSession) -> None:
        """Return once each node says that it can serve: the last story may have taken Redis away."""
        async with asyncio.timeout(READY_S):
            for node in self.nodes:
                while not await _is_ready(http, node.base):  # noqa: ASYNC110 - in another process
                    await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """End all nodes as a power cut does; Redis stays."""
        await asyncio.gather(*(node.kill() for node in self.nodes))

    async def stop(self) -> int:
        return max(await asyncio.gather(*(node.stop() for node in self.nodes)))

    async def revive(self) -> None:
        """Start what the last story has killed; Redis in this thread, for it ends with the thread that made it."""
        if not self.redis.is_running:
            self.redis.start()
        await self.start()

    def ask_to_stop(self) -> None:
        for node in self.nodes:
            node.ask_to_stop()

    def gone_now(self) -> int:
        """Return the worst exit code once the nodes, which were asked to stop, have ended; Redis ends with them."""
        try:
            return max([node.gone_now() for node in self.nodes])
        finally:
            self.redis.stop()

    def faults(self) -> list[dict[str, Any]]:
        return [fault for node in self.nodes for fault in node.faults()]


async def _is_ready(http: aiohttp.ClientSession, base: str) -> bool:
    """Return whether a node is ready, reaches Redis, and knows of the other one (where its metrics are readable)."""
    async with http.get(base + "/readyz") as answer:
        if answer.status != 200 or "redis" in await answer.json():
            return False
    async with http.get(base + "/metrics") as answer:
        return answer.status != 200 or "rondo_node_others 1.0" in await answer.text()
