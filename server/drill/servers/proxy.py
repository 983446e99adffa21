"""A proxy for network faults: it forwards everything until it is told to swallow data, or to cut connections."""

import asyncio
from contextlib import suppress
from pathlib import Path

CHUNK = 65_536
Address = tuple[str, int] | Path
"""Host and port, or a socket in the file system."""


class Proxy:
    """Forwards bytes between two sides.

    Swallowed data is not signalled: the sockets stay half open, as with a cut link; afterwards everything arrives, as
    with TCP. A cut closes both sides, and new connections are refused.
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
        """The port it listens on."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def base(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Start forwarding."""
        if self._at is None:
            self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        else:
            self._at.parent.mkdir(parents=True, exist_ok=True)
            self._server = await asyncio.start_unix_server(self._join, self._at)

    def swallow(self) -> None:
        """Forward nothing from now on, in either direction, and close nothing."""
        self._flows.clear()

    def cut(self) -> None:
        """Close every connection, and accept no new ones."""
        self._is_cut = True
        self._abort()

    def mend(self) -> None:
        """Forward everything again."""
        self._is_cut = False
        self._flows.set()

    async def close(self) -> None:
        """Close every connection permanently."""
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
                # The close of a connection is swallowed too.
                await self._flows.wait()
                writer.write(chunk)
                await writer.drain()
        await self._flows.wait()
        writer.transport.abort()
