"""A running service and the people of the stories."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.journeys.person import Person
from tests.journeys.service import Service

SHORT = {
    "RONDO_INVITE_TTL_S": 1,
    "RONDO_GRACE_S": 1,
    "RONDO_TEXT_GRACE_S": 2,
    "RONDO_TORCH_IDLE_S": 1,
    "RONDO_TORCH_WARNING_S": 0.6,
    "RONDO_CONNECT_TIMEOUT_S": 1.5,
    "RONDO_QUEUE_HOLD_S": 0.4,
    "RONDO_INTEREST_WAIT_S": 0.4,
    "RONDO_RATE_LIMITS": "off",
}
"""Windows short enough for a story, long enough for a busy machine."""

Cast = Callable[..., Awaitable[Person]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "settings(**environment): settings of the server in this story")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


@pytest.fixture
async def service(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    """A server with short windows; `@pytest.mark.settings(RONDO_…=…)` changes them."""
    marker = request.node.get_closest_marker("settings")
    running = Service(database, tmp_path, **(SHORT | (marker.kwargs if marker else {})))
    await running.start()
    yield running
    assert await running.stop() == 0
    assert running.faults() == []


@pytest.fixture
async def cast(service: Service, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    """Sign up a person and connect them: `ada = await cast("Ada", gender="female")`."""
    people: list[Person] = []
    numbers = itertools.count(1)

    async def sign_up(name: str | None = None, *, connect: bool = True, **details: Any) -> Person:
        person = Person(http, service.base, name or f"Person {next(numbers)}")
        await person.sign_up(**details)
        people.append(person)
        if connect:
            await person.connect()
        return person

    yield sign_up
    for person in people:
        await person.hang_up()


@pytest.fixture
async def ada(cast: Cast) -> Person:
    return await cast("Ada")


@pytest.fixture
async def bob(cast: Cast) -> Person:
    return await cast("Bob")


@pytest.fixture
async def cleo(cast: Cast) -> Person:
    return await cast("Cleo")
