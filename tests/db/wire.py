"""A wire to the database that can be cut at the worst moment: the statement has run, and its answer is lost."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Literal, Self
from urllib.parse import parse_qs, quote, urlsplit

READY = b"Z\x00\x00\x00\x05"
"""The head of ReadyForQuery: what was asked is done, and what was stored is durable."""
PREPARED = b"1\x00\x00\x00\x04"
"""ParseComplete."""

Loss = Literal["answer", "request"]


class Wire:
    """Listens on a Unix socket of its own, and passes bytes on to the database."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        self._target = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
        self._folder = Path(tempfile.mkdtemp(prefix="rw-"))
        self.dsn = f"postgresql://{parts.netloc}{parts.path}?host={quote(str(self._folder), safe='')}&port=5432"
        self._loses: Loss | None = None
        self._then_down = False
        self.is_down = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._serve, self._folder / ".s.PGSQL.5432")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        shutil.rmtree(self._folder)

    def lose(self, what: Loss, *, then_down: bool = False) -> None:
        """Cut the connection of the next request: before it arrives, or when its answer comes."""
        self._loses, self._then_down = what, then_down

    def cut(self) -> None:
        """Break every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    def up(self) -> None:
        """Let connections through again."""
        self.is_down = False

    def _broke(self) -> None:
        self._loses = None
        self.is_down = self._then_down
        self.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_down:
            writer.transport.abort()
            return
        up_reader, up_writer = await asyncio.open_unix_connection(self._target)
        self._writers |= {writer, up_writer}
        doomed = asyncio.Event()
        both = [
            asyncio.ensure_future(self._ask(reader, up_writer, doomed)),
            asyncio.ensure_future(self._answer(up_reader, writer, doomed)),
        ]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for one in (writer, up_writer):
            self._writers.discard(one)
            one.transport.abort()
        await asyncio.gather(*both, return_exceptions=True)

    async def _ask(self, reader: asyncio.StreamReader, up: asyncio.StreamWriter, doomed: asyncio.Event) -> None:
        while data := await reader.read(1 << 16):
            if self._loses == "request":
                self._broke()
                return
            if self._loses == "answer":
                doomed.set()
            up.write(data)

    async def _answer(self, up: asyncio.StreamReader, writer: asyncio.StreamWriter, doomed: asyncio.Event) -> None:
        while data := await up.read(1 << 16):
            if data.startswith(PREPARED):
                doomed.clear()  # not yet: that was but the preparation
            if not doomed.is_set():
                writer.write(data)
            elif READY in data:
                self._broke()
                return
