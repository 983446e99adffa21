"""A WebSocket on aiohttp's public interface: a reader and a writer task that end together."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

from aiohttp import WebSocketError, WSMsgType, web

from signaling.connection.bounded_reader import INVALID_HEADER, READ_MAX_BYTES, BoundedReader, frame_size
from signaling.connection.listeners import NULL_LISTENER, RefusedListener, SocketListener
from signaling.routing.outbox import LINGER_S, Outbox, OutboxClosed, unacknowledged
from signaling.server import SignalingServer
from signaling.wire.close_codes import CloseCode, label_of
from signaling.wire.constraints import FRAME_MAX_BYTES

SUBPROTOCOL = "rondo.v1"
MISSED_MAX = 2
ABNORMAL = 1006
"""Counted when a socket ends without a code (RFC 6455 section 7.1.5)."""
DEVICE_MAX = 256
"""How many characters of the User-Agent are kept."""
UNSEEN_MAX_BYTES = 2 * READ_MAX_BYTES
"""How many bytes may arrive without a whole message before they count as a frame: a message of full size, and what was
read with it."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AddressOf = Callable[[web.Request], str]
"""Returns the address of a request, as far as proxies are trusted."""


class _Throttle(BoundedReader):
    """Sits between the transport and aiohttp, and passes on at most one portion per iteration.

    aiohttp's parser keeps fragments to itself until a message is whole, so those cannot be counted here: every
    `UNSEEN_MAX_BYTES` without a whole message count as one frame. Nor does it refuse unmasked frames: they are found
    here, but for those that a client has sent before the response to its request.
    """

    __slots__ = ("_frame_left", "_inner", "_is_paused", "_is_turn_due", "_rest", "_socket", "_transport", "unseen")

    def __init__(self, transport: asyncio.Transport, socket: "AiohttpSocket") -> None:
        self._transport = transport
        self._inner = cast(asyncio.Protocol, transport.get_protocol())
        self._socket = socket
        self._rest = b""
        self._frame_left = 0
        self._is_paused = False
        self._is_turn_due = False
        self.unseen = 0
        """Bytes since the last message that aiohttp made of them."""
        transport.set_protocol(self)
        # So that `pause_writing` is called for the first byte that waits.
        transport.set_write_buffer_limits(0)

    def _parse(self, data: bytes) -> bytes:
        at, end = 0, len(data)
        while at < end:
            if not self._frame_left:
                size = frame_size(data, at, end)
                if not size:
                    break
                if data[at + 1] < 0x80:  # not masked
                    self._inner.data_received(data[:at] + INVALID_HEADER)
                    return b""
                self._frame_left = size
            step = min(self._frame_left, end - at)
            self._frame_left -= step
            at += step
        self._inner.data_received(data[:at])
        self.unseen += at
        if self.unseen > UNSEEN_MAX_BYTES:
            self.unseen -= UNSEEN_MAX_BYTES
            self._socket.listener.on_control()
        return data[at:]

    def _is_ready(self) -> bool:
        # aiohttp pauses and resumes the transport as well: it has to be done with what it was given.
        return self._socket.has_read_all

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()
        self._socket.on_backlog(waits=True)

    def resume_writing(self) -> None:
        self._inner.resume_writing()
        self._socket.on_backlog(waits=False)

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)
        self._socket.on_connection_lost()


class _Response(web.WebSocketResponse):
    """Leaves closing to the socket: aiohttp closes immediately after a protocol error, and on unread bytes."""

    async def close(self, *, code: int = 1000, message: bytes = b"", drain: bool = True) -> bool:  # noqa: ARG002
        """Do nothing."""
        return False


