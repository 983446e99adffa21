"""Fleets, and the people of the stories of one node, shared out over two."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import asyncpg
import pytest

from server.postgres import Postgres
from tests.journeys.conftest import RUNNING_MAX, SHORT, Cast, Casting, ada, bob, cleo, http
from tests.nodes.fleet import Fleet
from tests.valkey import Valkey

__all__ = ["ada", "bob", "cleo", "http"]

Muster = Callable[[dict[str, Any]], Awaitable[Fleet]]


@pytest.fixture(scope="session")
def muster(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """Return the fleet with these settings; stories with the same ones share it, each with its own people.

    The `RUNNING_MAX` used last are kept: dozens of idle fleets would take a core from the others.
    """
    mustered: dict[tuple[tuple[str, Any], ...], Fleet] = {}

    async def find(settings: dict[str, Any]) -> Fleet:
        key = tuple(sorted(settings.items()))
        if key not in mustered:
            name = f"nodes_{secrets.token_hex(6)}"
            connection = await asyncpg.connect(postgres.dsn("postgres"))
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
            await connection.close()
            mustered[key] = Fleet(postgres.dsn(name), tmp_path_factory.mktemp("fleet"), **settings)
        mustered[key] = mustered.pop(key)  # now the last of the dictionary: the one used last
        for old in list(mustered)[:-RUNNING_MAX]:
            # For good: meanwhile its ports may be somebody else's.
            assert await asyncio.to_thread(mustered.pop(old).stop_now) == 0
        mustered[key].start_redis()
        await mustered[key].start()
        return mustered[key]

    yield find
    codes = [fleet.stop_now() for fleet in mustered.values()]
    assert not any(codes)


@pytest.fixture
async def service(muster: Muster, http: aiohttp.ClientSession, request: pytest.FixtureRequest) -> AsyncIterator[Fleet]:
    """Two nodes with short windows; `@pytest.mark.settings(RONDO_…=…)` changes them."""
    marker = request.node.get_closest_marker("settings")
    fleet = await muster(SHORT | (marker.kwargs if marker else {}))
    await fleet.until_ready(http)
    fleet.restart_the_round()
    yield fleet
    assert fleet.faults() == []


@pytest.fixture
async def cast(service: Fleet, http: aiohttp.ClientSession) -> AsyncIterator[Cast]:
    """Sign up a person and connect them, each on the next node."""
    casting = Casting(http, lambda: service.base)
    yield casting
    # Whoever was killed in this story is there again for the next, in which nobody of this one waits.
    service.start_redis()
    await service.start()
    await casting.dismiss()


@pytest.fixture
def bad_redis() -> Iterator[Valkey]:
    """A Redis that may be treated badly. Made outside the loop: it ends with the thread that made it."""
    server = Valkey().start()
    yield server
    server.stop()
