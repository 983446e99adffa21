"""The service under test: a child process and its database, or a running service."""

import asyncio
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from server.config.errors import StartupError
from server.drill.clients.client_log import monotonic_of
from server.drill.servers.link import NetworkLink
from server.drill.servers.ports import steady_port

CODE: Final = Path(__file__).parents[3]
"""The folder of our packages: the child runs the same code, whatever the working directory."""
START_S: Final = 60.0
STOP_S: Final = 60.0
PR_SET_PDEATHSIG: Final = 1
OURS: Final = ("RONDO_", "DATABASE_", "REDIS_", "RAILWAY_", "PORT", "HOST")
"""The environment of the drill must not configure the service."""


class NotStarted(StartupError):
    """The server did not start; the last lines of its log are given."""


class Host:
    """`rondo serve` as a child process; it can be killed and started again on the same port and data."""

    tied: ClassVar[bool] = True
    """The server ends with the thread that launched it."""

    def __init__(
        self,
        folder: Path,
        *,
        dsn: str | None = None,
        settings: Mapping[str, str] | None = None,
        link: NetworkLink | None = None,
    ) -> None:
        """*dsn*: a database that the drill runs; None: the server runs its own under *folder*. *link*: its only
        network.
        """
        self.port = steady_port()
        self.link = link
        self.log: list[dict[str, Any]] = []
        self._folder = folder
        self._dsn = dsn
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._reading: threading.Thread | None = None
        self._listening = threading.Event()
        self.listens_at = 0.0
        """When it accepted connections (monotonic)."""
        self.started_at = 0.0
        """When it was started (monotonic)."""

    def beside(self) -> "Host":
        """Return a server for the same port and database, not yet started, that takes over."""
        settings = self._settings | {"RONDO_TAKE_OVER": "on"}
        other = Host(self._folder, dsn=self._dsn, settings=settings, link=self.link)
        other.port = self.port
        return other

    @property
    def nodes(self) -> list["Host"]:
        """The servers that make up the service: this one."""
        return [self]

    @property
    def base(self) -> str:
        """Its URL."""
        return f"http://{self._address}:{self.port}"

    @property
    def _address(self) -> str:
        return "127.0.0.1" if self.link is None else self.link.address

    @property
    def pid(self) -> int:
        """The process id of the server."""
        assert self._process is not None
        return self._process.pid

    @property
    def processor_s(self) -> float:
        """Processor time of the server; 0 on systems that do not report it."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident_mib(self) -> float:
        """Resident memory of the server (Linux)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    @property
    def descriptors(self) -> int:
        """Number of open descriptors of the server (Linux)."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    @property
    def is_running(self) -> bool:
        """Whether the process is running."""
        return self._process is not None and self._process.poll() is None

    def command(self) -> list[str]:
        """Return what is run."""
        prefix = () if self.link is None else self.link.prefix
        return [*prefix, sys.executable, "-m", "server", "serve", "--host", self._address, "--port", str(self.port)]

    def launch(self) -> None:
        """Start the process, without waiting."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        ours = {"RONDO_DATA_DIR": str(self._folder), "RONDO_LOG": "json", "RONDO_MIRROR": "off"}
        ours |= {"RONDO_RATE_LIMITS": "off"} | ({} if self._dsn is None else {"DATABASE_URL": self._dsn})
        self._listening.clear()
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - no shell, our own command
            self.command(),
            env=kept | ours | self._settings,
            cwd=CODE,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_us if self.tied else None,  # noqa: PLW1509 - one call into the kernel, no lock of ours
        )
        self._reading = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reading.start()

    async def start(self) -> float:
        """Start the process; return, once it accepts connections, how many seconds that took.

        Raises:
            NotStarted: it ended, or timed out.
        """
        self.launch()
        return await self.ready()

    async def ready(self) -> float:
        """Return, once a launched process accepts connections, how many seconds that took. Raises as `start`."""
        in_time = await asyncio.to_thread(self._listening.wait, START_S)
        if not in_time or self.listens_at < self.started_at:
            raise NotStarted(f"the server did not start: {[line.get('event') for line in self.log[-12:]]}")
        return self.listens_at - self.started_at

    async def kill(self) -> None:
        """Kill the process, as a power failure does."""
        await asyncio.to_thread(self._end, signal.SIGKILL)

    def freeze(self) -> None:
        """Stop the process (SIGSTOP), as a machine that hangs: its sockets stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def ask_to_stop(self) -> None:
        """Send SIGTERM, without waiting."""
        if self._process is not None and self.is_running:
            self._process.send_signal(signal.SIGTERM)

    async def stop(self) -> int:
        """Send SIGTERM; return the exit code."""
        return await asyncio.to_thread(self._end, signal.SIGTERM)

    async def gone(self) -> int:
        """Return the exit code once the process has ended and its log is read."""
        assert self._process is not None
        return await asyncio.to_thread(self._ended, self._process)

    def faults(self) -> list[dict[str, Any]]:
        """Return every line of the log so far that indicates a fault."""
        return faults_in(self.log)

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self.is_running:
            self._process.send_signal(how)
        try:
            return self._ended(self._process)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._ended(self._process)

    def _ended(self, process: subprocess.Popen[bytes]) -> int:
        code = process.wait(STOP_S)
        if self._reading is not None:
            self._reading.join(5)
        return code

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for raw in process.stdout:
            try:
                line: dict[str, Any] = msgspec.json.decode(raw)
            except ValueError:
                line = {"event": raw.decode(errors="replace").rstrip(), "level": "error"}
            self.log.append(line)
            if line.get("event") == "listening":
                # By the server's own timestamp: this thread may be delayed.
                self.listens_at = monotonic_of(datetime.fromisoformat(line["at"]).timestamp() * 1_000)
                self._listening.set()
        self._listening.set()


def faults_in(log: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every line of a log that indicates a fault."""
    return [line for line in log if line.get("level") in ("error", "critical")]


def room_for(sockets: int) -> None:
    """Raise the descriptor limit of this process and its children for this number of sockets, as far as possible."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sockets + 500
    if soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


def die_with_us() -> None:
    """Make the server end with a killed drill (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
