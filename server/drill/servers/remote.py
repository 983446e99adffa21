"""A running service: the drill acts as clients, and asks the operator for the faults."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp

PATIENCE_S: Final = 600.0
"""Timeout of the operator's actions."""
POLL_S: Final = 0.05


class Remote:
    """The service at *base*. *lost* returns once most clients have lost their connection."""

    def __init__(self, base: str, says: Callable[[str], None], lost: Callable[[], Awaitable[None]]) -> None:
        self.base = base.rstrip("/")
        self.listens_at = 0.0
        self.started_at = 0.0
        self._says = says
        self._lost = lost

    async def start(self) -> float:
        """Return, once the service says that it is ready, how many seconds it took from when it was first asked.

        Raises:
            TimeoutError: it does not get ready.
        """
        self.started_at = time.monotonic()
        async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"{self.base}/readyz") as answer:
                        if answer.status == 200:
                            self.listens_at = time.monotonic()
                            return self.listens_at - self.started_at
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(POLL_S)

    async def kill(self) -> None:
        """Ask the operator to kill it; return once clients are disconnected."""
        self._says(f"now kill {self.base} with SIGKILL, and start it again: I wait {PATIENCE_S:.0f} s for it")
        async with asyncio.timeout(PATIENCE_S):
            await self._lost()

    async def stop(self) -> int:
        """Leave it running."""
        return 0
