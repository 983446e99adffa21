"""A client that comes back, whatever becomes of its connection, as pages do."""

import asyncio
import contextlib
import json
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.http.conftest import Caller


class Phone:
    """Stays connected through one address, from `async with` to its end; remembers what it was told."""

    def __init__(self, owner: Caller) -> None:
        self.told: list[dict[str, Any]] = []
        self.welcomes = 0
        self.is_on = False
        """Whether it has been welcomed on the connection it has."""
        self._owner = owner
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._news = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay())
        await self.hears("welcome")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def say(self, **frame: Any) -> None:
        assert self._socket is not None
        await self._socket.send_json(frame)

    async def hears(self, kind: str, *, after: int = 0, within_s: float = 20) -> dict[str, Any]:
        """Return the first frame of this type among those told since the *after*-th."""
        async with asyncio.timeout(within_s), self._news:
            while True:
                for frame in self.told[after:]:
                    if frame["type"] == kind:
                        return frame
                await self._news.wait()

    async def _stay(self) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with self._owner.session.ws_connect(f"{self._owner.base}/v1/ws") as self._socket:
                    await self._talk(self._socket)
            self.is_on = False
            await asyncio.sleep(0.1)

    async def _talk(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await socket.send_json({"type": "hello", "token": self._owner.token})
        async for message in socket:
            frame = json.loads(message.data)
            async with self._news:
                self.told.append(frame)
                self._news.notify_all()
            if frame["type"] == "welcome":
                self.welcomes, self.is_on = self.welcomes + 1, True
            if frame["type"] == "server.draining":
                return
