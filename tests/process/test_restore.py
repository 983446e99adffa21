"""The way back: it never leaves one without a database, whatever happens on it."""

import asyncio
import signal
import stat
from pathlib import Path

import asyncpg
import pytest

from server.backup.archive import SECRETS
from server.config import assets
from server.config.data_dir import DataDir
from server.db.maintenance.migrate import migrate
from server.db.maintenance.restore_target import RestoreTarget
from server.db.pool import Pool
from server.postgres import Postgres, install
from tests.support.command import begin, complaint
from tests.support.databases import PEOPLE, SECRET, ask, at, manifest, name_in, others, people, refused, rewrite, run


async def test_restore_replaces_and_keeps_the_former_database(filled_database: str, tmp_path: Path):
    backup = tmp_path / "town.backup"
    assert (await run("backup", backup, cwd=tmp_path, DATABASE_URL=filled_database)).returncode == 0
    before = await ask(filled_database, "SELECT md5(string_agg(u::text, '' ORDER BY user_id)) FROM users u")
    await ask(filled_database, "DELETE FROM users")
    await ask(filled_database, PEOPLE.format(3))
    result = await run("restore", backup, "--yes", cwd=tmp_path, DATABASE_URL=filled_database)
    assert (result.returncode, result.stderr) == (0, "")
    assert await ask(filled_database, "SELECT md5(string_agg(u::text, '' ORDER BY user_id)) FROM users u") == before
    [kept] = await others(filled_database)
    assert kept in result.stdout
    assert await people(at(filled_database, kept)) == 3
    result = await run("restore", "--undo", cwd=tmp_path, DATABASE_URL=filled_database)
    assert (result.returncode, result.stderr) == (0, "")
    assert await people(filled_database) == 3
    [again] = await others(filled_database)
    assert again in result.stdout
    assert await people(at(filled_database, again)) == 40
    result = await run("restore", "--drop-previous", cwd=tmp_path, DATABASE_URL=filled_database)
    assert result.stdout == f"dropped {again}\n"
    assert await others(filled_database) == []
    refused = complaint(await run("restore", "--undo", cwd=tmp_path, DATABASE_URL=filled_database))
    assert "no earlier state is kept here" in refused[0]


async def test_embedded_database_is_restored_into_another_folder(used_dir: Path, tmp_path: Path):
    environ = {"RONDO_DATA_DIR": str(used_dir)}
    async with Postgres(used_dir, fsync=False) as server:
        await migrate(server.dsn(), assets.migrations())
        await ask(server.dsn(), PEOPLE.format(7))
    (used_dir / SECRETS).write_text(SECRET)
    assert (await run("backup", tmp_path / "b", "--unproved", cwd=tmp_path, **environ)).returncode == 0
    new = used_dir / "new"
    new.mkdir()
    new.chmod(0o711)
    result = await run("restore", tmp_path / "b", cwd=tmp_path, RONDO_DATA_DIR=str(new))
    assert (result.returncode, result.stderr) == (0, ""), "nothing is there, so nothing is asked"
    assert (new / SECRETS).read_text() == SECRET
    assert stat.S_IMODE((new / SECRETS).stat().st_mode) == 0o600
    async with Postgres(new, fsync=False) as server:
        assert await people(server.dsn()) == 7
        assert await others(server.dsn()) == []
        await ask(server.dsn(), PEOPLE.format(1))
    newer = SECRET.replace("c2Vj", "bmV3")
    (new / SECRETS).write_text(newer)
    for arguments, count, secret in ((tmp_path / "b", "--yes"), 7, SECRET), (("--undo",), 8, newer):
        assert (await run("restore", *arguments, cwd=tmp_path, RONDO_DATA_DIR=str(new))).returncode == 0
        assert (new / SECRETS).read_text() == secret
        async with Postgres(new, fsync=False) as server:
            assert await people(server.dsn()) == count


