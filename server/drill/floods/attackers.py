"""Floods of sockets, requests and slow connections, sent from a process of their own and from many addresses."""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import msgspec
import uvloop

CHUNK_BYTES: Final = 1 << 16
"""Bytes per write; the next write waits until most of it was sent."""
RETRY_S: Final = 0.02
"""Pause after a refused or lost connection: an attacker without it would measure its own kernel."""
SLOW_S: Final = 1.0
"""Between two bytes of a slow header or body."""
UPGRADE: Final = (
    b"GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Return one masked frame of at most 65,535 bytes (RFC 6455 section 5.2). The mask is zero."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((0x80 * fin | opcode,)) + length + bytes(4) + payload


def request(method: str, path: str, body: bytes = b"", token: str = "") -> bytes:
    """Return one HTTP request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


SIGN_UP: Final = b'{"display_name":"Guest","adult":true}'
FRAMES: Final = {
    "ping": frame(0x9),
    "pong": frame(0xA),
    "text": frame(0x1, b'{"type":"ping"}'),
    "text 64 KiB": frame(0x1, b'{"type":"ping","data":"%b"}' % (b"x" * 65_000)),
    "binary": frame(0x2),
    "fragment": frame(0x0, fin=False),
}
REQUESTS: Final = {
    "requests": ("GET", "/v1/access", b""),
    "pages": ("GET", "/", b""),
    "writes": ("PATCH", "/v1/me", b'{"display_name":"Guest"}'),
    "sign-ups": ("POST", "/v1/auth/guest", SIGN_UP),
}
FLOODS: Final = (
    *(f"{name}, {hello} hello" for name in FRAMES for hello in ("no", "after")),
    *REQUESTS,
    "handshakes",
    "unread answers",
    "idle connections",
    "slow headers",
    "slow bodies",
)
"""What `Order.flood` may be."""


class FloodOrder(msgspec.Struct, frozen=True):
    """Which flood, from where, for how long."""

    flood: str
    port: int
    sources: list[tuple[str, str]]
    """Address and token of each connection that is held open; a connection that ends is replaced."""
    seconds: float


class FloodReport(msgspec.Struct, frozen=True):
    """The result of the attackers."""

    opened: int
    """Connections that were accepted, and upgraded where requested."""
    refused: int
    """Connections that were refused or closed."""
    sent_mib: float


class _Attack:
    """One flood: all its connections share a deadline and counts."""

    def __init__(self, order: FloodOrder) -> None:
        self.order = order
        self.counts: Counter[str] = Counter()
        self.until = time.monotonic() + order.seconds

    async def run(self) -> FloodReport:
        """Send until the end time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.order.seconds):
                await asyncio.gather(*(self._repeat(address, token) for address, token in self.order.sources))
        return FloodReport(self.counts["opened"], self.counts["refused"], round(self.counts["sent"] / 2**20, 2))

    async def _repeat(self, address: str, token: str) -> None:
        once = self._choose()
        while time.monotonic() < self.until:
            # RuntimeError: uvloop's, of a transport that the server has closed.
            with suppress(OSError, EOFError, RuntimeError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.order.port, local_addr=(address, 0))
                try:
                    await once(reader, writer, token)
                finally:
                    writer.transport.abort()
            self.counts["refused"] += 1
            await asyncio.sleep(RETRY_S)

    def _choose(self) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter, str], Awaitable[None]]:
        flood = self.order.flood
        if flood in REQUESTS:
            return self._requests
        return {
            "handshakes": self._handshake,
            "unread answers": self._unread,
            "idle connections": self._slow,
            "slow headers": self._slow,
            "slow bodies": self._slow,
        }.get(flood, self._frames)

    async def _upgrade(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        writer.write(UPGRADE)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head:
            raise ConnectionRefusedError(head[:40])
        self.counts["opened"] += 1
        if token:
            writer.write(frame(0x1, msgspec.json.encode({"type": "hello", "token": token})))
            await reader.readexactly(2)

    async def _handshake(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: str) -> None:
        await self._upgrade(reader, writer, "")

    async def _frames(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        name, _, hello = self.order.flood.partition(", ")
        await self._upgrade(reader, writer, token if hello.startswith("after") else "")
        if name == "fragment":
            writer.write(frame(0x1, fin=False))
        await self._pour(reader, writer, FRAMES[name])

    async def _unread(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        """Request large answers within the frame rate, and read none of them."""
        await self._upgrade(reader, writer, token)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        while not writer.is_closing():
            await self._write(writer, FRAMES["text 64 KiB"])
            await asyncio.sleep(1 / 30)

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self.counts["opened"] += 1
        method, path, body = REQUESTS[self.order.flood]
        await self._pour(reader, writer, request(method, path, body, token if self.order.flood == "writes" else ""))

    async def _slow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: str) -> None:
        self.counts["opened"] += 1
        if self.order.flood == "slow bodies":
            whole = request("POST", "/v1/auth/guest", SIGN_UP)
            await self._write(writer, whole[: -len(SIGN_UP)])
        elif self.order.flood == "slow headers":
            await self._write(writer, b"GET / HTTP/1.1\r\nX: ")
        dropping = asyncio.create_task(self._drop(reader))
        try:
            while not dropping.done():
                await asyncio.sleep(SLOW_S)
                if self.order.flood != "idle connections":
                    await self._write(writer, b" ")
        finally:
            dropping.cancel()

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, unit: bytes) -> None:
        """Send *unit* repeatedly as fast as the server reads, and drop the answers."""
        many = unit * max(1, CHUNK_BYTES // len(unit))
        dropping = asyncio.create_task(self._drop(reader))
        try:
            while not dropping.done():
                await self._write(writer, many)
                await asyncio.sleep(0)
        finally:
            dropping.cancel()

    async def _drop(self, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while await reader.read(CHUNK_BYTES):
                pass

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()
        self.counts["sent"] += len(data)


def main() -> None:
    """Read the order from standard input, and write the result to standard output."""
    # Attackers have machines of their own: here they get the processor time that honest users and the server leave.
    os.setpriority(os.PRIO_PROCESS, 0, 19)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=FloodOrder)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_Attack(order).run())))


if __name__ == "__main__":
    main()
