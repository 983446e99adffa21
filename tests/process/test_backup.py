"""Backups: whole or not there, proved, and the way back that never leaves one without a database."""

import asyncio
import os
import resource
import signal
import stat
import subprocess
from pathlib import Path

import asyncpg
import pytest

from server.backup.archive import DUMP, SECRETS, ArchiveWriter, Backup
from server.config import assets
from server.config.errors import StartupError
from server.config.loader import redact
from server.db.maintenance.migrate import migrate
from server.postgres import Postgres, client
from tests.support.command import begin, command, complaint, rondo, surroundings
from tests.support.databases import PEOPLE, SECRET, ask, manifest, name_in, others, people, refused, run, tables


async def test_contents_are_listed_and_the_file_is_private(filled_database: str, backup: Path):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    says = manifest(backup)
    content = says["content"]
    assert content["rows"]["users"] == 40
    assert (
        len(content["migrations"]) == content["rows"]["schema_migrations"] == len(list(assets.migrations().iterdir()))
    )
    assert set(content["rows"]) | {"installation_keys"} == await tables(filled_database)
    assert says["parts"][DUMP]["size"] > 1_000
    Backup(backup).check()


async def test_writes_continue_during_a_backup(filled_database: str, tmp_path: Path):
    async def sign_up() -> None:
        while True:
            await ask(filled_database, PEOPLE.format(1))

    busy = asyncio.create_task(sign_up())
    result = await run("backup", tmp_path / "b", cwd=tmp_path, DATABASE_URL=filled_database)
    busy.cancel()
    assert "proved" in result.stdout, result
    assert 40 <= manifest(tmp_path / "b")["content"]["rows"]["users"] <= await people(filled_database)


async def test_folder_gets_a_dated_name(filled_database: str, tmp_path: Path):
    (tmp_path / "nightly").mkdir()
    result = await run("backup", tmp_path / "nightly", "--unproved", cwd=tmp_path, DATABASE_URL=filled_database)
    [file] = (tmp_path / "nightly").iterdir()
    assert result.stdout.split()[-1] == str(file)
    assert (
        f"of {redact('database_url', filled_database)}: " in result.stdout
    )  # a backup of another database looks the same


@pytest.mark.parametrize("command_", ["backup", "restore"])
def test_contradicting_secret_options_are_a_usage_error(tmp_path: Path, command_: str):
    result = rondo(command_, "file", "--secrets-only", "--no-secrets", cwd=tmp_path)
    assert (result.returncode, "use one of them" in result.stderr) == (2, True), result


def test_backup_creates_no_database(tmp_path: Path):
    [line] = complaint(rondo("backup", "file", cwd=tmp_path))
    assert "there is no database in" in line
    assert "RONDO_DATA_DIR" in line
    assert not list(tmp_path.iterdir())


async def test_backup_and_restore_through_a_pipe(filled_database: str, tmp_path: Path):
    pipe = f"{' '.join(command('backup', '-'))} | {' '.join(command('restore', '--check', '-'))}"
    options = surroundings(Path(__file__).parents[2], {"DATABASE_URL": filled_database})
    result = await asyncio.to_thread(subprocess.run, pipe, shell=True, capture_output=True, check=False, **options)
    assert result.returncode == 0, result
    assert "it can be restored" in result.stdout
    assert await others(filled_database) == []


async def test_secrets_included_alone_or_omitted(used_dir: Path, tmp_path: Path):
    async with Postgres(used_dir, fsync=False) as server:
        await migrate(server.dsn(), assets.migrations())
    secrets = used_dir / SECRETS
    secrets.write_text(SECRET)
    secrets.chmod(0o600)
    environ = {"RONDO_DATA_DIR": str(used_dir)}
    for flag in ("--secrets-only", "--no-secrets"):
        assert (await run("backup", tmp_path / flag, flag, "--unproved", cwd=tmp_path, **environ)).returncode == 0
    assert list(manifest(tmp_path / "--secrets-only")["parts"]) == [SECRETS]
    assert list(manifest(tmp_path / "--no-secrets")["parts"]) == [DUMP]
    secrets.unlink()
    result = await run("restore", tmp_path / "--no-secrets", "--yes", cwd=tmp_path, **environ)
    assert "secrets.env is missing" in result.stdout
    secrets.write_text(SECRET)
    secrets.chmod(0o600)
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


def test_every_changed_byte_is_detected_or_harmless(tmp_path: Path):
    dump = os.urandom(3_000)
    with (tmp_path / "b").open("wb") as out, ArchiveWriter(out) as writer:
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


