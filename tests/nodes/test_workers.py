"""`rondo serve --workers N`: several processes on one port, a parent that keeps them, and a clean end."""

import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import pytest

from server.config.settings import Settings
from server.runtime.workers import environment
from tests.journeys.conftest import SHORT
from tests.support.client import Person, meet
from tests.support.valkey import Valkey

PATIENCE_S = 60


class Parent:
    """A running parent, and the log lines of it and its workers."""

    started: ClassVar[list["Parent"]] = []

    def __init__(self, *arguments: str, **environment: Any) -> None:
        ours = ("RONDO_", "DATABASE_", "REDIS_", "PORT", "HOST")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server", "serve", "--port", "0", *arguments],
            env=kept | {"RONDO_LOG": "json"} | {name: str(value) for name, value in environment.items()},
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.started.append(self)
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self._rest = b""
        self.said: list[dict[str, Any]] = []

    async def until(self, event: str, times: int = 1) -> list[dict[str, Any]]:
        """Return the lines of this event once there are so many."""
        until = time.monotonic() + PATIENCE_S
        while len(found := [line for line in self.read() if line.get("event") == event]) < times:
            assert time.monotonic() < until, self.said[-12:]
            await asyncio.sleep(0.02)
        return found

    def read(self) -> list[dict[str, Any]]:
        assert self.process.stdout is not None
        self._rest += self.process.stdout.read() or b""
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            try:
                self.said.append(json.loads(line))
            except ValueError:
                self.said.append({"event": line.decode()})
        return self.said

    async def end(self, word: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(word)
        return await asyncio.to_thread(self.process.wait, PATIENCE_S)


@pytest.fixture(autouse=True)
def kill_parents() -> Iterator[None]:
    """Kill what a test that failed has left running."""
    yield
    while Parent.started:
        process = Parent.started.pop().process
        process.kill()
        process.wait()


@pytest.fixture
async def parent(bad_redis: Valkey, database: str, tmp_path: Path) -> Any:
    settings = SHORT | {"DATABASE_URL": database, "REDIS_URL": bad_redis.url, "RONDO_DATA_DIR": tmp_path}
    started = Parent("--workers", "2", **settings)
    await started.until("listening", 2)
    return started


async def test_two_workers_are_one_service(parent: Parent, bad_redis: Valkey) -> None:
    ports = {line["port"] for line in await parent.until("listening", 2)}
    assert len(ports) == 1
    nodes = bad_redis.ask("ZRANGE", "{rondo}:nodes", 0, -1)
    assert len(nodes) == 2
    base = f"http://127.0.0.1:{ports.pop()}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        people = [await Person(http, base, f"Person {n}").sign_up() for n in range(6)]
        for person in people:
            await person.connect()
        for one, other in zip(people[::2], people[1::2], strict=True):
            await meet(one, other)
        # They stay: no worker waits for users to move to another one that is stopped too.
        assert await parent.end() == 0
        for person in people:
            assert await person.closed() == 1001
    drains = await parent.until("draining", 2)
    assert [line["succeeded"] for line in drains] == [False, False]
    left = bad_redis.ask("ZRANGEBYSCORE", "{rondo}:nodes", "(0", "+inf")
    assert left == [], "both have left, whoever of their people may be away"


async def test_new_parent_takes_over(parent: Parent, bad_redis: Valkey, database: str, tmp_path: Path) -> None:
    port = (await parent.until("listening"))[0]["port"]
    settings = SHORT | {"DATABASE_URL": database, "REDIS_URL": bad_redis.url, "RONDO_DATA_DIR": tmp_path}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        ada, bob = [await Person(http, f"http://127.0.0.1:{port}", name).sign_up() for name in ("Ada", "Bob")]
        await ada.connect()
        await bob.connect()
        next_one = Parent("--workers", "1", "--port", str(port), **settings, RONDO_TAKE_OVER="on")
        os.kill(await _worker_of(next_one), signal.SIGKILL)
        assert (await next_one.until("worker_lost"))[0]["code"] == -signal.SIGKILL, "before it served: replaced as well"
        await next_one.until("listening")
        room = await meet(ada, bob)
        ending = asyncio.create_task(parent.end())
        for person in (ada, bob):
            await person.receive("server.draining")
            await person.close()
            await person.connect(resume=True)
            assert person.state["room"]["room_id"] == room["room_id"]
        assert await ending == 0
        assert [line["succeeded"] for line in await parent.until("draining", 2)] == [True, True]
    assert await next_one.end() == 0


async def test_dead_worker_is_replaced(parent: Parent) -> None:
    workers = _children(parent.process.pid)
    assert len(workers) == 2
    pid = parent.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))
    os.kill(workers[0], signal.SIGKILL)
    (line,) = await parent.until("worker_not_started")
    assert (line["worker"], line["reason"]) == (0, "Too many open files")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    await parent.until("listening", 3)
    assert len(_children(pid)) == 2
    assert await parent.end(signal.SIGINT) == 0


