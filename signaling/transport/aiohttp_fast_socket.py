"""A WebSocket that has left aiohttp: after the 101 our own protocol reads through aiohttp's C parser, without a task.

Uses private parts of aiohttp, therefore only the tested versions; `aiohttp_socket` is the fallback.
"""

import asyncio
from struct import Struct
from typing import Any, Literal

import aiohttp
from aiohttp import WSMsgType, web

from signaling.connection.bounded_reader import BUFFER, INVALID_HEADER, READ_MAX_BYTES, BoundedReader, frame_size
from signaling.connection.listeners import NULL_LISTENER, RefusedListener, SocketListener
from signaling.routing.outbox import LINGER_S, OUTBOX_MAX_BYTES, unacknowledged
from signaling.server import SignalingServer
from signaling.transport.aiohttp_parser import HAS_C_PARSER, WebSocketDataQueue, WebSocketReader, unmask
from signaling.transport.aiohttp_socket import ABNORMAL, DEVICE_MAX, MISSED_MAX, SUBPROTOCOL, AddressOf, Handler
from signaling.transport.aiohttp_socket import handler as public_handler
from signaling.transport.detach import Detached, OnClosed, detach, take_over
from signaling.transport.upgrade import switching_protocols
from signaling.wire.close_codes import CloseCode, label_of
from signaling.wire.constraints import FRAME_MAX_BYTES

TESTED = frozenset(("3.14.5",))
"""The versions of aiohttp that the tests of this file cover."""
FallbackReason = Literal["no_c_parser", "aiohttp_untested"]

_SHORT = tuple(bytes((0x81, size)) for size in range(126))
"""Headers of final text frames of up to 125 bytes (RFC 6455 section 5.2)."""
_PING = b"\x89\x00"
_LONG = Struct(">BBH").pack
_LONGER = Struct(">BBQ").pack
_TEXT = WSMsgType.TEXT


