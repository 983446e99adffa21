"""A minimal WebSocket client: one protocol object per socket and no task, so that one process holds thousands."""

import asyncio
import base64
import secrets
import ssl
from collections.abc import Callable
from typing import Final, cast
from urllib.parse import urlsplit

CONNECT_S: Final = 30.0
"""Timeout of a handshake; during recovery a server keeps connections in its backlog."""
ABNORMAL: Final = 1006
AGENT: Final = "rondo-drill"
FORWARDED_FOR: Final = "X-Forwarded-For"


class NotOpened(OSError):
    """There is no connection: refused, closed, or answered without a WebSocket."""


async def dial(
    url: str, take: Callable[[bytes], None], lost: Callable[[int], None], *, address: str = ""
) -> "WebSocketClient":
    """Return an open WebSocket to *url* (http, https, ws or wss); *address*: where it seems to come from, by a proxy.

    Raises:
        NotOpened: there is none.
    """
    parts = urlsplit(url)
    context = ssl.create_default_context() if parts.scheme in ("https", "wss") else None
    port = parts.port or (80 if context is None else 443)
    try:
        async with asyncio.timeout(CONNECT_S):
            loop = asyncio.get_running_loop()
            _, wire = await loop.create_connection(
                lambda: WebSocketClient(take, lost), parts.hostname or "", port, ssl=context
            )
            await wire.shake_hands(parts.netloc, parts.path or "/", address=address)
    except (OSError, TimeoutError) as error:
        raise NotOpened(str(error) or "no answer") from error
    return wire


class WebSocketClient(asyncio.Protocol):
    """One socket. *take* is given each text message, *lost* the close code, once."""

    def __init__(self, take: Callable[[bytes], None], lost: Callable[[int], None]) -> None:
        self._take = take
        self._lost: Callable[[int], None] | None = lost
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._message = bytearray()
        self._is_open = False
        self._code = ABNORMAL

    async def shake_hands(self, host: str, path: str, *, address: str = "") -> None:
        """Return once the WebSocket is open.

        Raises:
            OSError: it is refused, or the connection was cut.
        """
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        origin = f"{FORWARDED_FOR}: {address}\r\n" if address else ""
        self.transport.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {AGENT}\r\n{origin}Upgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        try:
            await self._opened
        except BaseException:
            self._lost = None
            self.abort()
            raise

    @property
    def transport(self) -> asyncio.Transport:
        """The transport, for fault injection."""
        assert self._transport is not None
        return self._transport

    def send(self, text: bytes) -> None:
        """Send a text message."""
        self.send_frame(0x1, text)

    def send_frame(self, opcode: int, payload: bytes) -> None:
        """Send a final frame. Masked with zeros: that costs nothing, and hides nothing from a server of our own."""
        size = len(payload)
        if size < 126:
            head = bytes((0x80 | opcode, 0x80 | size))
        elif size < 65_536:
            head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
        else:
            head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(head + b"\0\0\0\0" + payload)

    def close(self, code: int = 1000) -> None:
        """Send a close frame and close."""
        self._code = code
        self.send_frame(0x8, code.to_bytes(2, "big"))
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close without a close frame."""
        if self._transport is not None:
            self._transport.abort()

    # Called by the transport (asyncio.Protocol).

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not instances of asyncio.Transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake the waiting task."""
        if not self._opened.done():
            self._opened.set_exception(exc if isinstance(exc, OSError) else ConnectionResetError("cut"))
            # The opening task may have been cancelled already.
            self._opened.exception()
            return
        lost, self._lost = self._lost, None
        if lost is not None and self._is_open:
            lost(self._code)

    def data_received(self, data: bytes) -> None:
        """Parse the complete frames."""
        self._buffer += data
        if not self._is_open and not self._read_answer():
            return
        while self._read_frame():
            pass

    def _read_answer(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        status = bytes(self._buffer[: self._buffer.find(b"\r\n")]).decode("latin-1")
        del self._buffer[: end + 4]
        if " 101 " not in status + " ":
            if not self._opened.done():
                self._opened.set_exception(ConnectionRefusedError(status))
            self.abort()
            return False
        self._is_open = True
        if not self._opened.done():
            self._opened.set_result(None)
        return True

    def _read_frame(self) -> bool:
        """Parse one frame (RFC 6455 section 5.2) if it is complete."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, at = buffer[1] & 0x7F, 2
        if size >= 126:
            at = 4 if size == 126 else 10
            if len(buffer) < at:
                return False
            size = int.from_bytes(buffer[2:at], "big")
        if len(buffer) < at + size:
            return False
        first, payload = buffer[0], bytes(buffer[at : at + size])
        del buffer[: at + size]
        self._hear(first & 0x0F, payload, is_final=bool(first & 0x80))
        return True

    def _hear(self, opcode: int, payload: bytes, *, is_final: bool) -> None:
        if opcode <= 0x2:
            if is_final and not self._message:
                self._take(payload)
                return
            self._message += payload
            if is_final:
                whole, self._message = bytes(self._message), bytearray()
                self._take(whole)
        elif opcode == 0x9:
            self.send_frame(0xA, payload)
        elif opcode == 0x8:
            self._code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
            self.send_frame(0x8, payload[:2])
            self.transport.close()
