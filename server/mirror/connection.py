"""A mirror's line to the server: one WebSocket after the other, until the server says not to come back."""

import asyncio
import contextlib
import random
from collections.abc import Callable

import aiohttp

from server.mirror.protocol import Heard, MirrorProtocol
from signaling.wire.close_codes import CloseCode

HELLO_S = 8.0
"""A handshake that takes longer has met a server that is dead."""
HEARTBEAT_S = 20.0
CLOSE_S = 2.0
BACKOFF_S = (0.3, 4.0)
"""First and longest pause before coming back; the longest is well below the 10 s of grace."""
STOP_CODES = frozenset({CloseCode.TAKEN_OVER, CloseCode.BANNED, CloseCode.BAD_TOKEN})


class MirrorConnection:
    """Speaks for one user. What is heard is handed to *hear*, which must not wait."""

    def __init__(self, url: str, token: str, hear: Callable[[Heard], None]) -> None:
        self._url = url
        self._talk = MirrorProtocol(token)
        self._hear = hear
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._repeating: asyncio.Task[None] | None = None

    async def send(self, kind: str, **fields: object) -> None:
        """Say something idempotent: now if the server can be reached, and again until it is answered."""
        await self._send([self._talk.send(kind, **fields)])

    async def hold(self, session: aiohttp.ClientSession) -> int:
        """Stay connected; return the close code with which the server forbade to come back."""
        failures = 0
        while True:
            welcomed, code = await self._converse(session)
            if code in STOP_CODES:
                return code
            failures = 0 if welcomed else failures + 1
            first, longest = BACKOFF_S
            await asyncio.sleep(random.random() * min(longest, first * 2**failures))

    async def _converse(self, session: aiohttp.ClientSession) -> tuple[bool, int]:
        """Hold one socket to its end; return whether it led to a welcome, and its close code."""
        welcomed, code = False, 0
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with (
                asyncio.timeout(HELLO_S) as patience,
                session.ws_connect(
                    self._url,
                    protocols=("rondo.v1",),
                    heartbeat=HEARTBEAT_S,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),
                ) as socket,
            ):
                await socket.send_str(self._talk.hello())
                async for message in socket:
                    heard = self._talk.take(message.data) if message.type is aiohttp.WSMsgType.TEXT else None
                    if heard is None:
                        continue
                    if heard.type == "welcome":
                        welcomed, self._socket = True, socket
                        patience.reschedule(None)
                        self._hear(heard)
                        await self._send(self._talk.unanswered())
                    elif heard.type == "server.draining":
                        # At a random moment each, so that they do not all reconnect to the next server together.
                        leave_in_s = random.random() * heard.reconnect_in_ms / 1_000
                        patience.reschedule(asyncio.get_running_loop().time() + leave_in_s)
                    elif heard.type == "error":
                        self._repeat_in(heard.retry_after_ms / 1_000)
                    else:
                        self._hear(heard)
                code = socket.close_code or 0
        self._socket = None
        if self._repeating is not None:
            self._repeating.cancel()
        return welcomed, code

    def _repeat_in(self, pause_s: float) -> None:
        async def repeat() -> None:
            await asyncio.sleep(pause_s)
            await self._send(self._talk.unanswered())

        if self._repeating is None or self._repeating.done():
            self._repeating = asyncio.create_task(repeat())

    async def _send(self, frames: list[str]) -> None:
        # What does not get through is kept by the talk, and goes out after the next welcome.
        with contextlib.suppress(aiohttp.ClientError, OSError):
            for frame in frames:
                if self._socket is not None:
                    await self._socket.send_str(frame)