class FastSocket(BoundedReader, WebSocketDataQueue):
    """One socket: the protocol of its transport, and the queue into which the parser puts what it has read.

    The parser hands over each frame within `_parse`. Writes go straight to the transport, and wait only there.
    """

    __slots__ = (
        "_code", "_frame_left", "_is_closing", "_is_fragmented", "_is_open", "_is_paused", "_is_slow", "_is_turn_due",
        "_linger", "_listener", "_missed", "_on_closed", "_parser", "_ping", "_rest", "_server", "_transport",
        "_writes", "_written",
    )  # fmt: skip

    # Not the queue's own `__init__`: it creates a deque of 624 bytes that is not used. The parser reads `_size` and
    # `_limit` of the queue (`_size` over `_limit`: stop): both are 0.
    def __init__(
        self,
        transport: asyncio.Transport,
        server: SignalingServer,
        *,
        address: str,
        device: str,
        on_closed: OnClosed = None,
    ) -> None:
        """Open a connection of *server*, or close if there are too many. *on_closed* is called when all is closed."""
        self._transport = transport
        self._server = server
        self._writes = server.hub.writes
        self._parser: WebSocketReader | None = WebSocketReader(self, FRAME_MAX_BYTES + 1, False, True)
        # One reference, not a bound method each: for 10,000 connections that saves 3 MB.
        self._listener: SocketListener = NULL_LISTENER
        self._is_open = False
        """Whether the listener is told of the end, and the close code counted."""
        self._linger: asyncio.TimerHandle | None = None
        self._ping: bytes | None = None
        self._rest = b""
        self._frame_left = 0
        self._is_fragmented = False
        """Whether the parser has the beginning of a message whose end is yet to come."""
        self._missed = 0
        self._code = 0
        self._is_closing = False
        self._is_paused = False
        self._is_turn_due = False
        self._is_slow = False
        self._written = 0
        self._on_closed = on_closed
        # So that `pause_writing` is called for the first byte that waits.
        transport.set_write_buffer_limits(0)
        connection = server.open(self, address=address, device=device)
        if connection is None:
            self._listener = RefusedListener(self, server)
            self.close(CloseCode.TOO_MANY, "too many connections")
        else:
            self._listener, self._is_open = connection, True

    # Used by the connection; `pause` and `resume` are those of `BoundedReader`.

    def send(self, frame: bytes) -> None:
        """Send *frame*; above the bound the socket is closed with 4008."""
        if self._is_closing:
            return
        size = len(frame)
        if 125 < size < 65_536:
            data = _LONG(0x81, 126, size) + frame
        elif size < 126:
            data = _SHORT[size] + frame
        else:
            data = _LONGER(0x81, 127, size) + frame
        held = self._writes.held
        if held is not None:
            held.setdefault(self, []).append(data)
            return
        self._transport.write(data)
        if self._is_slow:
            self._check_backlog(len(data))

    def write(self, data: bytes) -> None:
        """Write *data*, whole frames that were held back, now."""
        if not self._transport.is_closing():
            self._transport.write(data)
            if self._is_slow:
                self._check_backlog(len(data))

    def close(self, code: int, reason: str = "") -> None:
        """Send everything before, then the closing handshake; cut after `LINGER_S`."""
        if not self._is_closing:
            self._is_closing = True
            self._code = code
            self._server.buffers.discard(self)
            self._control(0x88, code.to_bytes(2, "big") + reason.encode())
            self._cut_later()
            self.resume()

    def ping(self) -> None:
        """Send a ping; when two are unanswered, cut the connection."""
        # While reading is paused, silence means nothing; that nothing can be written does.
        if not self._is_paused:
            if self._missed >= MISSED_MAX:
                self._transport.abort()
                return
            self._missed += 1
        if not self._is_closing:
            self.write(_PING)

    # Called by the transport (asyncio.BufferedProtocol); `BoundedReader` handles what it reads.

    def eof_received(self) -> None:
        """Allow the transport to close."""

    def pause_writing(self) -> None:
        """Record that bytes wait to be sent: the kernel accepts no more."""
        self._is_slow = True
        self._written = self._transport.get_write_buffer_size()
        if not self._is_closing:
            self._server.buffers.add(self)

    def resume_writing(self) -> None:
        """Record that no bytes wait to be sent."""
        self._is_slow = False
        self._server.buffers.discard(self)

    # Used by the memory budget.

    def unsent(self) -> int:
        """Return how many bytes wait to be sent."""
        return self._transport.get_write_buffer_size()

    def taken(self) -> int:
        """Return how many bytes the peer has read since bytes began to wait, up to a constant."""
        return self._written - self._transport.get_write_buffer_size() - unacknowledged(self._transport)

    def abort(self) -> None:
        """Close with 4008: the peer does not read."""
        self.close(CloseCode.TOO_SLOW, "too slow")
        self._end(CloseCode.TOO_SLOW)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Drop all references."""
        self._server.buffers.discard(self)
        self._end(self._code or ABNORMAL)
        # Cycles: nothing of a connection should wait for the garbage collector.
        self._parser = None
        self._listener = NULL_LISTENER
        if self._linger is not None:
            self._linger.cancel()
        if self._on_closed is not None:
            self._on_closed()

    # Parsing.

    def buffer_updated(self, nbytes: int) -> None:
        """Parse received bytes: nearly always one whole, final text frame or a pong, which have a fast path."""
        is_plain = not (self._is_paused or self._frame_left or self._rest or self._is_fragmented or self._is_closing)
        if is_plain and nbytes == 6 and BUFFER[0] == 0x8A and BUFFER[1] == 0x80:  # answers a ping of `ping`: no payload
            self._missed = 0
            self._listener.on_control()
            return
        if is_plain and BUFFER[0] == 0x81:
            # With the mask bit a length is 0x80 to 0xFD, or 0xFE before two more bytes (RFC 6455 section 5.2).
            size = BUFFER[1]
            begin = 8 if size == 0xFE else 6
            whole = (BUFFER[2] << 8 | BUFFER[3]) + 8 if size == 0xFE else size - 0x7A
            if whole == nbytes and 0x80 <= size < 0xFF and nbytes < READ_MAX_BYTES and self._parser is not None:
                payload = BUFFER[begin:nbytes]
                unmask(bytes(BUFFER[begin - 4 : begin]), payload)
                try:
                    text = payload.decode()
                except UnicodeDecodeError:
                    pass
                else:
                    self._missed = 0
                    try:
                        self._listener.on_text(text)
                    except BaseException as fault:  # noqa: BLE001 - reported to the operator
                        self._server.on_fault(fault)
                    return
        super().buffer_updated(nbytes)

    def _parse(self, data: bytes) -> bytes:
        """Pass frames to the parser one by one, and count those that it would not report: fragments."""
        self._missed = 0
        at, end = 0, len(data)
        self._writes.hold()  # Several frames, most likely for the same peer.
        while at < end and not self._is_paused:
            parser = self._parser
            if parser is None:
                return b""
            left = self._frame_left
            if not left:
                left = frame_size(data, at, end)
                if not left:
                    break
                if data[at + 1] < 0x80:  # not masked
                    parser.feed_data(INVALID_HEADER)
                    return b""
                if data[at] < 0x80:
                    self._listener.on_control()
                if data[at] & 0x0F < 0x08:  # not a control frame
                    self._is_fragmented = data[at] < 0x80
            stop = at + left
            if stop > end:
                self._frame_left = stop - end
                stop = end
            else:
                self._frame_left = 0
            parser.feed_data(data if stop - at == end else data[at:stop])
            at = stop
        return data[at:] if at else data

    def feed_data(self, data: Any, size: Any) -> None:  # noqa: ARG002
        """Handle one message. Must not raise: the parser would lose the message."""
        try:
            kind = data[0]
            if kind is WSMsgType.CLOSE:
                self._listener.on_control()
                self._closed(data[1])
            elif self._is_closing:
                self._listener.on_control()
            elif kind is _TEXT:
                self._listener.on_text(data[1])
            elif kind is WSMsgType.BINARY:
                self._listener.on_binary()
            else:
                self._listener.on_control()
                if kind is WSMsgType.PING:
                    self._pong_soon(data[1])
        except BaseException as fault:  # noqa: BLE001 - reported to the operator
            self._server.on_fault(fault)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:  # noqa: ARG002
        """Close as RFC 6455 section 7.1.7 requires: the peer has violated the protocol, or sent too much."""
        self.close(int(getattr(exc, "code", CloseCode.PROTOCOL_ERROR)))
        self._end(self._code)
        # What the peer still sends is read and dropped: closing with unread bytes would reset the connection, and the
        # peer might never read the reason.
        self._parser = None
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def _closed(self, code: int) -> None:
        """Finish the closing handshake, started by either side."""
        if not self._is_closing:
            self._is_closing = True
            self._code = code or CloseCode.NORMAL
            self._control(0x88, b"" if not code else code.to_bytes(2, "big"))
        self._end(self._code)
        self._cut_later()
        self._transport.close()

    def _pong_soon(self, payload: bytes) -> None:
        """Answer the last ping of this iteration (RFC 6455 section 5.5.3)."""
        if self._ping is None:
            asyncio.get_running_loop().call_soon(self._pong)
        self._ping = payload

    def _pong(self) -> None:
        payload, self._ping = self._ping, None
        if payload is not None and not self._is_closing:
            self._control(0x8A, payload)

    def _check_backlog(self, written: int) -> None:
        self._written += written
        if self._transport.get_write_buffer_size() > OUTBOX_MAX_BYTES and not self._is_closing:
            self.abort()

    def _control(self, opcode: int, payload: bytes) -> None:
        # Now, after all before it: the transport may be closed next.
        self.write(self._writes.take(self) + bytes((opcode, len(payload))) + payload)

    def _end(self, code: int) -> None:
        if self._is_open:
            self._is_open = False
            self._server.stats.closes[label_of(code)] += 1
            self._listener.on_close()

    def _cut_later(self) -> None:
        if self._linger is None:
            self._linger = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)


def fallback_reason() -> FallbackReason | None:
    """Return why sockets use aiohttp's public interface, which costs more CPU and memory; None: they do not."""
    if not HAS_C_PARSER:
        return "no_c_parser"
    return None if aiohttp.__version__ in TESTED else "aiohttp_untested"


def handler(server: SignalingServer, address_of: AddressOf) -> Handler:
    """Return the handler of `GET /v1/ws`: this one where aiohttp allows it, else the one on its public interface."""
    if fallback_reason() is not None:
        return public_handler(server, address_of)

    async def handle(request: web.Request) -> web.StreamResponse:
        address = address_of(request)
        server.require_handshake(address)
        handshake = web.WebSocketResponse(protocols=(SUBPROTOCOL,), compress=False)
        ready = handshake.can_prepare(request)
        transport = request.transport
        if not ready.ok or transport is None:
            # aiohttp reports whatever is wrong with the handshake.
            await handshake.prepare(request)
            return handshake
        device = request.headers.get("User-Agent", "")[:DEVICE_MAX]
        key = request.headers["Sec-WebSocket-Key"].encode()
        transport.write(switching_protocols(key, ready.protocol))
        socket = FastSocket(transport, server, address=address, device=device, on_closed=take_over(request))
        socket.begin(detach(request, transport, socket))
        return Detached()

    return handle


def _ignore(*_: object) -> None:
    """Do nothing."""
