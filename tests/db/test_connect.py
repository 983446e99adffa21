"""Which databases a start accepts: poolers, encodings, and one that comes up later."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from server.config import assets
from server.config.errors import StartupError
from server.db.connect import DatabaseUnreachable, connect_or_explain, wait_for_database
from server.db.maintenance.health_check import health_check
from server.db.maintenance.migrate import migrate
from server.db.maintenance.migration import read
from server.db.pool import SETTINGS, Pool
from server.drill.servers.ports import steady_port
from server.postgres import Postgres
from tests.db.pooler import pgbouncer


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the pooler's user can access."""
    path = Path(tempfile.mkdtemp(prefix="rondo-pooler-"))
    yield path
    shutil.rmtree(path)


async def test_session_pooler_with_its_defaults_works(blank_database: str, folder: Path) -> None:
    with pgbouncer(blank_database, folder, "session") as dsn:
        assert await migrate(dsn, assets.migrations())
        pool = await Pool.open(dsn)
        for name, value in SETTINGS.items():
            shown = await pool.fetchval("SELECT setting FROM pg_settings WHERE lower(name) = $1", name)
            assert shown == value, name
        await pool.close()


@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_transaction_pooler_is_refused_before_anything_is_written(
    blank_database: str, folder: Path, mode: str
) -> None:
    with pgbouncer(blank_database, folder, mode) as dsn:
        for refused in (migrate(dsn, assets.migrations()), health_check(dsn, read(assets.migrations()))):
            with pytest.raises(StartupError, match="pool_mode = session"):
                await refused
    connection = await connect_or_explain(blank_database)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    locks = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    assert await connection.fetchval(f"{locks} WHERE locktype = 'advisory' AND datname = current_database()") == 0
    await connection.close()


async def test_session_pooler_with_one_connection_is_accepted(blank_database: str, folder: Path) -> None:
    with pgbouncer(blank_database, folder, "session\ndefault_pool_size = 2") as dsn:
        assert await migrate(dsn, assets.migrations())


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
async def test_other_encodings_are_refused_before_anything_is_written(postgres: Postgres, encoding: str) -> None:
    name = f"test_encoding_{encoding.lower()}"
    owner = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        await owner.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
            " LOCALE_PROVIDER libc STRATEGY file_copy"
        )
        with pytest.raises(StartupError, match=f"has the encoding {encoding}.*CREATE DATABASE {name} .*UTF8"):
            await migrate(postgres.dsn(name), assets.migrations())
        connection = await connect_or_explain(postgres.dsn(name))
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
        await connection.close()
    finally:
        await owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await owner.close()


async def test_starting_database_is_awaited_with_one_line(database: str, folder: Path) -> None:
    port = steady_port()
    target = database.replace("postgresql://", "").partition("?host=")[2].partition("&")[0].replace("%2F", "/")

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(f"{target}/.s.PGSQL.5432")

        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65_536):
                sink.write(data)
            sink.close()

        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer), return_exceptions=True)

    dsn = f"postgresql://rondo@127.0.0.1:{port}/{database.partition('@/')[2].partition('?')[0]}?sslmode=disable"
    with capture_logs() as logged:
        waiting = asyncio.create_task(wait_for_database(dsn, seconds=30))
        while not logged:  # noqa: ASYNC110 - the line is what is waited for
            await asyncio.sleep(0.01)
        server = await asyncio.start_server(pass_on, "127.0.0.1", port)
        await asyncio.wait_for(waiting, 20)
        server.close()
    assert [line["event"] for line in logged] == ["waiting_for_database"]
    assert "cannot be reached" in logged[0]["reason"]


async def test_wait_ends_with_the_reason() -> None:
    with capture_logs() as logged, pytest.raises(DatabaseUnreachable, match="cannot be reached"):
        await wait_for_database("postgresql://rondo@127.0.0.1:1/rondo", seconds=1.5)
    assert len(logged) == 1


async def test_wrong_database_is_not_awaited(database: str) -> None:
    with pytest.raises(StartupError, match="does not exist") as refused:
        await wait_for_database(database.replace("/test_", "/missing_"), seconds=60)
    assert not isinstance(refused.value, DatabaseUnreachable)
