"""A server that speaks the protocol as a test wants it spoken: one page of script for each socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

PATIENCE_S = 15


class Socket:
    """The server's end of a socket."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self._ws = ws

    async def receive(self, kind: str) -> dict[str, Any]:
        """Return the next frame, which is of this type."""
        frame: dict[str, Any] = await self._ws.receive_json(timeout=PATIENCE_S)
        assert frame["type"] == kind, frame
        return frame

    async def send(self, kind: str, **fields: Any) -> None:
        await self._ws.send_str(json.dumps({"type": kind, **fields}))

    async def welcome(self, *, resumed: bool = False, room: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the hello, once answered."""
        hello = await self.receive("hello")
        await self.send("welcome", resume_key="key", resumed=resumed, state={"room": room})
        return hello

    async def close(self, code: int) -> None:
        await self._ws.close(code=code)

    async def lost(self) -> None:
        """Return when the other end has left."""
        async for _ in self._ws:
            pass


Page = Callable[[Socket], Awaitable[object]]


@asynccontextmanager
async def played(*pages: Page) -> AsyncIterator[str]:
    """Play one page for each socket that comes; yield where. At the end every page has been played to its end."""
    left, faults = list(pages), list[BaseException]()
    finished = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(protocols=("rondo.v1",))
        await ws.prepare(request)
        if left:
            page = left.pop(0)
            try:
                await page(Socket(ws))
            except BaseException as fault:
                faults.append(fault)
                raise
            finally:
                if not left or faults:
                    finished.set()
        return ws

    app = web.Application()
    app.router.add_get("/v1/ws", handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        await asyncio.wait_for(finished.wait(), PATIENCE_S)
    finally:
        await runner.cleanup()
    assert faults == []
