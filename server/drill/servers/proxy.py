"""A network that can be broken: a proxy which passes everything on until it is told to swallow it, or to cut."""

import asyncio
from contextlib import suppress
from pathlib import Path

CHUNK = 65_536
Address = tuple[str, int] | Path
"""Host and port, or a socket in the file system."""


class Proxy:
    """Passes bytes between two sides.

    What it swallows is not signalled: the sockets stay half open, as when a cable is pulled; once it flows again
    everything arrives, as TCP would have it. A cut closes both sides, and new connections are refused.
    """

    def __init__(self, to: Address, at: Path | None = None) -> None:
        """*at*: where to listen in the file system; None: on a free port."""
        self._to = to
        self._at = at
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._is_cut = False

    @property
    def port(self) -> int:
        """Where it is reached."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def base(self) -> str:
        """Where it is reached, by a browser."""
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Begin to pass on."""
        if self._at is None:
            self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        else:
            self._at.parent.mkdir(parents=True, exist_ok=True)
            self._server = await asyncio.start_unix_server(self._join, self._at)

    def swallow(self) -> None:
        """Pass nothing on from now on, in neither direction, and close nothing."""
        self._flows.clear()

    def cut(self) -> None:
        """End every connection, and take no new one."""
        self._is_cut = True
        self._abort()

    def mend(self) -> None:
        """Pass everything on again."""
        self._is_cut = False
        self._flows.set()

    async def close(self) -> None:
        """Cut every connection for good."""
        self.mend()
        if self._server is not None:
            self._server.close()
        self._abort()

    def _abort(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._flows.wait()
            if self._is_cut:
                raise ConnectionRefusedError
            if isinstance(self._to, Path):
                far_reader, far_writer = await asyncio.open_unix_connection(str(self._to))
            else:
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
                # Even the end of a connection is swallowed.
                await self._flows.wait()
                writer.write(chunk)
                await writer.drain()
        await self._flows.wait()
        writer.transport.abort()
