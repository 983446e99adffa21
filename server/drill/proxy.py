"""A network that can be broken: a proxy which passes everything on until it is told to swallow it."""

import asyncio
from contextlib import suppress

CHUNK = 65_536


class Proxy:
    """Passes bytes between people and the service. What it swallows, nobody is told of: the sockets stay half open."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    @property
    def base(self) -> str:
        """Where it is reached."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def open(self) -> None:
        """Begin to pass on."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)

    def swallow(self) -> None:
        """Pass nothing on from now on, in neither direction, and close nothing."""
        self._flows.clear()

    async def close(self) -> None:
        """Cut every connection."""
        self._flows.set()
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        self._writers -= {writer, far_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                # Once it swallows, it does so for good: even the end of a connection is not passed on.
                await self._flows.wait()
                writer.write(chunk)
                await writer.drain()
        await self._flows.wait()
        writer.transport.abort()
