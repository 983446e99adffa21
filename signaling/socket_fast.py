"""A WebSocket that has left aiohttp: after the 101 our own protocol reads through aiohttp's C parser, without a task.

Leans on private parts of aiohttp, so it is used with the versions it was tested with; `socket` is the fallback.
"""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from struct import Struct
from typing import TYPE_CHECKING, Any, cast

import aiohttp
from aiohttp import WSMsgType, web

from signaling.bounds import FRAME_MAX_BYTES
from signaling.closecodes import CloseCode, label_of
from signaling.outbox import LINGER_S, OUTBOX_MAX_BYTES
from signaling.socket import ABNORMAL, MISSED_MAX, SUBPROTOCOL, AddressOf, Handler
from signaling.socket import handler as public_handler
from signaling.speaker import Speaker

if TYPE_CHECKING:
    from aiohttp._websocket.reader_py import WebSocketDataQueue, WebSocketReader

    HAS_C_PARSER = True
else:
    try:
        from aiohttp._websocket.reader_c import WebSocketDataQueue, WebSocketReader

        HAS_C_PARSER = True
    except ImportError:
        WebSocketDataQueue = WebSocketReader = object
        HAS_C_PARSER = False

TESTED = frozenset(("3.14.5",))
"""The versions of aiohttp that the tests of this file have run with."""

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SHORT = tuple(bytes((0x81, size)) for size in range(126))
"""Headers of final text frames of up to 125 bytes (RFC 6455 section 5.2)."""
_LONG = Struct(">BBH").pack
_LONGER = Struct(">BBQ").pack
_PING = b"\x89\x00"
_TEXT = WSMsgType.TEXT


class FastSocket(WebSocketDataQueue):
    """One socket: the protocol of its transport, and the queue into which the parser puts what it has read.

    The parser hands over each frame within `data_received`; every write goes straight to the transport, where uvloop
    sends what was written in one turn of the loop together.
    """

    __slots__ = (
        "_code", "_feed", "_feed_binary", "_is_closing", "_is_paused", "_linger", "_lost", "_missed", "_on_fault",
        "_parser", "_transport", "on_closed",
    )  # fmt: skip

    # Not the queue's own `__init__`: it makes a deque of 624 bytes that nobody would use. What the parser reads of the
    # queue (`_size` over `_limit`: stop) is 0 and 0.
    def __init__(self, transport: asyncio.Transport, on_fault: Callable[[BaseException], None]) -> None:
        self._transport = transport
        self._on_fault = on_fault
        self._parser: WebSocketReader | None = WebSocketReader(self, FRAME_MAX_BYTES + 1, False, True)
        self._feed: Callable[[str], None]
        self._feed_binary: Callable[[], None]
        self._lost: Callable[[int], None] | None = None
        self._linger: asyncio.TimerHandle | None = None
        self._missed = 0
        self._code = 0
        self._is_closing = False
        self._is_paused = False
        self.on_closed: Callable[[], None] = _nothing
        """Called once the connection is gone."""

    def attach(self, feed: Callable[[str], None], feed_binary: Callable[[], None], lost: Callable[[int], None]) -> None:
        """Hand what is read to *feed*; call *lost* once, with the close code, when nothing more will come."""
        self._feed, self._feed_binary, self._lost = feed, feed_binary, lost

    # What a conversation asks of a socket.

    def send(self, frame: bytes) -> None:
        """Let *frame* leave; over the bound the socket is closed with 4008."""
        if self._is_closing:
            return
        size = len(frame)
        transport = self._transport
        if size < 126:
            transport.write(_SHORT[size] + frame)
            return
        if size < 65_536:
            transport.write(_LONG(0x81, 126, size) + frame)
        else:
            transport.write(_LONGER(0x81, 127, size) + frame)
        if transport.get_write_buffer_size() > OUTBOX_MAX_BYTES:
            self._give_up()

    def close(self, code: int, reason: str = "") -> None:
        """Let everything before leave, then the closing handshake; cut after `LINGER_S`."""
        if not self._is_closing:
            self._is_closing = True
            self._code = code
            self._control(0x88, code.to_bytes(2, "big") + reason.encode())
            self._cut_later()
            self.resume()

    def pause(self) -> None:
        """Read no more for now; what one read has brought already still comes."""
        if not self._is_paused and not self._transport.is_closing():
            self._is_paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._is_paused:
            self._is_paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()

    def beat(self) -> None:
        """Send a ping; when two are unanswered, cut the connection."""
        if self._is_paused:
            # We do not read: that nothing was heard says nothing.
            return
        if self._missed >= MISSED_MAX:
            self._transport.abort()
            return
        self._missed += 1
        if not self._is_closing:
            self._transport.write(_PING)

    # What the transport calls (asyncio.Protocol).

    def data_received(self, data: bytes) -> None:
        """Read frames; the parser calls `feed_data` for each that is whole."""
        self._missed = 0
        if self._parser is not None:
            self._parser.feed_data(data)

    def eof_received(self) -> None:
        """Let the transport close."""

    def pause_writing(self) -> None:
        """Nothing: the bound is looked at with every write."""

    def resume_writing(self) -> None:
        """Nothing, as above."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Let go of everything."""
        self._end(self._code or ABNORMAL)
        # Cycles: nothing of a connection should have to wait for the garbage collector.
        self._parser = None
        self._feed, self._feed_binary = _ignore, _ignore_binary
        if self._linger is not None:
            self._linger.cancel()
        self.on_closed()

    # What the parser calls.

    def feed_data(self, data: Any, size: Any) -> None:  # noqa: ARG002
        """Take one message. Nothing may be raised here: the parser would lose it."""
        try:
            if self._is_closing and data[0] is not WSMsgType.CLOSE:
                return
            if data[0] is _TEXT:
                self._feed(data[1])
            elif data[0] is WSMsgType.BINARY:
                self._feed_binary()
            elif data[0] is WSMsgType.PING:
                self._pong(data[1])
            elif data[0] is WSMsgType.CLOSE:
                self._closed(data[1])
        except BaseException as fault:  # noqa: BLE001 - told to the operator
            self._on_fault(fault)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:  # noqa: ARG002
        """Close as RFC 6455 section 7.1.7 asks: the peer has broken the protocol, or sent too much."""
        self.close(int(getattr(exc, "code", CloseCode.PROTOCOL_ERROR)))
        self._end(self._code)
        # What the peer still sends is read and dropped: to close on unread bytes would reset the connection, and the
        # peer might never read why.
        self._parser = None
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def _closed(self, code: int) -> None:
        """Finish the closing handshake, whoever began it."""
        if not self._is_closing:
            self._is_closing = True
            self._code = code or CloseCode.NORMAL
            self._control(0x88, b"" if not code else code.to_bytes(2, "big"))
        self._end(self._code)
        self._cut_later()
        self._transport.close()

    def _pong(self, payload: bytes) -> None:
        self._control(0x8A, payload)
        if self._transport.get_write_buffer_size() > OUTBOX_MAX_BYTES:
            self._give_up()

    def _give_up(self) -> None:
        self.close(CloseCode.TOO_SLOW, "too slow")
        self._end(CloseCode.TOO_SLOW)

    def _control(self, opcode: int, payload: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(bytes((opcode, len(payload))) + payload)

    def _end(self, code: int) -> None:
        lost, self._lost = self._lost, None
        if lost is not None:
            lost(code)

    def _cut_later(self) -> None:
        if self._linger is None:
            self._linger = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)


