"""Running services and the people of the stories."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import asyncpg
import pytest

from server.postgres import Postgres
from tests.journeys.person import Person
from tests.journeys.service import Service

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
RUNNING_MAX = 3


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


@pytest.fixture(scope="session")
def hire(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hire]:
    """Return a running server with these settings; stories with the same ones share it, each with its own people.

    The `RUNNING_MAX` used last are kept: dozens of idle servers would take a core from the others.
    """
    hired: dict[tuple[tuple[str, Any], ...], Service] = {}

    async def make(name: str) -> str:
        connection = await asyncpg.connect(postgres.dsn("postgres"))
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        await connection.close()
        return postgres.dsn(name)

    def find(settings: dict[str, Any]) -> Service:
        key = tuple(sorted(settings.items()))
        if key not in hired:
            # No number: the tests in the browser hire servers of their own.
            dsn = asyncio.run(make(f"stories_{secrets.token_hex(6)}"))
            hired[key] = Service(dsn, tmp_path_factory.mktemp("service"), **settings)
        hired[key] = hired.pop(key)  # now the last of the dictionary: the one used last
        for old in list(hired)[:-RUNNING_MAX]:
            # For good: meanwhile its port may be somebody else's.
            assert hired.pop(old).stop_now() == 0
        if not hired[key].is_running:
            hired[key].start_now()
        return hired[key]

    yield find
    for service in hired.values():
        assert service.stop_now() == 0


@pytest.fixture
async def service(hire: Hire, request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    """A server with short windows; `@pytest.mark.settings(RONDO_…=…)` changes them."""
    marker = request.node.get_closest_marker("settings")
    running = await asyncio.to_thread(hire, SHORT | (marker.kwargs if marker else {}))
    yield running
    assert running.faults() == []


class Casting:
    """Signs up people and connects them, each where they are sent: `ada = await cast("Ada", gender="female")`."""

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
        """Let nobody of this story still wait when the next begins."""
        await asyncio.gather(*(person.leave_for_good() for person in self._people))


@pytest.fixture
async def cast(service: Service, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    """Sign up a person and connect them."""
    casting = Casting(http, lambda: service.base)
    yield casting
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
