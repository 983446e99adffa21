"""Several servers with one database and one Redis; a drill can use them as one service."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

from server.drill.servers.host import Host
from server.drill.servers.link import NetworkLink
from server.drill.servers.proxy import Proxy
from server.drill.servers.redis_server import RedisServer

SOCKET: Final = ".s.PGSQL.5432"
"""File name of PostgreSQL's socket."""


class ServerEnvironment(msgspec.Struct, frozen=True):
    """The proxies between one node and its stores."""

    redis: Proxy
    postgres: Proxy
    """Between the node and Redis, for messages of other nodes."""


class ServerFleet:
    """Several `rondo serve`; used together as one `Host`, or individually."""

    def __init__(
        self,
        folder: Path,
        *,
        dsn: str,
        count: int,
        settings: Mapping[str, str] | None = None,
        can_part: bool = False,
        link: NetworkLink | None = None,
    ) -> None:
        """*dsn*: a database that the drill runs; *can_part*: a node can be cut from what is around it.

        *link*: the only network of the first node.

        Raises:
            StartupError: there is no Redis to be had.
        """
        self.redis = RedisServer(folder / "redis")
        self.around: list[ServerEnvironment] = []
        """The proxies of each node, in order; empty if they are not possible."""
        self.nodes: list[Host] = []
        """The servers by place; a newer one replaces the one with its port."""
        self._url = f"redis://127.0.0.1:{self.redis.port}/0"
        self._dsn = dsn
        self._settings = dict(settings or {})
        self._folder = folder
        self._count = count
        self._can_part = can_part
        self._link = link

    async def open(self) -> None:
        """Start Redis, and create the nodes, not yet started.

        Raises:
            StartupError: Redis does not start.
        """
        await self.redis.start()
        for number in range(self._count):
            url, dsn = self._url, self._dsn
            if self._can_part:
                url, dsn = await self._surround(number)
            link = self._link if number == 0 else None
            self.nodes.append(Host(self._folder, dsn=dsn, settings=self._settings | {"REDIS_URL": url}, link=link))

    async def _surround(self, number: int) -> tuple[str, str]:
        """Return the URLs of Redis and the database through proxies of a node."""
        folder = self._folder / f"node{number}"
        # Both in the file system: a node in a network namespace reaches nothing else.
        redis = Proxy(("127.0.0.1", self.redis.port), folder / "redis.sock")
        postgres = Proxy(Path(parse_qs(urlsplit(self._dsn).query)["host"][0]) / SOCKET, folder / SOCKET)
        await redis.open()
        await postgres.open()
        self.around.append(ServerEnvironment(redis, postgres))
        database = urlsplit(self._dsn).path
        user = urlsplit(self._dsn).username
        url = f"unix://{folder / 'redis.sock'}"
        return url, f"postgresql://{user}@{database}?host={quote(str(folder), safe='')}&port=5432"

    @property
    def listens_at(self) -> float:
        """When the first of them accepted connections after the last start of all (monotonic)."""
        since = max(node.started_at for node in self.nodes)
        return min((node.listens_at for node in self.nodes if node.listens_at >= since), default=0.0)

    @property
    def started_at(self) -> float:
        """When the first of them was started (monotonic)."""
        return min(node.started_at for node in self.nodes)

    @property
    def processor_s(self) -> float:
        """Processor time of all of them."""
        return sum(node.processor_s for node in self.nodes)

    @property
    def base(self) -> str:
        """URL of a running one."""
        return next(node for node in self.nodes if node.is_running).base

    def launch(self) -> None:
        """Start every node that is not running, without waiting."""
        for node in self.nodes:
            if not node.is_running:
                node.launch()

    async def start(self) -> float:
        """Start every node that is not running; return, once all accept connections, how many seconds that took.

        Raises:
            NotStarted: one ended, or timed out.
        """
        new = [node for node in self.nodes if not node.is_running]
        self.launch()
        return max(await asyncio.gather(*(node.ready() for node in new)), default=0.0)

    async def kill(self) -> None:
        """Kill all nodes in one instant, as a power failure does; Redis continues."""
        await asyncio.gather(*(node.kill() for node in self.nodes))

    async def stop(self) -> int:
        """Stop all cleanly; return the greatest exit code."""
        for one in self.around:
            one.redis.mend()
            one.postgres.mend()
        codes = await asyncio.gather(*(node.stop() for node in self.nodes))
        for one in self.around:
            await one.redis.close()
            await one.postgres.close()
        self.redis.go_on()
        self.redis.kill()
        return max(codes, default=0)