async def test_key_in_the_database_is_a_secret(filled_database: str, tmp_path: Path):
    await ask(filled_database, "INSERT INTO installation_keys (key) VALUES (sha256('a'))")
    for flag, name in ((), "with"), (("--no-secrets",), "without"):
        assert (
            await run("backup", tmp_path / name, *flag, "--unproved", cwd=tmp_path, DATABASE_URL=filled_database)
        ).returncode == 0
    key = "SELECT encode(key, 'hex') FROM installation_keys"
    first = await ask(filled_database, key)
    await ask(filled_database, "UPDATE installation_keys SET key = sha256('b')")
    assert (
        await run("restore", tmp_path / "without", "--yes", cwd=tmp_path, DATABASE_URL=filled_database)
    ).returncode == 0
    assert await ask(filled_database, key) != first, "a backup without secrets leaves the key that is there"
    assert (
        await run("restore", tmp_path / "with", "--yes", cwd=tmp_path, DATABASE_URL=filled_database)
    ).returncode == 0
    assert await ask(filled_database, key) == first


async def test_older_backup_is_migrated_before_the_swap(blank_database: str, filled_database: str, tmp_path: Path):
    files = sorted(assets.migrations().glob("*.sql"))
    (tmp_path / "older").mkdir()
    for file in files[:5]:
        (tmp_path / "older" / file.name).write_bytes(file.read_bytes())
    await migrate(blank_database, tmp_path / "older")
    await ask(blank_database, PEOPLE.format(2))
    assert (
        await run("backup", tmp_path / "b", "--unproved", cwd=tmp_path, DATABASE_URL=blank_database)
    ).returncode == 0
    assert await ask(blank_database, "SELECT count(*) FROM schema_migrations") == 5, "taking one migrates nothing"
    result = await run("restore", tmp_path / "b", "--yes", cwd=tmp_path, DATABASE_URL=filled_database)
    assert [f"applied {file.name}" for file in files[5:]] == [x for x in result.stdout.splitlines() if "applied" in x]
    assert (await people(filled_database), await ask(filled_database, "SELECT count(*) FROM schema_migrations")) == (
        2,
        len(files),
    )


async def test_existing_database_is_not_replaced_without_force(filled_database: str, backup: Path):
    assert "rows in the database" in (line := await refused(filled_database, backup))
    assert "--yes" in line


@pytest.mark.parametrize("flag", ["--yes", "--check"])
async def test_newer_backup_is_refused(filled_database: str, backup: Path, flag: str):
    newer = {"version": 99, "name": "0099_flying.sql", "checksum": "0"}
    rewrite(backup, rondo="9.9.9", migrations=[*manifest(backup)["content"]["migrations"], newer])
    line = await refused(filled_database, backup, flag)
    assert "0099_flying.sql" in line
    assert "rondo 9.9.9" in line
    rewrite(backup, format=2, parts=None)
    assert "newer rondo (9.9.9)" in await refused(filled_database, backup, flag)


@pytest.mark.parametrize("flag", ["--yes", "--check"])
async def test_backup_of_another_schema_is_refused(filled_database: str, backup: Path, flag: str):
    migrations = manifest(backup)["content"]["migrations"]
    rewrite(backup, migrations=[migrations[0] | {"checksum": "0"}, *migrations[1:]])
    assert "another schema" in await refused(filled_database, backup, flag)


@pytest.mark.parametrize("flag", ["--yes", "--check"])
async def test_inconsistent_backup_does_not_replace(filled_database: str, backup: Path, flag: str):
    rewrite(backup, rows=manifest(backup)["content"]["rows"] | {"users": 41})
    assert "users has 40 rows, expected 41" in await refused(filled_database, backup, flag)


