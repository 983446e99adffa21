"""The connection of a mirror to the server: reconnects until the server forbids it by a close code."""

import asyncio
import contextlib
import random
from collections.abc import Callable

import aiohttp

from server.mirror.protocol import Heard, MirrorProtocol
from signaling.wire.close_codes import CloseCode

HELLO_S = 8.0
"""Timeout of a handshake, in seconds: a longer one means that the server is dead."""
HEARTBEAT_S = 20.0
CLOSE_S = 2.0
BACKOFF_S = (0.3, 4.0)
"""First and longest delay before a reconnect; the longest is well below the 10 s of grace."""
STOP_CODES = frozenset({CloseCode.TAKEN_OVER, CloseCode.BANNED, CloseCode.BAD_TOKEN})


class MirrorConnection:
    """The connection of one user. Received messages are passed to *hear*, which must not block."""

    def __init__(self, url: str, token: str, hear: Callable[[Heard], None]) -> None:
        self._url = url
        self._talk = MirrorProtocol(token)
        self._hear = hear
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._repeating: asyncio.Task[None] | None = None

    async def send(self, kind: str, **fields: object) -> None:
        """Send an idempotent frame: now if connected, and again until it is answered."""
        await self._send([self._talk.send(kind, **fields)])

    async def hold(self, session: aiohttp.ClientSession) -> int:
        """Stay connected; return the close code that forbids a reconnect."""
        failures = 0
        while True:
            welcomed, code = await self._converse(session)
            if code in STOP_CODES:
                return code
            failures = 0 if welcomed else failures + 1
            first, longest = BACKOFF_S
            await asyncio.sleep(random.random() * min(longest, first * 2**failures))

    async def _converse(self, session: aiohttp.ClientSession) -> tuple[bool, int]:
        """Run one socket to its end; return whether a welcome was received, and its close code."""
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
                        # With jitter, so that mirrors do not all reconnect to the next server together.
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
        # Frames that are not sent are kept by the protocol, and sent after the next welcome.
        with contextlib.suppress(aiohttp.ClientError, OSError):
            for frame in frames:
                if self._socket is not None:
                    await self._socket.send_str(frame)
