"""The measured servers: Rondo, on one node and on several, and the floors."""

import asyncio
import json
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
from server.drill.servers.ports import steady_port
from server.postgres import Postgres
from tests.support.valkey import Valkey

HERE = Path(__file__).parent
FLOORS = HERE / "floors"
ROOT = HERE.parent
BUS = 'rondo_node_bus_messages_total{direction="out"}'
NODE_PACKAGES = ("socket.io", "ws", "pg")


class Unavailable(Exception):
    """A requirement of this floor is not on this machine."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its protocol, and where its costs are read."""

    dialect: Dialect
    ports: tuple[int, ...]
    """One per node; users are spread over them in turn."""
    pids: tuple[int, ...]
    tokens: list[str]
    database: Database | None = None
    redis: Valkey | None = None

    def cpu_s(self) -> float:
        """Return the CPU seconds of all nodes."""
        return sum(map(process.cpu_s, self.pids))

    def fine_cpu_s(self) -> float:
        """Return the CPU seconds of the main threads of all nodes, to the nanosecond."""
        return sum(map(process.fine_cpu_s, self.pids))

    def rss_bytes(self) -> int:
        """Return the private memory of all nodes."""
        return sum(map(process.rss_bytes, self.pids))

    def redis_cpu_s(self) -> float:
        """Return the CPU seconds of Redis; 0 where there is none."""
        told = self._redis_says("cpu")
        return float(told.get("used_cpu_sys", 0)) + float(told.get("used_cpu_user", 0))

    def redis_bytes(self) -> int:
        """Return the memory that Redis uses; 0 where there is none."""
        return int(self._redis_says("memory").get("used_memory", 0))

    def bus_messages(self) -> float:
        """Return how many messages the nodes have sent to each other; 0 where there is one."""
        if len(self.ports) == 1:
            return 0.0
        pages = [urlopen(f"http://127.0.0.1:{port}/metrics").read().decode() for port in self.ports]
        lines = [line for page in pages for line in page.splitlines() if line.startswith(BUS)]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def _redis_says(self, section: str) -> dict[str, str]:
        if self.redis is None:
            return {}
        return dict(line.split(":", 1) for line in self.redis.ask("INFO", section).decode().split() if ":" in line)


Start = Callable[[], AbstractContextManager[Server]]


def prepare(name: str, work: Path, people: int) -> Start:
    """Build, install or fill what the named server needs; return a function that starts a new one.

    Raises:
        Unavailable: it is not available here; the reason is one line.
    """
    return _PREPARE[name](work, people)


def prepare_revision(tree: Path, work: Path, people: int, settings: Mapping[str, str] | None = None) -> Start:
    """Prepare the Rondo that is checked out at *tree*; return a function that starts a new one."""
    home, tokens = _inhabited(tree, work, people)
    return partial(_start_rondo, tree, home, work, tokens, settings)


def _rondo(work: Path, people: int) -> Start:
    return prepare_revision(ROOT, work, people)


def _inhabited(tree: Path, work: Path, people: int) -> tuple[Path, list[str]]:
    """Return a data directory with *people* signed up, and their tokens: created once, by the code at *tree*."""
    home = work / f"home-{tree.name}"
    tokens = work / f"{home.name}.json"
    if not tokens.exists():
        with _serving(tree, home, work) as (port, _):
            made = sign_up(port, people)
        tokens.write_text(json.dumps(made))
    return home, json.loads(tokens.read_text())


@contextmanager
def _start_rondo(
    tree: Path, home: Path, work: Path, tokens: list[str], settings: Mapping[str, str] | None
) -> Iterator[Server]:
    copy = _copied(home, work)
    with _serving(tree, copy, work, settings) as (port, pid):
        yield Server(Dialect(), (port,), (pid,), tokens, Database(copy))


def _copied(home: Path, work: Path) -> Path:
    copy = work / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    # The owner matters: as root, the embedded database belongs to another user.
    subprocess.run(["cp", "-a", home, copy], check=True)
    return copy


def _nodes(count: int, work: Path, people: int) -> Start:
    home, tokens = _inhabited(ROOT, work, people)
    return partial(_start_nodes, count, home, work, tokens)


