"""A client that writes its own bytes (RFC 6455), to do what no decent client does."""

import asyncio
import os
import socket
from typing import Self

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
PATIENCE_S = 20


def frame(payload: bytes, opcode: int = TEXT, *, fin: bool = True) -> bytes:
    """Return one masked frame."""
    size, mask = len(payload), os.urandom(4)
    if size < 126:
        length = bytes((0x80 | size,))
    elif size < 65_536:
        length = bytes((0x80 | 126,)) + size.to_bytes(2, "big")
    else:
        length = bytes((0x80 | 127,)) + size.to_bytes(8, "big")
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes((0x80 * fin | opcode,)) + length + mask + masked


class Wire:
    """One TCP connection that has become a WebSocket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int, *, after: bytes = b"", receive_buffer: int = 0) -> Self:
        """Connect and upgrade; *after* is sent in the same segment as the request."""
        plain = socket.socket()
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=plain, limit=receive_buffer or 2**16)
        writer.write(
            b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" + after
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        assert head.startswith(b"HTTP/1.1 101"), head
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
        return cls(reader, writer)

    def send(self, payload: bytes, opcode: int = TEXT, *, fin: bool = True) -> None:
        """Send one frame."""
        self.writer.write(frame(payload, opcode, fin=fin))

    async def read(self) -> tuple[int, bytes]:
        """Return the opcode and payload of the next frame."""
        return await asyncio.wait_for(self._read(), PATIENCE_S)

    async def _read(self) -> tuple[int, bytes]:
        first, size = await self.reader.readexactly(2)
        assert first & 0xF0 == 0x80, "the server does not fragment"
        assert size < 128, "the server does not mask"
        if size > 125:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
        return first & 0x0F, await self.reader.readexactly(size)

    async def code(self) -> int:
        """Return the code of the next close frame; other frames are passed over."""
        while True:
            opcode, payload = await self.read()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2], "big")

    async def ended(self) -> None:
        """Return once the server has closed the connection."""
        try:
            while await asyncio.wait_for(self.reader.read(65_536), PATIENCE_S):
                pass
        except ConnectionError:
            return
