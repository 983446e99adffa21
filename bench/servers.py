"""The servers that are measured side by side: Rondo, and the floors it stands beside."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from bench import process
from bench.database import Database
from bench.dialect import Dialect, SocketIo
from bench.people import sign_up

HERE = Path(__file__).parent
FLOORS = HERE / "floors"


class Unavailable(Exception):
    """What this floor needs is not on this machine."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: how to speak to it, and where its costs are read."""

    dialect: Dialect
    port: int
    pid: int
    tokens: list[str]
    database: Database | None = None


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
        yield Server(Dialect(), port, pid, tokens, Database(copy))


@contextmanager
def _serving(program: Path, home: Path, work: Path) -> Iterator[tuple[int, int]]:
    port = process.free_port()
    settings = {
        "RONDO_DATA_DIR": str(home),
        "RONDO_RATE_LIMITS": "off",
        "RONDO_MIRROR": "off",
        "RONDO_LOG": "json",
        "DATABASE_URL": "",
        "REDIS_URL": "",
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
    port = process.free_port()
    with process.running([*command, str(port)], port=port, log=work / "floors.log") as pid:
        yield Server(dialect, port, pid, ["nobody"] * people)


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
}
NAMES = tuple(_PREPARE)