@contextmanager
def _start_nodes(count: int, home: Path, work: Path, tokens: list[str]) -> Iterator[Server]:
    """Start nodes with one Redis and one database, all on the core of the server."""
    copy = _copied(home, work)
    process.pin(process.SERVER_CORE)
    postgres, redis = Postgres(copy), Valkey()
    dsn = asyncio.run(postgres.start())
    redis.start()
    process.pin(process.LOAD_CORE)
    # Rooms of `across` stay open longer than half a minute, and nobody there says that the call is live.
    settings = {"DATABASE_URL": dsn, "REDIS_URL": redis.url, "RONDO_CONNECT_TIMEOUT_S": "300"}
    try:
        with ExitStack() as stack:
            nodes = [stack.enter_context(_serving(ROOT, copy, work, settings)) for _ in range(count)]
            ports, pids = zip(*nodes, strict=True)
            yield Server(Dialect(), ports, pids, tokens, Database(copy), redis)
    finally:
        redis.stop()
        asyncio.run(postgres.stop())


@contextmanager
def _serving(tree: Path, home: Path, work: Path, more: Mapping[str, str] | None = None) -> Iterator[tuple[int, int]]:
    port = steady_port()
    settings = {
        "PYTHONPATH": str(tree),
        "RONDO_DATA_DIR": str(home),
        "RONDO_RATE_LIMITS": "off",
        "RONDO_MIRROR": "off",
        "RONDO_LOG": "json",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        **(more or {}),
    }
    command = [sys.executable, "-m", "server", "serve", "--host", "127.0.0.1", "--port", str(port)]
    ready = f"http://127.0.0.1:{port}/readyz"
    # The port is open before the database is ready: a connection waits, and is answered once all is ready.
    with (
        process.running(command, port=port, log=work / "rondo.log", env=settings, folder=tree) as pid,
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


def _node(script: str, dialect: Dialect, work: Path, people: int) -> Start:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        raise Unavailable("node or npm is not installed")
    if not all((HERE / "node_modules" / package).exists() for package in NODE_PACKAGES):
        install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix", str(HERE)]
        done = subprocess.run(install, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Unavailable(f"npm could not install its packages: {' '.join(done.stderr.split())[:120]}")
    return partial(_start_floor, [node, str(FLOORS / script)], dialect, work, people)


def _messenger(work: Path, people: int) -> Start:
    start = _node("messages_socketio.mjs", SocketIo(), work, people)  # installs the packages
    del start
    return partial(_start_messenger, work, people)


@contextmanager
def _start_messenger(work: Path, people: int) -> Iterator[Server]:
    """Start the messenger with a separate PostgreSQL, both on the core of the server."""
    home = work / "messenger"
    home.mkdir(mode=0o711, exist_ok=True)  # as root, the database runs as another user
    process.pin(process.SERVER_CORE)
    postgres = Postgres(home)
    dsn = asyncio.run(postgres.start())
    process.pin(process.LOAD_CORE)
    port = steady_port()
    node = shutil.which("node") or "node"
    command = [node, str(FLOORS / "messages_socketio.mjs"), dsn, str(port)]
    try:
        with process.running(command, port=port, log=work / "floors.log") as pid:
            yield Server(SocketIo(), (port,), (pid,), ["nobody"] * people, Database(home))
    finally:
        asyncio.run(postgres.stop())


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
    "ws": partial(_node, "relay_ws.mjs", Dialect()),
    "socket.io": partial(_node, "relay_socketio.mjs", SocketIo()),
    "C": _c,
    "socket.io+pg": _messenger,
    "1 node": partial(_nodes, 1),
    "2 nodes": partial(_nodes, 2),
    "3 nodes": partial(_nodes, 3),
    "without friends": partial(prepare_revision, ROOT, settings={"RONDO_FRIENDS": "off"}),
}
NAMES = tuple(_PREPARE)
BY_DEFAULT = ("rondo", "aiohttp", "ws", "socket.io", "C")
MESSENGERS = ("rondo", "socket.io+pg")
"""What sends are measured of; the second is not measured otherwise."""


def can_do(name: str, scenario: str) -> bool:
    """Return whether the named server takes part in a scenario: floors relay calls, or messages."""
    if scenario == "across":
        return name == "2 nodes"
    is_floor = name in ("aiohttp", "ws", "socket.io", "C")
    if scenario == "sends":
        return not is_floor
    if scenario in ("friends", "beside"):
        return name == "rondo" or name not in NAMES  # or another commit
    return name != "socket.io+pg"
