"""Running services, on one node and on two, and the users of the stories."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import asyncpg
import pytest

from server.postgres import Postgres
from tests.support.client import Person
from tests.support.cluster import TwoNodes
from tests.support.service import Service

TOPOLOGIES = ("one_node", "two_nodes")
"""Each is a fixture: the service on which a story is run."""

SHORT = {
    "RONDO_INVITE_TTL_S": 1,
    "RONDO_GRACE_S": 1,
    "RONDO_TEXT_GRACE_S": 2,
    "RONDO_TORCH_IDLE_S": 5,
    "RONDO_TORCH_WARNING_S": 0.6,
    "RONDO_CONNECT_TIMEOUT_S": 4,
    "RONDO_QUEUE_HOLD_S": 0.4,
    "RONDO_INTEREST_WAIT_S": 0.4,
    "RONDO_RATE_LIMITS": "off",
}
"""Windows short enough for a story, long enough for a busy machine."""

ConnectUser = Callable[..., Awaitable[Person]]
StartService = Callable[[dict[str, Any]], Service]
StartCluster = Callable[[dict[str, Any]], Awaitable[TwoNodes]]
RUNNING_MAX = 3


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the stories of a file on one node, then on two; the marker `topology` names the ones that matter."""
    if "topology" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("topology")
        metafunc.parametrize("topology", marker.args if marker else TOPOLOGIES, scope="module")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


@pytest.fixture(scope="session")
def start_service(
    postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartService]:
    """Return a running server with these settings; stories with the same settings share it, each with its own users.

    The `RUNNING_MAX` used last are kept: dozens of idle servers would take a core from the others.
    """
    services: dict[tuple[tuple[str, Any], ...], Service] = {}
    leaving: list[Service] = []

    def find(settings: dict[str, Any]) -> Service:
        key = tuple(sorted(settings.items()))
        if key not in services:
            dsn = asyncio.run(_make_database(postgres, template))
            services[key] = Service(dsn, tmp_path_factory.mktemp("service"), **settings)
        services[key] = services.pop(key)  # now the last of the dictionary: the one used last
        for old in list(services)[:-RUNNING_MAX]:
            # Permanently: its port may be taken by another server now.
            leaving.append(services.pop(old))
            leaving[-1].ask_to_stop()
        if not services[key].is_running:
            services[key].start_now()
        return services[key]

    yield find
    for service in services.values():
        service.ask_to_stop()
    leaving += services.values()
    codes = [service.gone_now() for service in leaving]
    assert not any(codes)


@pytest.fixture(scope="session")
def start_cluster(
    postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartCluster]:
    """Return two running nodes with these settings; stories with the same settings share it, each with its own users.

    The `RUNNING_MAX` used last are kept.
    """
    clusters: dict[tuple[tuple[str, Any], ...], TwoNodes] = {}

    async def find(settings: dict[str, Any]) -> TwoNodes:
        key = tuple(sorted(settings.items()))
        if key not in clusters:
            dsn = await _make_database(postgres, template)
            clusters[key] = TwoNodes(dsn, tmp_path_factory.mktemp("nodes"), **settings)
        clusters[key] = clusters.pop(key)  # now the last of the dictionary: the one used last
        for old in list(clusters)[:-RUNNING_MAX]:
            # Permanently: its ports may be taken by other servers now.
            leaving = clusters.pop(old)
            leaving.ask_to_stop()
            assert await asyncio.to_thread(leaving.gone_now) == 0
        await clusters[key].revive()
        return clusters[key]

    yield find
    for cluster in clusters.values():
        cluster.ask_to_stop()
    codes = [cluster.gone_now() for cluster in clusters.values()]
    assert not any(codes)


@pytest.fixture
async def one_node(start_service: StartService, request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    """A server with short windows; `@pytest.mark.settings(RONDO_…=…)` changes them."""
    running = await asyncio.to_thread(start_service, _settings_of(request))
    yield running
    assert running.faults() == []


@pytest.fixture
async def two_nodes(
    start_cluster: StartCluster, http: aiohttp.ClientSession, request: pytest.FixtureRequest
) -> AsyncIterator[TwoNodes]:
    """Two nodes with the settings of `one_node`; connected users are on them in turn."""
    cluster = await start_cluster(_settings_of(request))
    await cluster.until_ready(http)
    cluster.start_at_first_node()
    yield cluster
    assert cluster.faults() == []


@pytest.fixture
def service(topology: str, request: pytest.FixtureRequest) -> Service | TwoNodes:
    """What the story is about, on this topology."""
    found: Service | TwoNodes = request.getfixturevalue(topology)
    return found


class UserFactory:
    """Signs up users and connects them, each to the chosen node: `ada = await connect_user("Ada", gender="female")`."""

    def __init__(self, http: aiohttp.ClientSession, where: Callable[[], str]) -> None:
        self._http = http
        self._where = where
        self._people: list[Person] = []
        self._numbers = itertools.count(1)

    async def __call__(self, name: str | None = None, *, connect: bool = True, **details: Any) -> Person:
        person = Person(self._http, self._where(), name or f"Person {next(self._numbers)}")
        await person.sign_up(**details)
        self._people.append(person)
        if connect:
            await person.connect()
        return person

    async def delete_users(self) -> None:
        """Remove all users of this story from the queue."""
        await asyncio.gather(*(person.delete_account() for person in self._people))


@pytest.fixture
async def connect_user(service: Service | TwoNodes, http: aiohttp.ClientSession) -> AsyncIterator[ConnectUser]:
    """Sign up a person and connect them."""
    users = UserFactory(http, lambda: service.base)
    yield users
    await service.revive()
    await users.delete_users()


@pytest.fixture
async def ada(connect_user: ConnectUser) -> Person:
    return await connect_user("Ada")


@pytest.fixture
async def bob(connect_user: ConnectUser) -> Person:
    return await connect_user("Bob")


@pytest.fixture
async def cleo(connect_user: ConnectUser) -> Person:
    return await connect_user("Cleo")


def _settings_of(request: pytest.FixtureRequest) -> dict[str, Any]:
    marker = request.node.get_closest_marker("settings")
    return SHORT | (marker.kwargs if marker else {})


async def _make_database(postgres: Postgres, template: str) -> str:
    """Return the URL of a new, migrated database, of a name that no other fixture gives."""
    name = f"stories_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    await connection.close()
    return postgres.dsn(name)
