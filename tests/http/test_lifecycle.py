"""From start to stop, as an operator sees it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from server.draining import SOON_S
from server.postgres import Postgres
from server.runtime.listener import listen, url_of
from tests.http.conftest import Caller
from tests.support.service import Service


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def service(database: str, tmp_path: Path) -> AsyncIterator[Service]:
    service = Service(database, tmp_path, RONDO_RATE_LIMITS="off")
    await service.start()
    yield service
    await service.kill()
    assert service.faults() == []


async def guest(http: aiohttp.ClientSession, service: Service) -> Caller:
    caller = Caller(http, service.base)
    reply = await caller.post("/v1/auth/guest", {"display_name": "Ada", "adult": True})
    caller.token = reply.body["token"]
    return caller


async def test_log_names_the_listening_address(service: Service, http: aiohttp.ClientSession) -> None:
    (line,) = (line for line in service.log if line["event"] == "listening")
    assert line["url"] == f"http://localhost:{service.port}/"
    async with http.get(line["url"] + "readyz") as reply:
        assert reply.status == 200


async def test_ops_listener_is_up_from_start_to_stop(
    database: str, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    service = Service(database, tmp_path, RONDO_OPS_PORT=0, RONDO_PUBLIC_METRICS="off", RONDO_NODE="one")
    await service.start()
    (line,) = (line for line in service.log if line["event"] == "operator_listening")
    assert line["url"] != service.base
    assert [entry["event"] for entry in service.log].index("operator_listening") < len(service.log) - 1
    operator = Caller(http, line["url"].rstrip("/"))
    assert (await operator.get("/metrics")).status == (await operator.get("/readyz")).status == 200
    assert (await Caller(http, service.base).get("/metrics")).status == 404
    here = await (await guest(http, service)).connect()
    stopping = asyncio.create_task(service.stop())
    assert (await here.receive_json(timeout=2))["type"] == "server.draining"
    assert "rondo_connections 1.0" in (await operator.get("/metrics")).body
    assert (await operator.get("/readyz")).status == 503
    await here.close()
    assert await stopping == 0
    assert service.faults() == []


async def test_stop_without_clients_is_immediate(service: Service) -> None:
    began = time.monotonic()
    assert await service.stop() == 0
    assert time.monotonic() - began < 3
    assert [line["event"] for line in service.log][-2:] == ["draining", "stopped"]


async def test_stop_without_a_successor_tells_clients_and_closes(service: Service, http: aiohttp.ClientSession) -> None:
    sockets = [await (await guest(http, service)).connect() for _ in range(2)]
    stopping = asyncio.create_task(service.stop())
    for here in sockets:
        told = await here.receive_json(timeout=2)
        assert (told["type"], told["seq"], told["reconnect_in_ms"]) == ("server.draining", 1, round(SOON_S * 1_000))
        assert (await here.receive(timeout=2)).type is aiohttp.WSMsgType.CLOSE
        assert here.close_code == 1001
    assert await stopping == 0


async def test_hanging_reader_delays_no_stop(database: str, tmp_path: Path, http: aiohttp.ClientSession) -> None:
    service = Service(database, tmp_path, RONDO_DRAIN_S=2)
    await service.start()
    here = await (await guest(http, service)).connect()
    transport = here.get_extra_info("socket")
    assert transport is not None
    here._conn.transport.pause_reading()  # type: ignore[union-attr]
    began = time.monotonic()
    assert await service.stop() == 0
    assert time.monotonic() - began < 2.5


async def test_second_signal_stops_immediately(service: Service, http: aiohttp.ClientSession) -> None:
    here = await (await guest(http, service)).connect()
    began = time.monotonic()
    stopping = asyncio.create_task(service.stop())
    await here.receive_json(timeout=2)
    os.kill(service.pid, signal.SIGINT)
    await here.receive(timeout=2)
    assert here.close_code == 1001
    assert await stopping == 0
    assert time.monotonic() - began < 2


async def test_sessions_survive_a_sigkill(service: Service, http: aiohttp.ClientSession) -> None:
    ada = await guest(http, service)
    await service.kill()
    await service.start()
    assert (await ada.get("/v1/me")).body["display_name"] == "Ada"


def run(cwd: Path, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "server", "serve", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), "RONDO_LOG": "json"} | environ,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def complaint(process: "subprocess.Popen[str]") -> str:
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    (line,) = errors.splitlines()
    return line


def test_port_in_use(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert complaint(run(data_dir, "--port", port)).startswith(f"rondo: port {port} is taken")
    # Nothing was begun for it.
    assert list(data_dir.iterdir()) == []


def test_ops_port_in_use(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert "set RONDO_OPS_PORT to another" in complaint(run(data_dir, "--port", "0", RONDO_OPS_PORT=port))


def test_address_of_another_machine(data_dir: Path) -> None:
    assert "HOST" in complaint(run(data_dir, "--host", "192.0.2.1", "--port", "0"))


def test_missing_database(data_dir: Path) -> None:
    url = "postgresql://rondo:hunter2@127.0.0.1:1/rondo"
    line = complaint(run(data_dir, "--port", "0", DATABASE_URL=url, RONDO_START_WAIT_S="0"))
    assert "DATABASE_URL" in line
    assert "hunter2" not in line


def test_stop_during_the_start(data_dir: Path) -> None:
    process = run(data_dir, "--port", "0", RONDO_MIRROR="off")
    for _ in range(1_000):
        if (data_dir / "data" / "rondo.lock").exists():
            break
        time.sleep(0.01)
    process.terminate()
    assert process.wait(timeout=20) == 0
    process.communicate()


async def until(caller: Caller, status: int) -> None:
    async with asyncio.timeout(15):
        while (await caller.get("/readyz")).status != status:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.05)


async def test_dead_embedded_database_is_restarted(data_dir: Path, http: aiohttp.ClientSession) -> None:
    async with Postgres(data_dir):
        pass
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "serve", "--port", "0",
        env={"PATH": os.environ["PATH"], "RONDO_LOG": "json", "RONDO_DATA_DIR": str(data_dir), "RONDO_MIRROR": "off",
             "RONDO_SECRET": "A" * 43},
        cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        base = ""
        while not base:
            line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
            assert line, "it did not start"
            if '"listening"' in line:
                base = line.partition('"url":"')[2].partition('/"')[0]
        caller = Caller(http, base)
        token = (await caller.post("/v1/auth/guest", {"display_name": "Ada", "adult": True})).body["token"]
        ada = Caller(http, base, token)
        pid = int((data_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)
        while b'"postgres_restarted"' not in await asyncio.wait_for(process.stdout.readline(), 30):
            pass
        await until(ada, 200)
        assert (await ada.get("/v1/me")).body["display_name"] == "Ada"
        process.terminate()
        await process.stdout.read()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_closed_log_pipe_stops_nothing(database: str, http: aiohttp.ClientSession) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "serve", "--port", "0",
        env={"PATH": os.environ["PATH"], "RONDO_LOG": "json", "DATABASE_URL": database, "RONDO_NODE": "a"},
        cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = b""
        while b'"listening"' not in line:
            line = await asyncio.wait_for(process.stdout.readline(), 20)
            assert line, "it did not start"
        assert b'"node":"a"' in line
        process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined] # the reader is gone
        caller = Caller(http, json.loads(line)["url"].rstrip("/"))
        ada, bob = [
            Caller(
                http,
                caller.base,
                (await caller.post("/v1/auth/guest", {"display_name": name, "adult": True})).body["token"],
            )
            for name in ("Ada", "Bob")
        ]
        sockets = [await each.connect() for each in (ada, bob)]
        for socket in sockets:
            await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True})
        room = await started(sockets[0])
        reply = await ada.post("/v1/reports", {"user_id": room["peer"]["user_id"], "category": "spam"})
        assert reply.status == 201, reply  # that a report was filed is logged
        async with asyncio.timeout(20):
            while "rondo_log_lines_lost_total 0" in (await caller.get("/metrics")).body:  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.05)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def started(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """Return the room of the `room.started` that *socket* receives."""
    while True:
        frame = await socket.receive_json(timeout=10)
        if frame["type"] == "room.started":
            room: dict[str, Any] = frame["room"]
            return room


async def test_restarted_database_is_reconnected(data_dir: Path, tmp_path: Path, http: aiohttp.ClientSession) -> None:
    async with Postgres(data_dir) as postgres:
        service = Service(postgres.dsn(), tmp_path, RONDO_RATE_LIMITS="off")
        await service.start()
        ada = await guest(http, service)
        here = await ada.connect()
        await postgres.stop()
        await until(ada, 503)
        assert (await ada.get("/v1/me")).code == "unavailable"
        await here.send_json({"type": "queue.join", "id": 1, "mode": "text"})
        assert (await here.receive_json(timeout=5))["code"] == "unavailable"
        await postgres.start()
        await until(ada, 200)
        await here.send_json({"type": "queue.join", "id": 2, "mode": "text"})
        assert "queue" in await here.receive_json(timeout=5)
        assert (await ada.get("/v1/me")).body["display_name"] == "Ada"
        await here.close()
        assert await service.stop() == 0
        assert service.faults() == []


def test_dual_stack_listener() -> None:
    with listen("::", 0) as listener:
        port = listener.getsockname()[1]
        assert url_of(listener) == f"http://localhost:{port}/"
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port)).close()


def test_nodes_of_one_installation_share_a_port() -> None:
    with listen("127.0.0.1", 0, shared=True) as one, listen("127.0.0.1", one.getsockname()[1], shared=True) as other:
        assert one.getsockname() == other.getsockname()
