"""A stranger who opens all connections there can be takes nothing from the database."""

import asyncio
from contextlib import suppress
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from tests.support.service import Service

DESCRIPTORS, RESERVE, STRANGERS = 300, 100, 600
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


class Narrow(Service):
    """A server that may have few descriptors."""

    def command(self) -> list[str]:
        return ["sh", "-c", f'ulimit -n {DESCRIPTORS}; exec "$@"', "sh", *super().command()]


@pytest.fixture
async def service(database: str, tmp_path: Path):
    service = Narrow(
        database, tmp_path, RONDO_RATE_LIMITS="off", RONDO_DESCRIPTOR_RESERVE=RESERVE, RONDO_KEEP_ALIVE_S=5
    )
    await service.start()
    yield service
    assert await service.stop() == 0
    assert service.faults() == []


async def test_database_keeps_its_descriptors(service: Service, database: str) -> None:
    body = {"display_name": "Ada", "adult": True}
    async with aiohttp.ClientSession(service.base) as ada:  # her connection was there before
        async with ada.post("/v1/auth/guest", json=body) as response:
            assert response.status == 201
        dials = [asyncio.open_connection("127.0.0.1", service.port) for _ in range(STRANGERS)]
        strangers = await asyncio.gather(*dials)
        gone = [asyncio.create_task(_gone(reader)) for reader, _ in strangers]
        async with asyncio.timeout(30):
            while sum(one.done() for one in gone) < STRANGERS - (DESCRIPTORS - RESERVE):
                await asyncio.sleep(0.05)
                async with ada.get("/readyz") as response:  # asks the database
                    assert response.status == 200
        assert service.descriptors <= DESCRIPTORS - RESERVE + 40
        # New connections to the database can be made: its old ones are cut.
        connection = await asyncpg.connect(database)
        await connection.execute(CUT)
        await connection.close()
        async with asyncio.timeout(30):
            while (await _sign_up(ada, body)) != 201:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.1)
        await asyncio.gather(*gone)  # the idle ones, by time
    lines = [line for line in service.log if line["event"] == "connections_refused"]
    assert len(lines) == 1
    assert lines[0]["reason"] == "process"


async def _sign_up(session: aiohttp.ClientSession, body: dict[str, object]) -> int:
    async with session.post("/v1/auth/guest", json=body) as response:
        return response.status


async def _gone(reader: asyncio.StreamReader) -> None:
    """Return once the server has closed the connection."""
    with suppress(ConnectionError):
        await reader.read()
