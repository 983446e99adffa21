"""Backups: whole or not there, proved, and the way back that never leaves one without a database."""

import asyncio
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from server import assets
from server.backup.archive import DUMP, MANIFEST, SECRETS, Backup, Writer
from server.datadir import DataDir
from server.errors import StartupError
from server.ledger.migrate import migrate
from server.ledger.pool import Pool
from server.postgres import Postgres, client, install
from tests.process.command import begin, command, complaint, rondo, surroundings
from tests.process.conftest import ask

PEOPLE = """
INSERT INTO users (user_id, display_name, adult_at)
SELECT gen_random_uuid(), repeat('Zoë ', 5) || n, now() FROM generate_series(1, {}) AS n
"""
SECRET = "RONDO_SECRET=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MTI="


@pytest.fixture
async def town(database: str) -> AsyncIterator[str]:
    """The URL of a database with some people, on a server of its own; whatever is made of it is dropped."""
    await ask(database, PEOPLE.format(40))
    yield database
    for name in await others(database):
        await ask(door(database), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def taken(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of forty people, proved."""
    folder = tmp_path_factory.mktemp("taken")
    asyncio.run(ask(postgres.dsn("postgres"), f"CREATE DATABASE forty TEMPLATE {template} STRATEGY file_copy"))
    asyncio.run(ask(postgres.dsn("forty"), PEOPLE.format(40)))
    result = rondo("backup", folder / "forty.backup", cwd=folder, DATABASE_URL=postgres.dsn("forty"))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("proved: ")
    return folder / "forty.backup"


@pytest.fixture
def backup(taken: Path, tmp_path: Path) -> Path:
    """A backup of forty people, to be spoilt."""
    return Path(shutil.copy(taken, tmp_path / "town.backup"))


def door(dsn: str) -> str:
    return urlsplit(dsn)._replace(path="/postgres").geturl()


async def others(dsn: str) -> list[str]:
    """Return the databases beside the one of *dsn* that carry its name."""
    name = urlsplit(dsn).path[1:]
    connection = await asyncpg.connect(door(dsn))
    try:
        found = await connection.fetch("SELECT datname::text FROM pg_database WHERE datname LIKE $1 || '\\_%'", name)
    finally:
        await connection.close()
    return [row[0] for row in found if not row[0].removeprefix(f"{name}_")[0].isdigit()]


async def run(*arguments: object, cwd: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(rondo, *arguments, cwd=cwd, **environ)


async def people(dsn: str) -> int:
    count: int = await ask(dsn, "SELECT count(*) FROM users")
    return count


def rewrite(path: Path, **changes: Any) -> None:
    """Write a backup anew, with something else in the manifest: fields of `content`, or of the manifest itself."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    manifest = json.loads(parts[MANIFEST])
    for name, value in changes.items():
        (manifest if name in manifest else manifest["content"])[name] = value
    parts[MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, text in parts.items():
            new.writestr(name, text)


def manifest(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read(MANIFEST))


async def test_a_backup_brings_back_what_was_there_and_keeps_what_is(town: str, tmp_path: Path):
    backup = tmp_path / "town.backup"
    assert (await run("backup", backup, cwd=tmp_path, DATABASE_URL=town)).returncode == 0
    before = await ask(town, "SELECT md5(string_agg(u::text, '' ORDER BY user_id)) FROM users u")
    await ask(town, "DELETE FROM users")
    await ask(town, PEOPLE.format(3))
    result = await run("restore", backup, "--yes", cwd=tmp_path, DATABASE_URL=town)
    assert (result.returncode, result.stderr) == (0, "")
    assert await ask(town, "SELECT md5(string_agg(u::text, '' ORDER BY user_id)) FROM users u") == before
    [kept] = await others(town)
    assert kept in result.stdout
    assert await people(urlsplit(town)._replace(path=f"/{kept}").geturl()) == 3
    result = await run("restore", "--drop-previous", cwd=tmp_path, DATABASE_URL=town)
    assert result.stdout == f"dropped {kept}\n"
    assert await others(town) == []


async def test_it_says_what_is_in_it_and_nobody_else_may_read_it(town: str, backup: Path):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    says = manifest(backup)
    content = says["content"]
    assert content["rows"]["users"] == 40
    assert (
        len(content["migrations"]) == content["rows"]["schema_migrations"] == len(list(assets.migrations().iterdir()))
    )
    assert set(content["rows"]) | {"installation_keys"} == await tables(town)
    assert says["parts"][DUMP]["size"] > 1_000
    Backup(backup).check()


async def tables(dsn: str) -> set[str]:
    return set(await ask(dsn, "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = 'public'"))


async def test_people_write_on_while_it_is_taken(town: str, tmp_path: Path):
    async def sign_up() -> None:
        while True:
            await ask(town, PEOPLE.format(1))

    busy = asyncio.create_task(sign_up())
    result = await run("backup", tmp_path / "b", cwd=tmp_path, DATABASE_URL=town)
    busy.cancel()
    assert "proved" in result.stdout, result
    assert 40 <= manifest(tmp_path / "b")["content"]["rows"]["users"] <= await people(town)


async def test_a_folder_gets_a_dated_name(town: str, tmp_path: Path):
    (tmp_path / "nightly").mkdir()
    result = await run("backup", tmp_path / "nightly", cwd=tmp_path, DATABASE_URL=town)
    [file] = (tmp_path / "nightly").iterdir()
    assert result.stdout.split()[-1] == str(file)


async def test_through_a_pipe_and_back(town: str, tmp_path: Path):
    pipe = f"{' '.join(command('backup', '-'))} | {' '.join(command('restore', '--check', '-'))}"
    options = surroundings(Path(__file__).parents[2], {"DATABASE_URL": town})
    result = await asyncio.to_thread(subprocess.run, pipe, shell=True, capture_output=True, check=False, **options)
    assert result.returncode == 0, result
    assert "it can be restored" in result.stdout
    assert await others(town) == []


async def test_an_embedded_database_moves_into_another_folder(used_dir: Path, tmp_path: Path):
    environ = {"RONDO_DATA_DIR": str(used_dir)}
    async with Postgres(used_dir, fsync=False) as server:
        await migrate(server.dsn(), assets.migrations())
        await ask(server.dsn(), PEOPLE.format(7))
    (used_dir / SECRETS).write_text(SECRET)
    assert (await run("backup", tmp_path / "b", cwd=tmp_path, **environ)).returncode == 0
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


async def test_secrets_go_with_it_or_alone_or_not_at_all(used_dir: Path, tmp_path: Path):
    async with Postgres(used_dir, fsync=False) as server:
        await migrate(server.dsn(), assets.migrations())
    secrets = used_dir / SECRETS
    secrets.write_text(SECRET)
    secrets.chmod(0o600)
    environ = {"RONDO_DATA_DIR": str(used_dir)}
    for flag in ("--secrets-only", "--no-secrets"):
        assert (await run("backup", tmp_path / flag, flag, cwd=tmp_path, **environ)).returncode == 0
    assert list(manifest(tmp_path / "--secrets-only")["parts"]) == [SECRETS]
    assert list(manifest(tmp_path / "--no-secrets")["parts"]) == [DUMP]
    [line] = complaint(await run("restore", tmp_path / "--no-secrets", "--secrets-only", cwd=tmp_path, **environ))
    assert "no secrets" in line
    [line] = complaint(await run("restore", tmp_path / "--secrets-only", cwd=tmp_path, **environ))
    assert "--secrets-only" in line
    secrets.write_text(SECRET.replace("c2Vj", "bmV3"))
    result = await run("restore", tmp_path / "--secrets-only", "--secrets-only", cwd=tmp_path, **environ)
    assert result.returncode == 0, result
    assert secrets.read_text() == SECRET
    [kept] = used_dir.glob(f"{SECRETS}.before_*")
    assert "bmV3" in kept.read_text()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (kept, secrets)} == {0o600}


async def test_a_key_in_the_database_is_a_secret_too(town: str, tmp_path: Path):
    await ask(town, "INSERT INTO installation_keys (key) VALUES (sha256('a'))")
    for flag, name in ((), "with"), (("--no-secrets",), "without"):
        assert (await run("backup", tmp_path / name, *flag, cwd=tmp_path, DATABASE_URL=town)).returncode == 0
    key = "SELECT encode(key, 'hex') FROM installation_keys"
    first = await ask(town, key)
    await ask(town, "UPDATE installation_keys SET key = sha256('b')")
    assert (await run("restore", tmp_path / "without", "--yes", cwd=tmp_path, DATABASE_URL=town)).returncode == 0
    assert await ask(town, key) != first, "a backup without secrets leaves the key that is there"
    assert (await run("restore", tmp_path / "with", "--yes", cwd=tmp_path, DATABASE_URL=town)).returncode == 0
    assert await ask(town, key) == first


async def test_an_older_backup_is_migrated_before_it_takes_its_place(blank_database: str, town: str, tmp_path: Path):
    files = sorted(assets.migrations().glob("*.sql"))
    (tmp_path / "older").mkdir()
    for file in files[:5]:
        (tmp_path / "older" / file.name).write_bytes(file.read_bytes())
    await migrate(blank_database, tmp_path / "older")
    await ask(blank_database, PEOPLE.format(2))
    assert (await run("backup", tmp_path / "b", cwd=tmp_path, DATABASE_URL=blank_database)).returncode == 0
    assert await ask(blank_database, "SELECT count(*) FROM schema_migrations") == 5, "taking one migrates nothing"
    result = await run("restore", tmp_path / "b", "--yes", cwd=tmp_path, DATABASE_URL=town)
    assert [f"applied {file.name}" for file in files[5:]] == [x for x in result.stdout.splitlines() if "applied" in x]
    assert (await people(town), await ask(town, "SELECT count(*) FROM schema_migrations")) == (2, len(files))


async def refused(town: str, file: Path, *flags: str) -> str:
    """Return why *file* is not restored; everything is as it was."""
    before = await people(town), await others(town)
    [line] = complaint(await run("restore", file, *flags, cwd=file.parent, DATABASE_URL=town))
    assert (await people(town), await others(town)) == before
    return line


async def test_what_is_there_is_not_replaced_unasked(town: str, backup: Path):
    assert "rows in the database" in (line := await refused(town, backup))
    assert "--yes" in line


async def test_a_newer_backup_is_refused(town: str, backup: Path):
    newer = {"version": 99, "name": "0099_flying.sql", "checksum": "0"}
    rewrite(backup, rondo="9.9.9", migrations=[*manifest(backup)["content"]["migrations"], newer])
    line = await refused(town, backup, "--yes")
    assert "0099_flying.sql" in line
    assert "rondo 9.9.9" in line
    rewrite(backup, format=2, parts=None)
    assert "newer rondo (9.9.9)" in await refused(town, backup, "--yes")


async def test_a_backup_of_another_schema_is_refused(town: str, backup: Path):
    migrations = manifest(backup)["content"]["migrations"]
    rewrite(backup, migrations=[migrations[0] | {"checksum": "0"}, *migrations[1:]])
    assert "another schema" in await refused(town, backup, "--yes")


async def test_what_does_not_add_up_does_not_take_the_place(town: str, backup: Path):
    rewrite(backup, rows=manifest(backup)["content"]["rows"] | {"users": 41})
    assert "users has 40 rows, and had 41" in await refused(town, backup, "--yes")


async def test_a_damaged_or_cut_off_backup_changes_nothing(town: str, backup: Path, tmp_path: Path):
    whole = backup.read_bytes()
    for name, text in {
        "flipped": whole[:2_000] + bytes([whole[2_000] ^ 1]) + whole[2_001:],
        "half": whole[: len(whole) // 2],
        "tail lost": whole[:-1],
    }.items():
        (tmp_path / name).write_bytes(text)
        assert "damaged" in await refused(town, tmp_path / name, "--yes")
    (tmp_path / "empty").touch()
    (tmp_path / "letter").write_text("Dear operator")
    for name in ("empty", "letter"):
        assert "is no backup of rondo" in await refused(town, tmp_path / name, "--yes")
    assert "No such file" in await refused(town, tmp_path / "nowhere", "--yes")


def test_whatever_byte_is_changed_it_is_noticed_or_does_not_matter(tmp_path: Path):
    dump = os.urandom(3_000)
    with (tmp_path / "b").open("wb") as out, Writer(out) as writer:
        with writer.part(DUMP) as put:
            put(dump)
        written = writer.finish(None, now=0)
    whole = (tmp_path / "b").read_bytes()
    noticed = 0
    for place in range(0, len(whole), 3):
        (tmp_path / "c").write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            opened = Backup(tmp_path / "c")
            opened.check()
        except StartupError:
            noticed += 1
            continue
        assert opened.manifest.parts == written.parts
        assert b"".join(opened.read(DUMP)) == dump
        opened.close()
    assert noticed > 1_000


async def test_a_server_that_serves_is_not_robbed_of_its_database(town: str, backup: Path, used_dir: Path):
    pool = await Pool.open(town, size=1)
    assert "rondo is serving" in await refused(town, backup, "--yes")
    result = await run("restore", "--check", backup, cwd=backup.parent, DATABASE_URL=town)
    assert result.returncode == 0, result
    await pool.close()
    connection = await asyncpg.connect(town, server_settings={"application_name": "somebody's psql"})
    assert "somebody's psql (1)" in await refused(town, backup, "--yes")
    await connection.close()
    folder = DataDir(used_dir)
    folder.hold()
    [line] = complaint(await run("restore", backup, cwd=used_dir, RONDO_DATA_DIR=str(used_dir)))
    assert "in use by another rondo" in line
    folder.release()


async def test_killed_in_the_middle_of_a_restore_what_was_there_goes_on(town: str, backup: Path):
    await ask(town, "DELETE FROM users WHERE display_name LIKE '%1%'")
    left = await people(town)
    fresh = urlsplit(town)._replace(path=urlsplit(town).path + "_restoring").geturl()
    for word, code in (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL):
        process = begin("restore", backup, "--yes", cwd=backup.parent, DATABASE_URL=town)
        while True:
            try:
                # Connected to it, so that it cannot take the place of the other before the kill.
                inside = await asyncpg.connect(fresh)
                break
            except asyncpg.PostgresError:
                assert process.poll() is None, process.communicate()
                await asyncio.sleep(0.002)
        process.send_signal(word)
        said = await asyncio.to_thread(process.communicate)
        assert process.returncode == code, said
        assert "Traceback" not in said[1]
        inside.terminate()
        assert await people(town) == left
        assert await others(town) == ([] if word is signal.SIGTERM else [f"{urlsplit(town).path[1:]}_restoring"])
    assert (await run("restore", backup, "--yes", cwd=backup.parent, DATABASE_URL=town)).returncode == 0
    assert await people(town) == 40
    assert all("_before_" in name for name in await others(town)), "what the killed one left is gone"


async def test_a_target_that_cannot_be_written_is_one_line_and_leaves_nothing(town: str, tmp_path: Path):
    [line] = complaint(await run("backup", tmp_path / "no" / "b", cwd=tmp_path, DATABASE_URL=town))
    assert line.endswith("cannot be written: No such file or directory")
    full = f"exec {' '.join(command('backup', '-'))} > /dev/full"
    options = surroundings(Path(__file__).parents[2], {"DATABASE_URL": town})
    result = await asyncio.to_thread(subprocess.run, full, shell=True, capture_output=True, check=False, **options)
    [line] = complaint(result)
    assert line == "rondo: standard output takes no more: No space left on device"
    (tmp_path / "b").write_text("the one before")

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, 4_096))

    options = surroundings(Path(__file__).parents[2], {"DATABASE_URL": town, "TMPDIR": str(tmp_path)})
    result = await asyncio.to_thread(
        subprocess.run, command("backup", tmp_path / "b"), preexec_fn=small, capture_output=True, check=False, **options
    )
    [line] = complaint(result)
    assert "File too large" in line
    assert (tmp_path / "b").read_text() == "the one before"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


async def test_a_full_disk_is_one_line_and_leaves_nothing(town: str, data_dir: Path, tmp_path: Path):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k,mode=700", "tmpfs", data_dir], check=False)
    if not os.path.ismount(data_dir):
        pytest.skip("needs to mount a small disk")
    try:
        [line] = complaint(await run("backup", data_dir / "b", cwd=tmp_path, DATABASE_URL=town))
        assert "No space left on device" in line
        assert list(data_dir.iterdir()) == []
    finally:
        subprocess.run(["umount", data_dir], check=True)


async def test_programs_older_than_the_server_say_what_to_install(town: str, tmp_path: Path):
    for name in client.NEEDED:
        (tmp_path / name).write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.9'\n")
        (tmp_path / name).chmod(0o755)
    major = int(await ask(town, "SHOW server_version_num")) // 10_000
    environ = {"DATABASE_URL": town, "RONDO_POSTGRES_BIN": str(tmp_path)}
    [line] = complaint(await run("backup", tmp_path / "b", cwd=tmp_path, **environ))
    assert "here is pg_dump 14" in line
    assert f"install postgresql-client-{major}, and set RONDO_POSTGRES_BIN" in line
    assert not (tmp_path / "b").exists()


async def test_somebody_who_may_make_no_database_gets_a_backup_and_a_warning(town: str, tmp_path: Path):
    name = urlsplit(town).path[1:]
    await ask(town, f"CREATE ROLE {name}_clerk LOGIN IN ROLE pg_read_all_data")
    clerk = town.replace("//rondo@", f"//{name}_clerk@")
    try:
        result = await run("backup", tmp_path / "b", cwd=tmp_path, DATABASE_URL=clerk)
        assert result.returncode == 0, result
        assert "not proved" in result.stderr
        assert "may not make a database" in await refused(clerk, tmp_path / "b", "--yes")
    finally:
        await ask(town, f"DROP ROLE {name}_clerk")


async def test_there_is_nothing_to_back_up(blank_database: str, tmp_path: Path):
    [line] = complaint(await run("backup", tmp_path / "b", cwd=tmp_path, DATABASE_URL=blank_database))
    assert "nothing to back up" in line
    [line] = complaint(await run("backup", tmp_path / "b", cwd=tmp_path))
    assert "there is no database in" in line
    assert list(tmp_path.iterdir()) == []


async def test_an_older_server_takes_what_a_newer_one_gave(data_dir: Path, town: str, backup: Path):
    others = [found for found in install._installs(None) if found.major < install.find(None, data_dir / "none").major]
    if not others:
        pytest.skip("only one version is installed")
    async with Postgres(data_dir, programs=others[0].bin, fsync=False) as older:
        result = await run("restore", backup, cwd=data_dir, DATABASE_URL=older.dsn())
        assert (result.returncode, result.stderr) == (0, "")
        assert await people(older.dsn()) == 40
        result = await run("backup", data_dir / "b", cwd=data_dir, DATABASE_URL=older.dsn())
        assert "proved" in result.stdout, result


def test_a_password_is_on_no_command_line():
    url, environ = client.reach("postgresql://ada:p%40ss@db.example:5432/rondo?sslmode=require")
    assert url == "postgresql://ada@db.example:5432/rondo?sslmode=require"
    assert environ["PGPASSWORD"] == "p@ss"
    url, environ = client.reach("postgresql://ada@/rondo?host=%2Ftmp%2Fa%20b&port=5432&password=x")
    assert url == "postgresql://ada@/rondo?host=%2Ftmp%2Fa%20b&port=5432"
    assert environ["PGPASSWORD"] == "x"