class AiohttpSocket:
    """One socket: an outbox, and the two tasks that read and write."""

    def __init__(
        self,
        response: web.WebSocketResponse,
        transport: asyncio.Transport,
        server: SignalingServer,
        *,
        address: str,
        device: str,
    ) -> None:
        """Open a connection of *server*, or close if there are too many."""
        self._response = response
        self._server = server
        self._buffers = server.buffers
        self._transport = transport
        self._outbox = Outbox()
        self._reader = _Throttle(transport, self)
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._writer: asyncio.Task[None] | None = None
        self._ping: bytes | None = None
        self._missed = 0
        self._linger: asyncio.TimerHandle | None = None
        self._is_gone = asyncio.Event()
        """Set once there is no connection any more."""
        self._is_broken = False
        """Whether the peer has violated the protocol, or sent too much."""
        self.has_read_all = False
        """Whether no parsed frame waits to be handled."""
        self.listener: SocketListener = NULL_LISTENER
        connection = server.open(self, address=address, device=device)
        self._is_open = connection is not None
        """Whether the close code is counted."""
        if connection is None:
            self.listener = RefusedListener(self, server)
            self.close(CloseCode.TOO_MANY, "too many connections")
        else:
            self.listener = connection

    def send(self, frame: bytes) -> None:
        """Send *frame*; above the bound the socket is closed with 4008."""
        if not self._outbox.put(WSMsgType.TEXT, frame):
            self.abort()

    def unsent(self) -> int:
        """Return how many bytes wait to be sent."""
        return self._outbox.size + self._transport.get_write_buffer_size()

    def taken(self) -> int:
        """Return how many bytes the peer has read; slightly too few, because headers are not counted."""
        return self._outbox.total - self.unsent() - unacknowledged(self._transport)

    def abort(self) -> None:
        """Close with 4008: the peer does not read."""
        self._buffers.discard(self)
        self._outbox.cut(CloseCode.TOO_SLOW, "too slow")
        self._cut_later()
        self.listener.on_close()
        # The writer may hang in a write that the peer never reads: the close frame must not wait behind it.
        if self._writer is not None:
            self._writer.cancel()

    def close(self, code: int, reason: str = "") -> None:
        """Send everything before, then the closing handshake; cut after `LINGER_S`."""
        self._buffers.discard(self)
        self._outbox.close(code, reason)
        self.resume()
        self._cut_later()

    def pause(self) -> None:
        """Stop reading and handling frames."""
        if not self._is_gone.is_set():
            self._may_read.clear()
            self._reader.pause()

    def resume(self) -> None:
        """Handle what was read, then read on."""
        self._may_read.set()
        self._reader.resume()

    def ping(self) -> None:
        """Send a ping; when two are unanswered, cut the connection."""
        # While reading is paused, silence means nothing; that nothing can be written does.
        if self._may_read.is_set():
            if self._missed >= MISSED_MAX:
                self._transport.abort()
                return
            self._missed += 1
        self._outbox.put(WSMsgType.PING, b"")

    def on_backlog(self, *, waits: bool) -> None:
        """Record whether bytes wait that the kernel does not accept."""
        if waits and self._outbox.closed is None:
            self._buffers.add(self)
        else:
            self._buffers.discard(self)

    def on_connection_lost(self) -> None:
        """Parse the received bytes without delay: the connection is lost."""
        self._is_gone.set()
        self._buffers.discard(self)
        self._may_read.set()
        self.listener.on_close()

    async def run(self) -> None:
        """Pump frames both ways until either side ends; when this returns, nothing of the socket is running."""
        self._writer = asyncio.get_running_loop().create_task(self._write())
        code = ABNORMAL
        try:
            code = await self._read()
        finally:
            self.listener.on_close()
            closed = self._outbox.closed
            if code == ABNORMAL:
                self._outbox.cut(CloseCode.NORMAL, "")
            self._outbox.close(code, "")
            # Data buffered for a disconnected peer would keep the writer, and the descriptor, for ever.
            self._cut_later()
            await asyncio.wait((self._writer,))
            if self._is_broken:
                # What the peer still sends is read and dropped: closing with unread bytes would reset the connection,
                # and the peer might never read the reason.
                self._transport.write_eof()
                await self._is_gone.wait()
            # Both sides have sent a close frame: RFC 6455 section 7.1.1 lets the server close the connection first.
            self._transport.close()
        if self._is_open:
            self._server.stats.closes[label_of(code if closed is None else closed.code)] += 1

    async def _read(self) -> int:
        while True:
            self.has_read_all = True
            message = await self._response.receive()
            self.has_read_all = False
            self._missed = self._reader.unseen = 0
            if message.type is WSMsgType.TEXT:
                self.listener.on_text(message.data)
            elif message.type is WSMsgType.BINARY:
                self.listener.on_binary()
            elif message.type is WSMsgType.PING:
                self.listener.on_control()
                self._pong_soon(message.data)
            elif message.type is WSMsgType.PONG:
                self.listener.on_control()
            elif message.type is WSMsgType.CLOSE:
                return message.data or CloseCode.NORMAL
            else:
                self._is_broken = isinstance(message.data, WebSocketError)
                return message.data.code if isinstance(message.data, WebSocketError) else ABNORMAL
            await self._may_read.wait()

    def _pong_soon(self, payload: bytes) -> None:
        """Answer the last ping of this iteration (RFC 6455 section 5.5.3)."""
        if self._ping is None:
            asyncio.get_running_loop().call_soon(self._pong)
        self._ping = payload

    def _pong(self) -> None:
        payload, self._ping = self._ping, None
        if payload is not None:
            self._outbox.put(WSMsgType.PONG, payload)

    async def _write(self) -> None:
        try:
            while True:
                opcode, payload = await self._outbox.get()
                await self._response.send_frame(payload, WSMsgType(opcode))
        except OutboxClosed as closed:
            await self._close(closed)
        except asyncio.CancelledError:
            if self._outbox.closed is None:
                raise
            await self._close(self._outbox.closed)
        except ConnectionError:
            return

    async def _close(self, closed: OutboxClosed) -> None:
        payload = closed.code.to_bytes(2, "big") + closed.reason.encode()
        with suppress(ConnectionError):
            await self._response.send_frame(payload, WSMsgType.CLOSE)

    def _cut_later(self) -> None:
        if self._linger is None:
            self._linger = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)


def handler(server: SignalingServer, address_of: AddressOf) -> Handler:
    """Return the handler of `GET /v1/ws`; it raises `RateLimited` before the upgrade."""

    async def handle(request: web.Request) -> web.StreamResponse:
        address = address_of(request)
        server.require_handshake(address)
        response = _Response(
            protocols=(SUBPROTOCOL,),
            compress=False,  # Compression costs 111 KiB per connection and four times the CPU.
            max_msg_size=FRAME_MAX_BYTES + 1,  # exclusive
            autoping=False,  # Pongs count as signs of life.
            autoclose=False,  # It would answer every close code with 1000.
            timeout=LINGER_S,
        )
        await response.prepare(request)
        transport = request.transport
        if transport is None:
            return response
        device = request.headers.get("User-Agent", "")[:DEVICE_MAX]
        await AiohttpSocket(response, transport, server, address=address, device=device).run()
        return response

    return handle
