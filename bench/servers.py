"""The servers that are measured side by side: Rondo, on one node and on several, and the floors it stands beside."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from bench import process
from bench.database import Database
from bench.dialect import Dialect, SocketIo
from bench.people import sign_up
from server.drill.ports import steady_port
from server.postgres import Postgres
from tests.valkey import Valkey

HERE = Path(__file__).parent
FLOORS = HERE / "floors"


class Unavailable(Exception):
    """What this floor needs is not on this machine."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: how to speak to it, and where its costs are read."""

    dialect: Dialect
    ports: tuple[int, ...]
    """One a node; people are spread over them in turn."""
    pids: tuple[int, ...]
    tokens: list[str]
    database: Database | None = None
    redis: Valkey | None = None

    def cpu_s(self) -> float:
        """Return the CPU seconds of all nodes."""
        return sum(map(process.cpu_s, self.pids))

    def rss_bytes(self) -> int:
        """Return the memory of all nodes that is their own."""
        return sum(map(process.rss_bytes, self.pids))

    def redis_cpu_s(self) -> float:
        """Return the CPU seconds of Redis; 0 where there is none."""
        if self.redis is None:
            return 0.0
        told = dict(line.split(":") for line in self.redis.ask("INFO", "cpu").decode().split() if ":" in line)
        return float(told["used_cpu_sys"]) + float(told["used_cpu_user"])


Start = Callable[[], AbstractContextManager[Server]]


def prepare(name: str, work: Path, people: int) -> Start:
    """Build, install or fill what the server of that name needs; return how to start one, each time afresh.

    Raises:
        Unavailable: it cannot be had here; the reason is one line.
    """
    return _PREPARE[name](work, people)


def _rondo(work: Path, people: int) -> Start:
    program = Path(sys.executable).with_name("rondo")
    if not program.exists():
        raise Unavailable(f"no {program.name} beside {sys.executable}: install the project first")
    home = work / "home"
    with _serving(program, home, work) as (port, _):
        tokens = sign_up(port, people)
    return partial(_start_rondo, program, home, work, tokens)


@contextmanager
def _start_rondo(program: Path, home: Path, work: Path, tokens: list[str]) -> Iterator[Server]:
    copy = work / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    # Owners matter: under root the embedded database belongs to somebody else.
    subprocess.run(["cp", "-a", home, copy], check=True)
    with _serving(program, copy, work) as (port, pid):
        yield Server(Dialect(), (port,), (pid,), tokens, Database(copy))


def _nodes(count: int, work: Path, people: int) -> Start:
    if not (work / "home").exists():
        raise Unavailable("several nodes are measured beside one: name rondo before them")
    return partial(_start_nodes, count, work, people)


@contextmanager
def _start_nodes(count: int, work: Path, people: int) -> Iterator[Server]:
    """Start nodes over one Redis and one database, all of it on the core of the server."""
    program, copy = Path(sys.executable).with_name("rondo"), work / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    subprocess.run(["cp", "-a", work / "home", copy], check=True)
    process.pin(process.SERVER_CORE)
    postgres, redis = Postgres(copy), Valkey()
    dsn = asyncio.run(postgres.start())
    redis.start()
    process.pin(process.LOAD_CORE)
    settings = {"DATABASE_URL": dsn, "REDIS_URL": redis.url}
    try:
        with ExitStack() as stack:
            nodes = [stack.enter_context(_serving(program, copy, work, settings)) for _ in range(count)]
            ports, pids = zip(*nodes, strict=True)
            tokens = sign_up(ports[0], people)
            yield Server(Dialect(), ports, pids, tokens, Database(copy), redis)
    finally:
        redis.stop()
        asyncio.run(postgres.stop())


@contextmanager
def _serving(
    program: Path, home: Path, work: Path, stores: Mapping[str, str] | None = None
) -> Iterator[tuple[int, int]]:
    port = steady_port()
    settings = {
        "RONDO_DATA_DIR": str(home),
        "RONDO_RATE_LIMITS": "off",
        "RONDO_MIRROR": "off",
        "RONDO_LOG": "json",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        **(stores or {}),
    }
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(port)]
    ready = f"http://127.0.0.1:{port}/readyz"
    # The port is taken before the database is up: a connection waits, and is answered once all is ready.
    with (
        process.running(command, port=port, log=work / "rondo.log", env=settings) as pid,
        urlopen(ready, timeout=process.START_S),
    ):
        yield port, pid


@contextmanager
def _start_floor(command: list[str], dialect: Dialect, work: Path, people: int) -> Iterator[Server]:
    port = steady_port()
    with process.running([*command, str(port)], port=port, log=work / "floors.log") as pid:
        yield Server(dialect, (port,), (pid,), ["nobody"] * people)


def _aiohttp(work: Path, people: int) -> Start:
    return partial(_start_floor, [sys.executable, str(FLOORS / "relay_aiohttp.py")], Dialect(), work, people)


def _socketio(work: Path, people: int) -> Start:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        raise Unavailable("node or npm is not installed")
    if not (HERE / "node_modules" / "socket.io").exists():
        install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix", str(HERE)]
        done = subprocess.run(install, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Unavailable(f"npm could not install socket.io: {' '.join(done.stderr.split())[:120]}")
    return partial(_start_floor, [node, str(FLOORS / "relay_socketio.mjs")], SocketIo(), work, people)


def _c(work: Path, people: int) -> Start:
    compiler = shutil.which("cc")
    if compiler is None:
        raise Unavailable("there is no C compiler")
    program = work / "relay"
    subprocess.run([compiler, "-O2", "-o", program, FLOORS / "relay.c"], check=True)
    return partial(_start_floor, [str(program)], Dialect(), work, people)


_PREPARE: dict[str, Callable[[Path, int], Start]] = {
    "rondo": _rondo,
    "aiohttp": _aiohttp,
    "socket.io": _socketio,
    "C": _c,
    "1 node": partial(_nodes, 1),
    "2 nodes": partial(_nodes, 2),
}
NAMES = tuple(_PREPARE)
BY_DEFAULT = ("rondo", "aiohttp", "socket.io", "C")
