"""A lock file after SIGKILL: its process id may be that of any process, the next child's too, and it says "ready"."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg
import pytest

from server.postgres import Postgres
from server.postgres.probe import accepts
from tests.process.conftest import ask
from tests.process.test_postgres import PARENT

LOCKS = ("postmaster.pid", ".s.PGSQL.5432.lock")
AS_USER = [] if os.geteuid() == 0 else ["--user", "--map-current-user"]
NAMESPACE = ["unshare", *AS_USER, "--pid", "--fork", "--kill-child", "--mount-proc"]


@contextmanager
def bystander(owner: int) -> Iterator[int]:
    process = subprocess.Popen(["/bin/sleep", "60"], user=owner)
    try:
        yield process.pid
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


@contextmanager
def thread(_owner: int) -> Iterator[int]:
    leave, started = threading.Event(), threading.Barrier(2)
    task = threading.Thread(target=lambda: (started.wait(), leave.wait()))
    task.start()
    started.wait()
    assert task.native_id
    yield task.native_id
    leave.set()
    task.join()


@contextmanager
def nobody(_owner: int) -> Iterator[int]:
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    yield process.pid


@contextmanager
def first(_owner: int) -> Iterator[int]:
    yield 1


@contextmanager
def ourselves(_owner: int) -> Iterator[int]:
    yield os.getpid()


@pytest.mark.parametrize("holder", [bystander, thread, nobody, first, ourselves])
async def test_start_ignores_the_number_in_a_stale_file(used_dir: Path, holder: Callable[[int], ExitStack]):
    owner = (used_dir / "postgres").stat().st_uid
    left = await _killed(used_dir)
    with holder(owner) as number:
        for path in left:
            path.write_text("\n".join([str(number), *path.read_text().split("\n")[1:]]))
        assert left[0].read_text().split("\n")[7].strip() == "ready"
        async with Postgres(used_dir, fsync=False) as server:
            assert await ask(server.dsn(), "SELECT 1") == 1
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize("content", [b"", b"\0" * 64, b"\n\n", b"words\n", b"0\n", b"9" * 40 + b"\n", b"\xff\xfe\n"])
async def test_start_ignores_a_file_that_a_power_loss_left(used_dir: Path, content: bytes):
    for path in await _killed(used_dir):
        path.write_bytes(content)
    async with Postgres(used_dir, fsync=False) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_every_start_in_a_new_pid_namespace_succeeds(used_dir: Path):
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no new PID namespace may be made here")
    numbers = []
    for turn in range(7):
        command = [*NAMESPACE, sys.executable, "-c", PARENT, used_dir]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as parent:
            assert parent.stdout
            says = (await asyncio.to_thread(parent.stdout.readline)).split()
            assert len(says) == 2, (turn, parent.communicate())
            await ask(says[0], f"CREATE TABLE t{turn} ()")
            numbers.append(says[1])
            parent.kill()
    assert len(set(numbers)) < len(numbers), "the child had the number in the file at least once"
    async with Postgres(used_dir, fsync=False) as server:
        assert await ask(server.dsn(), "SELECT count(*) FROM pg_tables WHERE tablename ~ '^t[0-6]$'") == 7


async def test_cancelled_start_cleans_up_its_child(used_dir: Path):
    left = await _killed(used_dir)
    server = Postgres(used_dir, fsync=False)
    start = asyncio.create_task(server.start())
    while server.pid is None:  # noqa: ASYNC110 - the instant after the child was made
        await asyncio.sleep(0)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not any(path.exists() for path in left)


async def test_orphans_of_a_dead_server_prevent_a_start(used_dir: Path):
    server = Postgres(used_dir, fsync=False)
    connection = await asyncpg.connect(await server.start())
    orphan = await connection.fetchval("SELECT pg_backend_pid()")
    os.kill(orphan, signal.SIGSTOP)
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    await server.stop()
    starting = asyncio.create_task(server.start())
    done, _ = await asyncio.wait({starting}, timeout=1)
    assert not done, "the shared memory is still in use"
    os.kill(orphan, signal.SIGKILL)
    await starting
    assert await ask(server.dsn(), "SELECT 1") == 1
    await server.stop()
    connection.terminate()


async def test_server_is_ready_when_its_own_process_reports_so(server: Postgres, tmp_path: Path):
    path = server.data / ".s.PGSQL.5432"
    names = {"user": "rondo", "database": "rondo"}
    assert await accepts(path, pid=server.pid or 0, **names)
    assert not await accepts(path, pid=os.getpid(), **names)
    assert not await accepts(tmp_path / "none", pid=os.getpid(), **names)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        assert not await accepts(tmp_path / "deaf", pid=os.getpid(), **names)


async def _killed(data_dir: Path) -> list[Path]:
    """Start a database over the folder and kill it; return the lock files that it left."""
    server = Postgres(data_dir, fsync=False)
    await server.start()
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    await server.stop()
    left = [server.data / name for name in LOCKS]
    assert all(path.exists() for path in left)
    return left
