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
from tests.support.cluster import Fleet
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

Cast = Callable[..., Awaitable[Person]]
Hire = Callable[[dict[str, Any]], Service]
Muster = Callable[[dict[str, Any]], Awaitable[Fleet]]
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
def hire(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hire]:
    """Return a running server with these settings; stories with the same settings share it, each with its own users.

    The `RUNNING_MAX` used last are kept: dozens of idle servers would take a core from the others.
    """
    hired: dict[tuple[tuple[str, Any], ...], Service] = {}
    leaving: list[Service] = []

    def find(settings: dict[str, Any]) -> Service:
        key = tuple(sorted(settings.items()))
        if key not in hired:
            dsn = asyncio.run(_make_database(postgres, template))
            hired[key] = Service(dsn, tmp_path_factory.mktemp("service"), **settings)
        hired[key] = hired.pop(key)  # now the last of the dictionary: the one used last
        for old in list(hired)[:-RUNNING_MAX]:
            # Permanently: its port may be taken by another server now.
            leaving.append(hired.pop(old))
            leaving[-1].ask_to_stop()
        if not hired[key].is_running:
            hired[key].start_now()
        return hired[key]

    yield find
    for service in hired.values():
        service.ask_to_stop()
    leaving += hired.values()
    codes = [service.gone_now() for service in leaving]
    assert not any(codes)


@pytest.fixture(scope="session")
def muster(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """Return the fleet with these settings; stories with the same settings share it, each with its own users.

    The `RUNNING_MAX` used last are kept.
    """
    mustered: dict[tuple[tuple[str, Any], ...], Fleet] = {}

    async def find(settings: dict[str, Any]) -> Fleet:
        key = tuple(sorted(settings.items()))
        if key not in mustered:
            dsn = await _make_database(postgres, template)
            mustered[key] = Fleet(dsn, tmp_path_factory.mktemp("fleet"), **settings)
        mustered[key] = mustered.pop(key)  # now the last of the dictionary: the one used last
        for old in list(mustered)[:-RUNNING_MAX]:
            # Permanently: its ports may be taken by other servers now.
            leaving = mustered.pop(old)
            leaving.ask_to_stop()
            assert await asyncio.to_thread(leaving.gone_now) == 0
        await mustered[key].revive()
        return mustered[key]

    yield find
    for fleet in mustered.values():
        fleet.ask_to_stop()
    codes = [fleet.gone_now() for fleet in mustered.values()]
    assert not any(codes)


@pytest.fixture
async def one_node(hire: Hire, request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    """A server with short windows; `@pytest.mark.settings(RONDO_…=…)` changes them."""
    running = await asyncio.to_thread(hire, _settings_of(request))
    yield running
    assert running.faults() == []


@pytest.fixture
async def two_nodes(
    muster: Muster, http: aiohttp.ClientSession, request: pytest.FixtureRequest
) -> AsyncIterator[Fleet]:
    """Two nodes with the settings of `one_node`; each person who is cast is on the next of them."""
    fleet = await muster(_settings_of(request))
    await fleet.until_ready(http)
    fleet.restart_the_round()
    yield fleet
    assert fleet.faults() == []


@pytest.fixture
def service(topology: str, request: pytest.FixtureRequest) -> Service | Fleet:
    """What the story is about, on this topology."""
    found: Service | Fleet = request.getfixturevalue(topology)
    return found


class Casting:
    """Signs up users and connects them, each to the chosen node: `ada = await cast("Ada", gender="female")`."""

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

    async def dismiss(self) -> None:
        """Remove all users of this story from the queue."""
        await asyncio.gather(*(person.leave_for_good() for person in self._people))


@pytest.fixture
async def cast(service: Service | Fleet, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    """Sign up a person and connect them."""
    casting = Casting(http, lambda: service.base)
    yield casting
    await service.revive()
    await casting.dismiss()


@pytest.fixture
async def ada(cast: Cast) -> Person:
    return await cast("Ada")


@pytest.fixture
async def bob(cast: Cast) -> Person:
    return await cast("Bob")


@pytest.fixture
async def cleo(cast: Cast) -> Person:
    return await cast("Cleo")


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
