"""Fleets, and the people of the stories of one node, shared out over two."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import pytest

from server.postgres import Postgres
from tests.journeys.conftest import SHORT, ada, bob, cast, cleo, http
from tests.nodes.fleet import Fleet

__all__ = ["ada", "bob", "cast", "cleo", "http"]

Muster = Callable[[dict[str, Any]], Awaitable[Fleet]]


@pytest.fixture(scope="session")
def muster(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """Return the fleet with these settings; stories with the same ones share it, each with its own people."""
    mustered: dict[tuple[tuple[str, Any], ...], Fleet] = {}

    async def find(settings: dict[str, Any]) -> Fleet:
        key = tuple(sorted(settings.items()))
        if key not in mustered:
            name = f"nodes_{secrets.token_hex(6)}"
            connection = await asyncpg.connect(postgres.dsn("postgres"))
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
            await connection.close()
            mustered[key] = Fleet(postgres.dsn(name), tmp_path_factory.mktemp("fleet"), **settings)
        mustered[key].start_redis()
        await mustered[key].start()
        return mustered[key]

    yield find
    codes = [fleet.stop_now() for fleet in mustered.values()]
    assert not any(codes)


@pytest.fixture
async def service(muster: Muster, request: pytest.FixtureRequest) -> AsyncIterator[Fleet]:
    """Two nodes with short windows; `@pytest.mark.settings(RONDO_…=…)` changes them."""
    marker = request.node.get_closest_marker("settings")
    fleet = await muster(SHORT | (marker.kwargs if marker else {}))
    fleet.restart_the_round()
    yield fleet
    assert fleet.faults() == []
