"""Each migration once, whole, by one server at a time; on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from server.config import assets
from server.config.errors import StartupError
from server.db.maintenance.migrate import migrate
from server.postgres import Postgres


@pytest.fixture
async def database(blank_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(blank_database)
    yield connection
    await connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_people.sql").write_text("CREATE TABLE people (id int PRIMARY KEY);\nCREATE INDEX ON people (id);")
    (tmp_path / "0002_rooms.sql").write_text("CREATE TABLE rooms (id int REFERENCES people);")
    return tmp_path


async def tables(database: asyncpg.Connection) -> set[str]:
    return {row[0] for row in await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


async def test_new_database_gets_every_migration_once(blank_database: str, database, folder: Path):
    assert await migrate(blank_database, folder) == ("0001_people.sql", "0002_rooms.sql")
    assert await migrate(blank_database, folder) == ()
    assert await tables(database) == {"people", "rooms", "schema_migrations"}


async def test_older_database_gets_the_missing_migrations(blank_database: str, database, folder: Path):
    await migrate(blank_database, folder)
    (folder / "0003_names.sql").write_text("ALTER TABLE people ADD name text;")
    assert await migrate(blank_database, folder) == ("0003_names.sql",)


async def test_failed_file_leaves_nothing_and_former_files_stay(blank_database: str, database, folder: Path):
    (folder / "0003_half.sql").write_text("CREATE TABLE half ();\nSELECT\n  nonsense;")
    with pytest.raises(StartupError, match=r'0003_half.sql line 3 failed: column "nonsense" does not exist'):
        await migrate(blank_database, folder)
    assert await tables(database) == {"people", "rooms", "schema_migrations"}
    (folder / "0003_half.sql").write_text("CREATE TABLE half ();")
    assert await migrate(blank_database, folder) == ("0003_half.sql",)


async def test_changed_file_is_refused(blank_database: str, database, folder: Path):
    await migrate(blank_database, folder)
    (folder / "0001_people.sql").write_text("CREATE TABLE persons ();")
    with pytest.raises(StartupError, match="0001_people.sql was changed after it was applied"):
        await migrate(blank_database, folder)


async def test_newer_database_is_refused(blank_database: str, database, folder: Path):
    await migrate(blank_database, folder)
    (folder / "0002_rooms.sql").unlink()
    with pytest.raises(StartupError, match=r"newer than this code: it has migration 0002_rooms.sql.*0001_people.sql"):
        await migrate(blank_database, folder)


async def test_rollback_over_additions_is_possible(blank_database: str, database, folder: Path):
    (folder / "0003_names.sql").write_text("ALTER TABLE people ADD name text;")
    await migrate(blank_database, folder)
    (folder / "0003_names.sql").unlink()
    with pytest.raises(StartupError, match="RONDO_ROLLBACK=on"):
        await migrate(blank_database, folder)
    assert await migrate(blank_database, folder, rollback=True) == ()
    assert await database.fetchval("SELECT count(*) FROM schema_migrations") == 3


async def test_rollback_over_contractions_is_refused(blank_database: str, database, folder: Path):
    gone = folder / "0003_fewer.sql"
    gone.write_text("-- rondo: contracts what nobody reads since 0.2.0\nDROP TABLE rooms;")
    await migrate(blank_database, folder)
    gone.unlink()
    with pytest.raises(StartupError, match=r"no way back to this code: migration 0003_fewer.sql"):
        await migrate(blank_database, folder, rollback=True)


async def test_database_without_contraction_marks_gets_them(blank_database: str, database, folder: Path):
    await migrate(blank_database, folder)
    await database.execute("ALTER TABLE schema_migrations DROP COLUMN contracts")
    assert await migrate(blank_database, folder) == ()
    assert await database.fetchval("SELECT bool_or(contracts) FROM schema_migrations") is False


async def test_start_without_migrations_does_not_wait_for_a_backup(blank_database: str, database, folder: Path):
    await migrate(blank_database, folder)
    async with database.transaction():
        await database.execute("LOCK TABLE schema_migrations, people IN ACCESS SHARE MODE")
        async with asyncio.timeout(5):
            assert await migrate(blank_database, folder) == ()


async def test_file_without_transaction_may_create_index_concurrently(blank_database: str, database, folder: Path):
    (folder / "0003_index.sql").write_text(
        "-- rondo: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS rooms_id ON rooms (id);"
    )
    assert "0003_index.sql" in await migrate(blank_database, folder)
    assert await database.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'rooms_id'::regclass")


async def test_ten_concurrent_starts_migrate_once(blank_database: str, database, folder: Path):
    done = await asyncio.gather(*(migrate(blank_database, folder) for _ in range(10)))
    assert sorted(done) == [()] * 9 + [("0001_people.sql", "0002_rooms.sql")]


async def test_migration_waits_a_bounded_time_for_locks(blank_database: str, database, folder: Path):
    await migrate(blank_database, folder)
    (folder / "0003_wait.sql").write_text("SET LOCAL lock_timeout = '50ms';\nALTER TABLE people ADD name text;")
    async with database.transaction():
        await database.execute("LOCK TABLE people IN ROW EXCLUSIVE MODE")
        with pytest.raises(StartupError, match="lock timeout"):
            await migrate(blank_database, folder)


async def test_lock_is_released_after_a_failure(blank_database: str, database, folder: Path):
    (folder / "0003_bad.sql").write_text("nonsense;")
    with pytest.raises(StartupError):
        await migrate(blank_database, folder)
    # Of this database: servers of other tests hold theirs in others.
    held = """SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
              WHERE locktype = 'advisory' AND datname = current_database()"""
    assert await database.fetchval(held) == 0


async def test_missing_database_is_one_line(postgres: Postgres, folder: Path):
    with pytest.raises(StartupError, match='cannot be reached .database "nowhere" does not exist') as caught:
        await migrate(postgres.dsn("nowhere"), folder)
    assert "\n" not in str(caught.value)


async def test_unreachable_server_is_one_line_without_the_password(folder: Path):
    with pytest.raises(StartupError, match="cannot be reached") as caught:
        await migrate("postgresql://rondo:hunter2@127.0.0.1:9/rondo", folder)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_our_migrations_run_on_an_empty_database_and_twice(blank_database: str):
    assert await migrate(blank_database, assets.migrations())
    assert await migrate(blank_database, assets.migrations()) == ()
