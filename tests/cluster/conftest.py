"""Ports in memory and in Redis; each test has a namespace of its own."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from server.cluster.ports.client_redis import connect
from server.cluster.ports.directory import Directory
from server.cluster.ports.directory_memory import MemoryDirectory
from server.cluster.ports.directory_redis import RedisDirectory
from server.cluster.ports.heartbeats import Heartbeats
from server.cluster.ports.heartbeats_memory import MemoryHeartbeats, Roster
from server.cluster.ports.heartbeats_redis import RedisHeartbeats
from server.cluster.ports.node_records import NodeRecord
from server.cluster.ports.streams import Streams
from server.cluster.ports.streams_memory import Mailboxes, MemoryStreams
from server.cluster.ports.streams_redis import RedisStreams
from tests.support.valkey import Valkey

CARD = NodeRecord(name="one", version="1", database="d", key="k", rules={}, mixes_rules=False)
_prefixes = itertools.count(1)


class Ports:
    """Makes the ports of a node."""

    def __init__(self, kind: str, url: str) -> None:
        self.kind = kind
        self.url = url
        self.prefix = f"{{test{next(_prefixes)}}}"
        self._mailboxes = Mailboxes()
        self._directory = MemoryDirectory()
        self.roster = Roster(lambda: 1_000)
        self._clients: list[Any] = []

    def client(self, timeout_s: float = 1.0, *, keeps_connection: bool = False) -> Any:
        made = connect(self.url, name="test", timeout_s=timeout_s, keeps_connection=keeps_connection)
        self._clients.append(made)
        return made

    def directory(self) -> Directory:
        return self._directory if self.kind == "memory" else RedisDirectory(self.client(), prefix=self.prefix)

    def streams(self, node: str) -> Streams:
        if self.kind == "memory":
            return MemoryStreams(self._mailboxes, node)
        writer, reader = self.client(keeps_connection=True), self.client(3.0, keeps_connection=True)
        return RedisStreams(writer, reader, node, prefix=self.prefix)

    def heartbeats(self, node: str) -> Heartbeats:
        if self.kind == "memory":
            return MemoryHeartbeats(self.roster, node)
        return RedisHeartbeats(self.client(), node, CARD, prefix=self.prefix)

    async def holds(self, node: str) -> bool:
        """Whether something waits in the stream of *node*."""
        if self.kind == "memory":
            return bool(self._mailboxes.boxes[node])
        return bool(await self._clients[0].xlen(f"{self.prefix}:stream:{node}"))

    async def lose(self, node: str) -> None:
        """Empty the stream of *node*."""
        if self.kind == "memory":
            self._mailboxes.boxes[node].clear()
        else:
            await self._clients[0].delete(f"{self.prefix}:stream:{node}")

    async def flush(self) -> None:
        """Empty the store of this test."""
        if self.kind == "memory":
            self.roster.seen.clear()
        else:
            keys = await self._clients[0].keys(f"{self.prefix}:*")
            await self._clients[0].delete(*keys)

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    server = Valkey().start()
    yield server
    server.stop()


@pytest.fixture(params=["memory", "redis"])
async def ports(request: pytest.FixtureRequest) -> AsyncIterator[Ports]:
    url = request.getfixturevalue("valkey").url if request.param == "redis" else ""
    made = Ports(request.param, url)
    yield made
    await made.close()


async def eventually(holds: Callable[[], bool] | Callable[[], Awaitable[bool]], patience_s: float = 8) -> None:
    async with asyncio.timeout(patience_s):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)
