"""The embedded PostgreSQL: a child process that ends with this one, and is recovered after a crash."""

import asyncio
import errno
import hashlib
import os
import shutil
import signal
import stat
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from server.config.errors import StartupError, SurroundingsError
from server.postgres import install
from server.postgres.child import Child
from server.postgres.options import SOCKET, fits, options
from server.postgres.owner import Owner
from server.postgres.pidfile import Pidfile
from server.postgres.probe import accepts

DATABASE = "rondo"
POLL_S = 0.003
RECOVERY_S = 300.0
"""Timeout of a start, in seconds: crash recovery comes first."""
STOP_S = 15.0
LOG_BYTES = 1 << 20
NO_SPACE = os.strerror(errno.ENOSPC)
NO_SPACE_BYTES = 1 << 16
"""Free space below which a disk counts as full: eight pages."""
BUILTIN_LOCALE = 17
"""The first major version that sorts by code point independently of the C library."""
FENCED = "pre-existing shared memory block"
"""Error of `postgres` while processes of its predecessor are still ending."""
NOT_YET = "the database system is"
"""Prefix of its answers and log lines while it starts or stops."""


class Postgres:
    """A PostgreSQL server with the data in `<data_dir>/postgres`, which listens on a Unix socket only.

    The caller has locked the data directory (`server.config.data_dir`), and starts it in the main thread.
    """

    def __init__(
        self, data_dir: Path, *, programs: Path | None = None, fsync: bool = True, connections: int = 50
    ) -> None:
        self.data = data_dir.absolute() / "postgres"
        self.log = data_dir.absolute() / "postgres.log"
        self._programs = programs
        self._fsync = fsync
        self._connections = connections
        self._sockets = self.data
        self._child: Child | None = None
        self._log_start = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self._child.pid if self._child else None

    def dsn(self, database: str = DATABASE) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://{DATABASE}@/{database}?host={quote(str(self._sockets), safe='')}&port=5432"

    async def start(self) -> str:
        """Return the URL of a server that accepts connections; created, recovered or restarted as needed.

        Raises:
            StartupError: it cannot be started; the message has the reason.
        """
        try:
            programs = install.find(self._programs, self.data)
            owner = Owner.of(self.data)
            if not self.data.exists():
                await self._create(programs, owner)
            owner.own(self.data)
            self._sockets = self.data if fits(self.data) else _short(self.data, owner)
            await self._launch(programs, owner)
        except OSError as error:
            await self.stop()
            what = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
            raise _refusal(
                f"the embedded database did not start ({what}): correct that, or set RONDO_DATA_DIR or DATABASE_URL"
            ) from None
        except BaseException:
            await self.stop()
            raise
        return self.dsn()

    async def stop(self) -> None:
        """Stop the server: connections are closed, committed data is on disk; idempotent."""
        child, self._child = self._child, None
        if child is not None:
            for word in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                child.send(word)
                if await _ends(child, STOP_S):
                    break
        if self._sockets != self.data:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = self.data

    async def gone(self) -> str:
        """Return, with the reason, once the server has ended unexpectedly; cancel it before `stop`."""
        while self._child is not None and self._child.code() is None:  # noqa: ASYNC110 - a process tells no event
            await asyncio.sleep(1)
        return f"the embedded database ended: {self._reason()}"

    async def _create(self, programs: install.Install, owner: Owner) -> None:
        """Create an empty database; after a crash in between nothing is left that looks like one."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        owner.own(draft)
        # Without ICU, whose sort order changes between versions.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if programs.major < BUILTIN_LOCALE:
            locale = ["--locale=C.UTF-8"]
        initdb = [programs.program("initdb"), "-D", str(draft), "-U", DATABASE, "-A", "trust", "-E", "UTF8", *locale]
        single = [programs.program("postgres"), "--single", "-D", str(draft), "-c", "exit_on_error=on", "postgres"]
        try:
            await self._finish([*initdb, *([] if self._fsync else ["--no-sync"])], programs, owner, draft)
            await self._finish(single, programs, owner, draft, f"CREATE DATABASE {DATABASE};\n")
            draft.rename(self.data)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    async def _finish(
        self, command: list[str], programs: install.Install, owner: Owner, data: Path, text: str = ""
    ) -> None:
        """Run a program to its end.

        Raises:
            StartupError: it failed; the message has its last error.
        """
        self._mark()
        child = Child(command, owner, reach=[data, programs.bin], log=self.log, text=text, death=signal.SIGKILL)
        try:
            await _ends(child, RECOVERY_S)
        finally:
            child.send(signal.SIGKILL)
        if child.code() != 0:
            raise _refusal(f"no database could be created in {data.parent}: {self._reason()}")

    async def _launch(self, programs: install.Install, owner: Owner) -> None:
        """Start a server, after its predecessor has ended."""
        pidfile = Pidfile(self.data)
        command = [programs.program("postgres"), "-D", str(self.data)]
        command += options(programs.major, self._sockets, fsync=self._fsync, connections=self._connections)
        until = time.monotonic() + STOP_S
        while True:
            await _see_out(pidfile)
            pidfile.neutralize(self._sockets)
            self._mark()
            # If this process is killed, a fast shutdown: the child closes its files, and does not block the next start.
            self._child = Child(command, owner, reach=[self.data, programs.bin], log=self.log, death=signal.SIGINT)
            if await self._ready(self._child):
                return
            reason = self._reason()
            if time.monotonic() > until or FENCED not in reason:
                raise _refusal(f"the embedded database did not start: {reason} (see {self.log})")
            await asyncio.sleep(POLL_S)

    async def _ready(self, child: Child) -> bool:
        """Wait until *child* accepts connections or has ended; return whether it accepts them."""
        began = time.monotonic()
        while child.code() is None:
            if await accepts(self._sockets / SOCKET, pid=child.pid, user=DATABASE, database=DATABASE):
                return True
            passed = time.monotonic() - began
            if passed > RECOVERY_S:
                raise StartupError(f"the embedded database is not ready after {RECOVERY_S:.0f} s (see {self.log})")
            # The interval grows with the time of recovery: each attempt is a line in its log.
            await asyncio.sleep(max(POLL_S, passed / 10))
        return False

    def _mark(self) -> None:
        """Record the end of the log, so that `_reason` reads only this run; a large log is rotated."""
        try:
            self._log_start = self.log.stat().st_size
        except FileNotFoundError:
            self._log_start = 0
        if self._log_start > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
            self._log_start = 0

    def _reason(self) -> str:
        """Return the last error of the program in one line."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = [line.strip() for line in log.read(LOG_BYTES).decode(errors="replace").splitlines() if line.strip()]
        for mark in ("FATAL:", "PANIC:", "error:", "ERROR:"):
            for line in lines:
                if mark in line and NOT_YET not in line:
                    return line.partition(mark)[2].strip()
        if shutil.disk_usage(self.log.parent).free < NO_SPACE_BYTES:
            return NO_SPACE  # the disk was full for the log too
        return lines[-1] if lines else "it ended without an error message"


