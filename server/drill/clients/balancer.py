"""The nodes that a proxy would route to: the health checks of deploy/Caddyfile, and its timeouts."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

from server.drill.clients.websocket_client import NotOpened, WebSocketClient, dial

EVERY_S: Final = 1.0
"""`health_interval`."""
TIMEOUT_S: Final = 2.0
"""`health_timeout`."""
DIAL_S: Final = 3.0
"""Timeout of a connection to a node; Caddy's default."""


async def dial_any(
    urls: Sequence[str], take: Callable[[bytes], None], lost: Callable[[int], None], *, address: str
) -> tuple[str, WebSocketClient]:
    """Return the first of *urls* that accepts a client, and the socket to it; the last is awaited without a timeout.

    Raises:
        NotOpened: none does.
    """
    for url in urls:
        try:
            async with asyncio.timeout(DIAL_S if url != urls[-1] else None):
                return url, await dial(url, take, lost, address=address)
        except (NotOpened, TimeoutError):
            if url == urls[-1]:
                raise
    raise NotOpened("there is no node")


class Balancer:
    """Checks the readiness of every node periodically. A single node counts as ready."""

    def __init__(self, bases: Sequence[str], is_ready: Callable[[str], Coroutine[Any, Any, bool]]) -> None:
        self._is_ready = is_ready
        self._down: set[str] = set()
        self._tasks = [asyncio.create_task(self._check(base)) for base in bases] if len(bases) > 1 else []

    def is_up(self, url: str) -> bool:
        """Return whether the node of *url* was ready at its last check."""
        return not any(url.startswith(base + "/") for base in self._down)

    async def close(self) -> None:
        """Stop the checks."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _check(self, base: str) -> None:
        while True:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    is_up = await self._is_ready(base)
            except TimeoutError:
                is_up = False
            (self._down.discard if is_up else self._down.add)(base)
            await asyncio.sleep(EVERY_S)
