"""Detach the connection of a request from aiohttp. Uses private parts of it, like `aiohttp_fast_socket`."""

import asyncio
from collections.abc import Callable
from typing import cast

from aiohttp import web

OnClosed = Callable[[], None] | None
"""Called when a connection is closed."""


class Detached(web.StreamResponse):
    """The response for a request whose connection is detached: there is nothing to write."""

    def __init__(self) -> None:
        super().__init__(status=101)

    async def prepare(self, request: web.BaseRequest) -> None:
        """Do nothing."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing."""


def take_over(request: web.Request) -> OnClosed:
    """Take the connection from what counts it; return what is to be called when it is closed, if anything."""
    hand_over: Callable[[], Callable[[], None]] | None = getattr(request.protocol, "hand_over", None)
    return None if hand_over is None else hand_over()


def detach(request: web.Request, transport: asyncio.Transport, socket: object) -> bytes:
    """Detach the connection from aiohttp; return what it has read after the request."""
    protocol = request.protocol
    tail: bytes = protocol._message_tail  # noqa: SLF001
    is_paused: bool = protocol._buffer_paused  # noqa: SLF001
    transport.set_protocol(cast(asyncio.BaseProtocol, socket))
    # For aiohttp the connection is lost: it drops everything about it, and has no transport to close.
    protocol.transport = None
    protocol.connection_lost(None)
    if is_paused:
        transport.resume_reading()
    return tail