async def test_damaged_or_truncated_backup_changes_nothing(filled_database: str, backup: Path, tmp_path: Path):
    whole = backup.read_bytes()
    for name, text in {
        "flipped": whole[:2_000] + bytes([whole[2_000] ^ 1]) + whole[2_001:],
        "half": whole[: len(whole) // 2],
        "tail lost": whole[:-1],
    }.items():
        (tmp_path / name).write_bytes(text)
        assert "damaged" in await refused(filled_database, tmp_path / name, "--yes")
    (tmp_path / "empty").touch()
    (tmp_path / "letter").write_text("Dear operator")
    for name in ("empty", "letter"):
        assert "is not a backup of rondo" in await refused(filled_database, tmp_path / name, "--yes")
    assert "No such file" in await refused(filled_database, tmp_path / "nowhere", "--yes")


async def test_running_server_keeps_its_database(filled_database: str, backup: Path, used_dir: Path):
    pool = await Pool.open(filled_database, size=1)
    assert "rondo is running" in await refused(filled_database, backup, "--yes")
    result = await run("restore", "--check", backup, cwd=backup.parent, DATABASE_URL=filled_database)
    assert result.returncode == 0, result
    await pool.close()
    connection = await asyncpg.connect(filled_database, server_settings={"application_name": "somebody's psql"})
    assert "somebody's psql (1)" in await refused(filled_database, backup, "--yes")
    await connection.close()
    folder = DataDir(used_dir)
    folder.hold()
    [line] = complaint(await run("restore", backup, cwd=used_dir, RONDO_DATA_DIR=str(used_dir)))
    assert "in use by another rondo" in line
    folder.release()


async def test_server_started_during_a_restore_keeps_its_database(filled_database: str, backup: Path):
    process = begin("restore", backup, "--yes", cwd=backup.parent, DATABASE_URL=filled_database)
    while f"{name_in(filled_database)}_restoring" not in await others(filled_database):
        assert process.poll() is None, process.communicate()
    pool = await Pool.open(filled_database, size=1)
    _, said = await asyncio.to_thread(process.communicate)
    assert process.returncode == 1
    assert "still connected" in said
    assert await pool.fetchval("SELECT count(*) FROM users") == 40
    assert await others(filled_database) == []
    await pool.close()


async def test_killed_restore_keeps_the_former_database(filled_database: str, backup: Path):
    await ask(filled_database, "DELETE FROM users WHERE display_name LIKE '%1%'")
    left = await people(filled_database)
    fresh = at(filled_database, f"{name_in(filled_database)}_restoring")
    watching = await asyncpg.connect(at(filled_database, "postgres"))
    for word, code in (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL):
        process = begin("restore", backup, "--yes", cwd=backup.parent, DATABASE_URL=filled_database)
        while not await watching.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name_in(fresh)):
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGSTOP)  # or it may be done before a client is connected
        # Connected to it, so that it cannot take the place of the other before the kill.
        inside = await asyncpg.connect(fresh)
        process.send_signal(signal.SIGCONT)
        process.send_signal(word)
        said = await asyncio.to_thread(process.communicate)
        assert process.returncode == code, said
        assert "Traceback" not in said[1]
        inside.terminate()
        assert await people(filled_database) == left
        assert await others(filled_database) == (
            [] if word is signal.SIGTERM else [f"{name_in(filled_database)}_restoring"]
        )
    await watching.close()
    assert (await run("restore", backup, "--yes", cwd=backup.parent, DATABASE_URL=filled_database)).returncode == 0
    assert await people(filled_database) == 40
    assert all("_before_" in name for name in await others(filled_database)), "what the killed one left is gone"


async def test_killed_restore_keeps_the_embedded_database(used_dir: Path, backup: Path):
    server = Postgres(used_dir, fsync=False)
    async with server:
        await migrate(server.dsn(), assets.migrations())
        await ask(server.dsn(), PEOPLE.format(5))
        fresh = server.dsn("rondo_restoring")
    process = begin("restore", backup, "--yes", cwd=used_dir, RONDO_DATA_DIR=str(used_dir))
    while True:
        try:
            inside = await asyncpg.connect(fresh)
            break
        except (OSError, asyncpg.PostgresError):
            assert process.poll() is None, process.communicate()
            await asyncio.sleep(0.002)
    process.kill()
    await asyncio.to_thread(process.communicate)
    inside.terminate()
    async with server:
        assert await people(server.dsn()) == 5
    result = await run("restore", backup, "--yes", "--drop-previous", cwd=used_dir, RONDO_DATA_DIR=str(used_dir))
    assert result.returncode == 0, result
    async with server:
        assert await people(server.dsn()) == 40
        assert await others(server.dsn()) == []


