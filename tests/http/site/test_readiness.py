"""Readiness of a node: /readyz, the metric and the log agree, with the reason."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from structlog.testing import capture_logs

from matchmaker.domain.errors import Unavailable
from server.app import App
from server.db.pool import ConnectionLost, fault_of
from tests.http.conftest import Caller
from tests.http.site.test_metrics import samples
from tests.support.databases import EndOlder, set_read_only


async def not_ready(caller: Caller, reason: str | None, before: EndOlder | None = None) -> str:
    """Wait until /readyz gives *reason* (None: ready), and return its message; *before* runs before each request."""
    async with asyncio.timeout(20):
        while True:
            if before is not None:
                await before()
            reply = await caller.get("/readyz")
            message = "" if reply.status == 200 else reply.body["error"]["message"]
            if (f"({reason})" in message) if reason else not message:
                return message
            await asyncio.sleep(0.05)


@pytest.fixture
async def owner(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the database's administrator, which read-only mode does not apply to."""
    connection = await asyncpg.connect(database, server_settings={"default_transaction_read_only": "off"})
    yield connection
    await connection.execute(f'ALTER DATABASE "{await connection.fetchval("SELECT current_database()")}" RESET ALL')
    await connection.close()


async def test_read_only_database_is_not_ready_until_it_can_be_written(
    app: App, anonymous: Caller, owner: asyncpg.Connection
) -> None:
    with capture_logs() as logged:
        end_older = await set_read_only(owner, on=True)
        assert "PostgreSQL is read-only" in await not_ready(anonymous, "database_read_only", end_older)
        assert (await samples(anonymous))["rondo_ready", "database_read_only"] == 0
        end_older = await set_read_only(owner, on=False)
        await not_ready(anonymous, None, end_older)
    assert (await samples(anonymous))["rondo_ready", ""] == 1
    # One line for each transition, whatever was tried in between.
    lost, restored = (line for line in logged if line["event"] in {"database_lost", "database_restored"})
    assert (lost["event"], lost["log_level"]) == ("database_lost", "warning")
    assert restored["event"] == "database_restored"
    assert restored["outage_s"] >= 0


async def test_unreachable_database_is_not_ready(app: App, anonymous: Caller) -> None:
    await app.services.users._pool.close()
    assert "PostgreSQL does not answer" in await not_ready(anonymous, "database_unreachable")
    assert (await samples(anonymous))["rondo_ready", "database_unreachable"] == 0


@pytest.mark.parametrize("phase", ["starting", "draining"])
async def test_node_that_does_not_serve_is_not_ready(app: App, anonymous: Caller, phase: str) -> None:
    app.health.phase = phase  # type: ignore[assignment]
    assert phase in await not_ready(anonymous, phase)
    assert (await samples(anonymous))["rondo_ready", phase] == 0


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (asyncpg.DiskFullError("disk"), "database_full"),
        (asyncpg.TooManyConnectionsError("many"), "database_full"),
        (asyncpg.ReadOnlySQLTransactionError("standby"), "database_read_only"),
        (ConnectionRefusedError(), "database_unreachable"),
        (None, "database_unreachable"),
    ],
)
@pytest.mark.parametrize("kind", [Unavailable, ConnectionLost])
def test_reason_is_the_error_of_postgresql(kind: type[Unavailable], cause: Exception | None, reason: str) -> None:
    error = kind()
    error.__cause__ = cause
    assert fault_of(error) == reason