async def test_unwritable_target_is_one_line_and_leaves_nothing(filled_database: str, tmp_path: Path):
    [line] = complaint(await run("backup", tmp_path / "no" / "b", cwd=tmp_path, DATABASE_URL=filled_database))
    assert line.endswith("cannot be written: No such file or directory")
    full = f"exec {' '.join(command('backup', '-'))} > /dev/full"
    options = surroundings(Path(__file__).parents[2], {"DATABASE_URL": filled_database})
    result = await asyncio.to_thread(subprocess.run, full, shell=True, capture_output=True, check=False, **options)
    [line] = complaint(result)
    assert line == "rondo: standard output cannot be written: No space left on device"
    (tmp_path / "pipe").symlink_to("/dev/null")
    [line] = complaint(await run("backup", tmp_path / "pipe", cwd=tmp_path, DATABASE_URL=filled_database))
    assert "/dev/null is not a regular file" in line
    (tmp_path / "pipe").unlink()
    (tmp_path / "b").write_text("the one before")

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, 4_096))

    options = surroundings(Path(__file__).parents[2], {"DATABASE_URL": filled_database, "TMPDIR": str(tmp_path)})
    result = await asyncio.to_thread(
        subprocess.run, command("backup", tmp_path / "b"), preexec_fn=small, capture_output=True, check=False, **options
    )
    [line] = complaint(result)
    assert "File too large" in line
    assert (tmp_path / "b").read_text() == "the one before"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


async def test_killed_backup_leaves_no_file(filled_database: str, tmp_path: Path):
    # Somebody who changes a table is waited for, for a while: time enough.
    connection = await asyncpg.connect(filled_database)
    async with connection.transaction():
        await connection.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        for word, code, left in (signal.SIGTERM, 143, 0), (signal.SIGKILL, -signal.SIGKILL, 1):
            process = begin("backup", tmp_path / "b", cwd=tmp_path, DATABASE_URL=filled_database)
            while not list(tmp_path.iterdir()):
                assert process.poll() is None, process.communicate()
                await asyncio.sleep(0.01)
            process.send_signal(word)
            said = await asyncio.to_thread(process.communicate)
            assert process.returncode == code, said
            assert "Traceback" not in said[1]
            assert not (tmp_path / "b").exists()
            assert len(list(tmp_path.iterdir())) == left
    await connection.close()


async def test_full_disk_is_one_line_and_leaves_nothing(filled_database: str, data_dir: Path, tmp_path: Path):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k,mode=700", "tmpfs", data_dir], check=False)
    if not os.path.ismount(data_dir):
        pytest.skip("needs to mount a small disk")
    try:
        [line] = complaint(await run("backup", data_dir / "b", cwd=tmp_path, DATABASE_URL=filled_database))
        assert "No space left on device" in line
        assert list(data_dir.iterdir()) == []
    finally:
        subprocess.run(["umount", data_dir], check=True)


async def test_outdated_programs_name_the_package_to_install(filled_database: str, tmp_path: Path):
    for name in client.NEEDED:
        (tmp_path / name).write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.9'\n")
        (tmp_path / name).chmod(0o755)
    major = int(await ask(filled_database, "SHOW server_version_num")) // 10_000
    environ = {"DATABASE_URL": filled_database, "RONDO_POSTGRES_BIN": str(tmp_path)}
    [line] = complaint(await run("backup", tmp_path / "b", cwd=tmp_path, **environ))
    assert "here is pg_dump 14" in line
    assert f"install postgresql-client-{major}, and set RONDO_POSTGRES_BIN" in line
    assert not (tmp_path / "b").exists()


async def test_without_createdb_the_backup_has_a_warning(filled_database: str, tmp_path: Path):
    name = name_in(filled_database)
    await ask(filled_database, f"CREATE ROLE {name}_clerk LOGIN IN ROLE pg_read_all_data")
    clerk = filled_database.replace("//rondo@", f"//{name}_clerk@")
    try:
        result = await run("backup", tmp_path / "b", cwd=tmp_path, DATABASE_URL=clerk)
        assert result.returncode == 0, result
        assert "not proved" in result.stderr
        assert "may not make a database" in await refused(clerk, tmp_path / "b", "--yes")
    finally:
        await ask(filled_database, f"DROP ROLE {name}_clerk")


async def test_nothing_to_back_up(blank_database: str, tmp_path: Path):
    [line] = complaint(await run("backup", tmp_path / "b", cwd=tmp_path, DATABASE_URL=blank_database))
    assert "nothing to back up" in line
    [line] = complaint(await run("backup", tmp_path / "b", cwd=tmp_path))
    assert "there is no database in" in line
    assert list(tmp_path.iterdir()) == []


def test_no_password_on_a_command_line():
    url, environ = client.reach("postgresql://ada:p%40ss@db.example:5432/rondo?sslmode=require")
    assert url == "postgresql://ada@db.example:5432/rondo?sslmode=require"
    assert environ["PGPASSWORD"] == "p@ss"
    url, environ = client.reach("postgresql://ada@/rondo?host=%2Ftmp%2Fa%20b&port=5432&password=x")
    assert url == "postgresql://ada@/rondo?host=%2Ftmp%2Fa%20b&port=5432"
    assert environ["PGPASSWORD"] == "x"