async def test_stop_during_the_start_of_workers(bad_redis: Valkey, database: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": database, "REDIS_URL": bad_redis.url, "RONDO_DATA_DIR": tmp_path}
    parent = Parent("--workers", "2", **settings)
    await _worker_of(parent)
    assert await parent.end() == 0
    assert parent.read()[-1]["event"] == "stopped", parent.said


async def test_ops_port_of_a_worker_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        parent = Parent(
            *("--workers", "2"),
            REDIS_URL="redis://127.0.0.1:1/0",
            DATABASE_URL="postgresql://x",
            RONDO_OPS_PORT=port - 1,
        )
        output, _ = await asyncio.to_thread(parent.process.communicate, timeout=PATIENCE_S)
    complaint = f"rondo: port {port} is taken: stop what listens there, or set RONDO_OPS_PORT to another"
    assert (parent.process.returncode, output.decode().startswith(complaint)) == (1, True), output


async def test_workers_end_with_a_killed_parent(parent: Parent) -> None:
    workers = _children(parent.process.pid)
    parent.process.kill()
    await _have_ended(workers)


async def _have_ended(processes: list[int]) -> None:
    """Return once *processes*, whose parent has ended, have ended."""
    until = time.monotonic() + PATIENCE_S
    while any(Path(f"/proc/{process}").exists() for process in processes):
        assert time.monotonic() < until
        await asyncio.sleep(0.05)


async def _worker_of(parent: Parent) -> int:
    """Return the process id of a worker that has just been started."""
    await parent.until("workers")
    until = time.monotonic() + PATIENCE_S
    while not (children := _children(parent.process.pid)):
        assert time.monotonic() < until
        await asyncio.sleep(0.005)
    return children[0]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({}, "rondo: --workers needs REDIS_URL"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "rondo: --workers needs DATABASE_URL"),
    ],
)
def test_missing_requirements_of_workers_are_named(environment: dict[str, str], complaint: str) -> None:
    parent = Parent("--workers", "2", **environment)
    output, _ = parent.process.communicate(timeout=PATIENCE_S)
    assert parent.process.returncode == 1
    assert output.decode().startswith(complaint)
    assert len(output.decode().splitlines()) == 1


async def test_unusable_redis_is_one_line(database: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": database, "RONDO_DATA_DIR": tmp_path, "REDIS_URL": "redis://me:secret@127.0.0.1:1/0"}
    parent = Parent(**settings, RONDO_START_WAIT_S=0)
    output, _ = await asyncio.to_thread(parent.process.communicate, timeout=PATIENCE_S)
    assert parent.process.returncode == 1
    (line,) = [line for line in output.decode().splitlines() if line.startswith("rondo: ")]
    where, repair = "redis://me:***@127.0.0.1:1/0", "start or repair it, or correct REDIS_URL"
    assert line == f"rondo: cannot use Redis at {where} (Redis does not answer): {repair}", output
    assert "Traceback" not in output.decode()


async def test_workers_that_start_end_with_a_killed_parent(database: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": database, "RONDO_DATA_DIR": tmp_path, "REDIS_URL": "redis://127.0.0.1:1/0"}
    parent = Parent("--workers", "2", **settings)
    await parent.until("redis_lost", 2)  # they wait a minute for it
    workers = _children(parent.process.pid)
    parent.process.kill()
    await _have_ended(workers)


async def test_workers_that_cannot_start_end_with_their_parent(database: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": database, "RONDO_DATA_DIR": tmp_path, "REDIS_URL": "redis://127.0.0.1:1/0"}
    parent = Parent("--workers", "2", **settings, RONDO_START_WAIT_S=0)
    output, _ = await asyncio.to_thread(parent.process.communicate, timeout=PATIENCE_S)
    assert parent.process.returncode == 1
    assert b"cannot use Redis" in output


def test_each_worker_has_its_own_name_and_ops_port() -> None:
    settings = Settings(redis_url="redis://x", database_url="postgres://x", node="east", ops_port=9100)
    found = [environment({"PATH": "/bin"}, settings, number, port=8080) for number in range(2)]
    assert [one["RONDO_NODE"] for one in found] == ["east.0", "east.1"]
    assert [one["RONDO_OPS_PORT"] for one in found] == ["9100", "9101"]
    assert found[0]["PATH"] == "/bin"