def _refusal(text: str) -> StartupError:
    """Return the error for a database that did not start; with a full disk a retry does not help."""
    return SurroundingsError(text) if NO_SPACE in text else StartupError(text)


async def _ends(child: Child, seconds: float) -> bool:
    """Return whether *child* has ended, after at most *seconds*."""
    until = time.monotonic() + seconds
    while child.code() is None:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(POLL_S)
    return True


async def _see_out(pidfile: Pidfile) -> None:
    """Wait until a predecessor left by a crash has ended: the folder is locked by this process, no other one uses it.

    Raises:
        StartupError: it does not end.
    """
    for word in (signal.SIGINT, signal.SIGQUIT):
        pidfile.send(word)
        until = time.monotonic() + STOP_S
        while time.monotonic() < until:
            if pidfile.server() is None:
                return
            await asyncio.sleep(POLL_S)
    raise StartupError(f"the database of an earlier rondo (process {pidfile.pid()}) does not stop: stop it manually")


def _short(data: Path, owner: Owner) -> Path:
    """Return a folder for the socket of a data folder whose own path is too long or has unsupported characters.

    The same at every start, so that crashes leave at most one; files of others in it are kept.
    """
    folder = Path(tempfile.gettempdir(), f"rondo-{hashlib.sha256(bytes(data)).hexdigest()[:16]}")
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), owner.uid):
            folder = Path(tempfile.mkdtemp(prefix="rondo-"))
    owner.own(folder)
    return folder