async def test_database_owner_needs_no_superuser(blank_database: str, backup: Path):
    name = name_in(blank_database)
    owner = blank_database.replace("//rondo@", f"//{name}_owner@")
    await ask(blank_database, f"CREATE ROLE {name}_owner LOGIN CREATEDB")
    await ask(blank_database, f"ALTER DATABASE {name} OWNER TO {name}_owner")
    for flags in ((), ("--yes",)):
        result = await run("restore", backup, *flags, "--drop-previous", cwd=backup.parent, DATABASE_URL=owner)
        assert (result.returncode, result.stderr) == (0, ""), result
    result = await run("backup", backup, cwd=backup.parent, DATABASE_URL=owner)
    assert result.stdout.startswith("proved: "), result
    assert await people(blank_database) == 40
    await ask(blank_database, f"REASSIGN OWNED BY {name}_owner TO rondo")
    await ask(blank_database, f"DROP OWNED BY {name}_owner")
    await ask(blank_database, f"DROP ROLE {name}_owner")


async def test_owner_drops_a_database_with_an_autovacuum_worker(used_dir: Path):
    """The worker belongs to nobody: an owner without superuser rights may not end it by force."""
    async with Postgres(used_dir, fsync=False) as server:
        for setting in ("autovacuum_naptime = '1s'", "autovacuum_vacuum_cost_delay = '100ms'"):
            await ask(server.dsn(), f"ALTER SYSTEM SET {setting}")
    async with Postgres(used_dir, fsync=False) as server:
        await ask(server.dsn(), "CREATE ROLE owner LOGIN CREATEDB")
        await ask(server.dsn(), "CREATE DATABASE vacuumed OWNER owner")
        vacuumed = at(server.dsn(), "vacuumed")
        table = "CREATE TABLE words WITH (autovacuum_vacuum_cost_limit = 1)"
        await ask(vacuumed, f"{table} AS SELECT n FROM generate_series(1, 9999) n")
        await ask(vacuumed, "DELETE FROM words")
        workers = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'vacuumed' AND backend_type ~ 'autovacuum'"
        while not await ask(server.dsn(), workers):  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.05)
        async with RestoreTarget.beside(vacuumed.replace("//rondo@", "//owner@")) as databases:
            await databases.drop("vacuumed")
            assert not await databases.exists()


async def test_missing_database_is_created(postgres: Postgres, backup: Path):
    lost = postgres.dsn("lost")
    result = await run("restore", backup, cwd=backup.parent, DATABASE_URL=lost)
    assert (result.returncode, result.stderr) == (0, ""), result
    assert await people(lost) == 40
    await ask(postgres.dsn("postgres"), "DROP DATABASE lost")


async def test_key_of_the_environment_is_compared(filled_database: str, tmp_path: Path):
    environ = {"DATABASE_URL": filled_database, "RONDO_SECRET": SECRET.partition("=")[2]}
    assert (await run("backup", tmp_path / "b", "--unproved", cwd=tmp_path, **environ)).returncode == 0
    assert "is the key of" in (await run("restore", tmp_path / "b", "--yes", cwd=tmp_path, **environ)).stdout
    environ["RONDO_SECRET"] = environ["RONDO_SECRET"].replace("c2Vj", "bmV3")
    result = await run("restore", tmp_path / "b", "--yes", cwd=tmp_path, **environ)
    assert "RONDO_SECRET is not the key of the backup" in result.stdout
    assert "c2Vj" not in result.stdout
    result = await run("restore", tmp_path / "b", "--yes", cwd=tmp_path, DATABASE_URL=filled_database)
    assert "restored" in result.stdout
    assert (
        await ask(filled_database, "SELECT convert_from(key, 'UTF8') FROM installation_keys")
        == "secretsecretsecretsecretsecret12"
    )


async def test_older_server_restores_a_newer_dump_format(data_dir: Path, filled_database: str, backup: Path):
    others = [found for found in install._installs(None) if found.major < install.find(None, data_dir / "none").major]
    if not others:
        pytest.skip("only one version is installed")
    async with Postgres(data_dir, programs=others[0].bin, fsync=False) as older:
        result = await run("restore", backup, cwd=data_dir, DATABASE_URL=older.dsn())
        assert (result.returncode, result.stderr) == (0, "")
        assert await people(older.dsn()) == 40
        result = await run("backup", data_dir / "b", cwd=data_dir, DATABASE_URL=older.dsn())
        assert "proved" in result.stdout, result