class _Detached(web.StreamResponse):
    """What aiohttp is given for a request whose connection is no longer its own: there is nothing to write."""

    def __init__(self) -> None:
        super().__init__(status=101)

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write nothing."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Write nothing."""


def is_supported() -> bool:
    """Tell whether the installed aiohttp is one that this was tested with."""
    return HAS_C_PARSER and aiohttp.__version__ in TESTED


def handler(speaker: Speaker, address_of: AddressOf) -> Handler:
    """Return the handler of `GET /v1/ws`: this one where aiohttp allows it, else the one on its public interface."""
    if not is_supported():
        return public_handler(speaker, address_of)

    async def handle(request: web.Request) -> web.StreamResponse:
        handshake = web.WebSocketResponse(protocols=(SUBPROTOCOL,), compress=False)
        ready = handshake.can_prepare(request)
        transport = request.transport
        if not ready.ok or transport is None:
            # Whatever is wrong with the handshake, aiohttp says so.
            await handshake.prepare(request)
            return handshake
        address, device = address_of(request), request.headers.get("User-Agent", "")[:256]
        key = request.headers["Sec-WebSocket-Key"].encode()
        transport.write(_switching(key, ready.protocol))
        socket = FastSocket(transport, speaker.on_fault)
        tail = _detach(request, transport, socket)
        conversation = speaker.open(socket, address=address, device=device)
        if conversation is None:
            socket.attach(_ignore, _ignore_binary, _ignore_code)
            socket.close(CloseCode.TOO_MANY, "too many connections")
            return _Detached()

        def lost(code: int) -> None:
            speaker.stats.closes[label_of(code)] += 1
            conversation.lost()

        socket.attach(conversation.feed, conversation.feed_binary, lost)
        if tail:
            socket.data_received(tail)
        return _Detached()

    return handle


def _switching(key: bytes, subprotocol: str | None) -> bytes:
    """Return the whole response that opens a WebSocket (RFC 6455 section 4.2.2)."""
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    chosen = b"" if subprotocol is None else b"Sec-WebSocket-Protocol: %b\r\n" % subprotocol.encode()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %b\r\n%b\r\n" % (accept, chosen)
    )


def _detach(request: web.Request, transport: asyncio.Transport, socket: FastSocket) -> bytes:
    """Take the connection away from aiohttp; return what it has read after the request."""
    protocol = request.protocol
    tail: bytes = protocol._message_tail  # noqa: SLF001
    is_paused: bool = protocol._buffer_paused  # noqa: SLF001
    if (hand_over := getattr(protocol, "hand_over", None)) is not None:
        socket.on_closed = hand_over()
    transport.set_protocol(cast(asyncio.BaseProtocol, socket))
    # To aiohttp the connection is lost: it forgets everything about it, and has no transport that it could close.
    protocol.transport = None
    protocol.connection_lost(None)
    if is_paused:
        transport.resume_reading()
    return tail


def _nothing() -> None:
    """Do nothing."""


def _ignore(_: str) -> None:
    """Take nothing."""


def _ignore_binary() -> None:
    """Take nothing."""


def _ignore_code(_: int) -> None:
    """Count nothing."""
