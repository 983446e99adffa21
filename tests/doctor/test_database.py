"""The database: up, down, behind, ahead, changed."""

from pathlib import Path

import asyncpg
import msgspec
import pytest

from server.config import assets
from server.db.maintenance.health_check import DatabaseHealth
from server.doctor import database as part
from server.postgres import Postgres
from tests.doctor.conftest import of, settings


async def ask(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_healthy_database(database: str) -> None:
    found = await part.examine(settings(DATABASE_URL=database))
    # The one of the tests takes fsync lightly, and is told so.
    assert [(finding.check, finding.state) for finding in found] == [
        ("database", "warn"),
        ("migrations", "ok"),
        ("clock", "ok"),
    ]
    assert "power failure" in of(found, "database").found


async def test_empty_database_is_ready_for_the_first_start(blank_database: str) -> None:
    schema = of(await part.examine(settings(DATABASE_URL=blank_database)), "migrations")
    assert (schema.state, "0001_" in schema.found, "rondo migrate" in schema.remedy) == ("ok", True, True)


async def test_older_schema(database: str) -> None:
    await ask(database, "DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)")
    schema = of(await part.examine(settings(DATABASE_URL=database)), "migrations")
    last = max(path.name for path in assets.migrations().glob("*.sql"))
    assert (schema.state, schema.found) == ("warn", f"{last} is missing")


async def test_newer_schema(database: str) -> None:
    await ask(database, "INSERT INTO schema_migrations VALUES (9999, '9999_next_year.sql', '')")
    schema = of(await part.examine(settings(DATABASE_URL=database)), "migrations")
    assert (schema.state, "9999_next_year.sql" in schema.found) == ("fail", True)


@pytest.mark.parametrize(("contracts", "state"), [("false", "ok"), ("true", "fail")])
async def test_newer_schema_accepted_by_setting(database: str, contracts: str, state: str) -> None:
    await ask(
        database,
        f"""INSERT INTO schema_migrations (version, name, checksum, contracts)
            VALUES (9999, '9999_next_year.sql', '', {contracts})""",
    )
    schema = of(await part.examine(settings(DATABASE_URL=database, RONDO_ROLLBACK="on")), "migrations")
    assert schema.state == state


async def test_changed_migration(database: str) -> None:
    await ask(database, "UPDATE schema_migrations SET checksum = 'x' WHERE version = 1")
    schema = of(await part.examine(settings(DATABASE_URL=database)), "migrations")
    assert (schema.state, "was changed" in schema.found) == ("fail", True)


async def test_doctor_changes_nothing(blank_database: str) -> None:
    await part.examine(settings(DATABASE_URL=blank_database))
    connection = await asyncpg.connect(blank_database)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await connection.close()


@pytest.mark.parametrize("name", ["nobody:hunter2@127.0.0.1:{port}/rondo", "a:hunter2@nowhere.invalid/rondo"])
async def test_unreachable_database(closed_port: int, name: str) -> None:
    url = f"postgresql://{name.format(port=closed_port)}"
    server, schema = await part.examine(settings(DATABASE_URL=url))
    assert (server.state, schema.state, bool(server.remedy)) == ("fail", "skip", True)
    assert "hunter2" not in server.found


async def test_embedded_database_not_created_yet(tmp_path: Path) -> None:
    found = await part.examine(settings(RONDO_DATA_DIR=str(tmp_path / "data")))
    assert [finding.state for finding in found] == ["ok", "skip"]
    assert not (tmp_path / "data").exists()


async def test_embedded_database_not_running(data_dir: Path) -> None:
    async with Postgres(data_dir, fsync=False):
        pass
    found = await part.examine(settings(RONDO_DATA_DIR=str(data_dir)))
    assert [finding.state for finding in found] == ["ok", "ok"]
    assert "embedded" in of(found, "database").found
    assert not (data_dir / "postgres" / "postmaster.pid").exists(), "and it sleeps again"


GOOD = DatabaseHealth(
    version="16.1", asked_at=0, theirs_at=1, answered_at=2, is_replica=False, is_durable=True, free=90, pending=(),
    is_empty=False, mismatch="",
)  # fmt: skip


def judged(**changes: object) -> str:
    return part.judge(msgspec.structs.replace(GOOD, **changes), embedded=False)[0].state


def test_other_server_configurations() -> None:
    assert judged() == "ok"
    assert judged(is_replica=True) == "fail"
    assert judged(free=19) == "warn"
    assert part.judge(GOOD, embedded=False)[2].state == "ok"
    assert len(part.judge(GOOD, embedded=True)) == 2, "on one machine there is one clock"


async def test_users_without_networks_are_a_warning(database: str) -> None:
    for _ in range(3):
        await ask(
            database,
            """
            WITH u AS (INSERT INTO users (user_id, display_name, adult_at) VALUES (gen_random_uuid(), 'Ada', now())
                       RETURNING user_id)
            INSERT INTO sessions (session_id, user_id, token_hash, device, created_at, last_seen_at, expires_at)
            SELECT gen_random_uuid(), user_id, sha256(user_id::text::bytea), '', now(), now(), now() + '1 day' FROM u
            """,
        )
    there = settings(DATABASE_URL=database, RONDO_PUBLIC_URL="https://rondo.example")
    found = of(await part.examine(there), "proxies")
    assert (found.state, "all 3 users" in found.found) == ("fail", True)
    assert "RONDO_TRUSTED_PROXIES" in found.remedy
    assert not any(finding.check == "proxies" for finding in await part.examine(settings(DATABASE_URL=database)))
    await ask(
        database,
        """INSERT INTO login_origins SELECT user_id, 'network', '\\x00112233445566778899aabbccddeeff', now(), now()
           FROM users LIMIT 1""",
    )
    assert not any(finding.check == "proxies" for finding in await part.examine(there))
