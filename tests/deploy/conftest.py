"""Two nodes as `deploy/compose.yaml` runs them: one database, one Redis, a listener for operators each."""

import asyncio
import shutil
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from server.postgres import Postgres
from tests.http.conftest import Caller
from tests.support.service import Service
from tests.support.valkey import Valkey

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
TOOLS = ROOT / ".venv" / "tools" / "usr"
"""Where `make test` lays programs that are checked with, without installing them."""


def tool(name: str) -> str:
    """Return the path of a program that is no part of Rondo, or skip the test: `make test` brings it where apt is."""
    found = shutil.which(name) or shutil.which(name, path=f"{TOOLS}/bin:{TOOLS}/sbin")
    if found is None:
        pytest.skip(f"{name} is not here")
    return found


class Node(Service):
    """A service with a listener for operators."""

    @property
    def operators(self) -> str:
        """The URL of that listener, as of the last start."""
        return str([line for line in self.log if line["event"] == "operator_listening"][-1]["url"]).rstrip("/")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of these nodes' own: other tests' nodes have nothing to do with them."""
    server = Valkey().start()
    yield server.url
    server.stop()


def until_open(port: int, *, within_s: float = 10) -> None:
    """Return once the port accepts connections."""
    began = time.monotonic()
    while time.monotonic() - began < within_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"nobody listens on {port}")


@pytest.fixture(scope="session")
def nodes(
    postgres: Postgres, template: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Node, Node]]:
    """Two nodes that serve, behind one proxy."""

    async def make() -> str:
        connection = await asyncpg.connect(postgres.dsn("postgres"))
        await connection.execute(f"CREATE DATABASE deploy TEMPLATE {template} STRATEGY file_copy")
        await connection.close()
        return postgres.dsn("deploy")

    settings = {"REDIS_URL": redis_url, "RONDO_OPS_PORT": 0, "RONDO_TRUSTED_PROXIES": 1, "RONDO_RATE_LIMITS": "off"}
    dsn = asyncio.run(make())
    both = tuple(Node(dsn, tmp_path_factory.mktemp(name), RONDO_NODE=name, **settings) for name in ("node1", "node2"))
    for node in both:
        node.start_now()
    yield both
    for node in both:
        if node.is_running:
            node.stop_now()
    assert [fault for node in both for fault in node.faults()] == []


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def guest(http: aiohttp.ClientSession, base: str, name: str) -> Caller:
    caller = Caller(http, base)
    reply = await caller.post("/v1/auth/guest", {"display_name": name, "adult": True})
    assert reply.status == 201, reply
    caller.token, caller.user_id = reply.body["token"], reply.body["user"]["user_id"]
    return caller
