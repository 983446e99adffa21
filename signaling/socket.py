"""A WebSocket on aiohttp's public interface: a reader and a writer with one fate."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import WSMsgType, web

from signaling.bounds import FRAME_MAX_BYTES
from signaling.closecodes import CloseCode, label_of
from signaling.outbox import LINGER_S, Closed, Outbox
from signaling.speaker import Speaker

SUBPROTOCOL = "rondo.v1"
MISSED_MAX = 2
ABNORMAL = 1006
"""What is counted when a socket ends without a code (RFC 6455 section 7.1.5)."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AddressOf = Callable[[web.Request], str]
"""Tells where a request comes from, as far as proxies can be believed."""


class PublicSocket:
    """One socket: an outbox, and the two tasks that empty it and read."""

    def __init__(self, response: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self._response = response
        self._transport = transport
        self._outbox = Outbox()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._writer: asyncio.Task[None] | None = None
        self._lost: Callable[[], None]
        self._missed = 0
        self._linger: asyncio.TimerHandle | None = None

    def send(self, frame: bytes) -> None:
        """Let *frame* leave; over the bound the socket is closed with 4008."""
        if not self._outbox.put(WSMsgType.TEXT, frame):
            self._outbox.cut(CloseCode.TOO_SLOW, "too slow")
            self._cut_later()
            self._lost()
            # The writer may hang in a write that the peer never reads: the close frame must not wait behind it.
            if self._writer is not None:
                self._writer.cancel()

    def close(self, code: int, reason: str = "") -> None:
        """Let everything before leave, then the closing handshake; cut after `LINGER_S`."""
        self._outbox.close(code, reason)
        self._may_read.set()
        self._cut_later()

    def pause(self) -> None:
        """Read no more for now."""
        self._may_read.clear()

    def resume(self) -> None:
        """Read on."""
        self._may_read.set()

    def beat(self) -> None:
        """Send a ping; when two are unanswered, cut the connection."""
        if self._missed >= MISSED_MAX:
            self._transport.abort()
            return
        self._missed += 1
        self._outbox.put(WSMsgType.PING, b"")

    async def run(self, feed: Callable[[str], None], feed_binary: Callable[[], None], lost: Callable[[], None]) -> int:
        """Pump frames both ways until either side ends, and return the close code.

        *lost* is called as soon as nothing more will come; when this returns, nothing of the socket is running.
        """
        self._lost = lost
        self._writer = asyncio.get_running_loop().create_task(self._write())
        code = ABNORMAL
        try:
            code = await self._read(feed, feed_binary)
        finally:
            lost()
            closed = self._outbox.closed
            self._outbox.cut(CloseCode.NORMAL if code == ABNORMAL else code, "")
            # What is still buffered for a peer that has gone would keep the writer, and the descriptor, for ever.
            self._cut_later()
            await asyncio.wait((self._writer,))
            # Both have said that they close: RFC 6455 section 7.1.1 lets the server close the connection first. Not by
            # `response.close()`: it does not wait for the peer's answer when somebody else is reading.
            self._transport.close()
        return code if closed is None else closed.code

    async def _read(self, feed: Callable[[str], None], feed_binary: Callable[[], None]) -> int:
        while True:
            message = await self._response.receive()
            self._missed = 0
            if message.type is WSMsgType.TEXT:
                feed(message.data)
            elif message.type is WSMsgType.BINARY:
                feed_binary()
            elif message.type is WSMsgType.PING:
                self._outbox.put(WSMsgType.PONG, message.data)
            elif message.type is WSMsgType.CLOSE:
                return message.data or CloseCode.NORMAL
            elif message.type is not WSMsgType.PONG:
                return getattr(message.data, "code", ABNORMAL)
            await self._may_read.wait()

    async def _write(self) -> None:
        try:
            while True:
                opcode, payload = await self._outbox.get()
                await self._response.send_frame(payload, WSMsgType(opcode))
        except Closed as closed:
            await self._close(closed)
        except asyncio.CancelledError:
            if self._outbox.closed is None:
                raise
            await self._close(self._outbox.closed)
        except ConnectionError:
            return

    async def _close(self, closed: Closed) -> None:
        payload = closed.code.to_bytes(2, "big") + closed.reason.encode()
        with suppress(ConnectionError):
            await self._response.send_frame(payload, WSMsgType.CLOSE)

    def _cut_later(self) -> None:
        if self._linger is None:
            self._linger = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)


def handler(speaker: Speaker, address_of: AddressOf) -> Handler:
    """Return the handler of `GET /v1/ws`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            compress=False,  # compression costs 111 KiB a connection and four times the CPU
            max_msg_size=FRAME_MAX_BYTES + 1,  # exclusive
            autoping=False,  # pongs count as signs of life
            autoclose=False,  # it would answer every code with 1000
            timeout=LINGER_S,
        )
        await response.prepare(request)
        transport = request.transport
        if transport is None:
            return response
        socket = PublicSocket(response, transport)
        conversation = speaker.open(
            socket, address=address_of(request), device=request.headers.get("User-Agent", "")[:256]
        )
        if conversation is None:
            await response.close(code=CloseCode.TOO_MANY, message=b"too many connections")
            return response
        code = await socket.run(conversation.feed, conversation.feed_binary, conversation.lost)
        speaker.stats.closes[label_of(code)] += 1
        return response

    return handle
