"""`postmaster.pid`: the process that serves a data folder (its lines are in PostgreSQL's `pidfile.h`), also after
SIGKILL.
"""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from server.postgres.options import SOCKET

PROGRAM = "postgres"
HAS_PROC = Path("/proc/self/cwd").exists()


class Pidfile:
    """The file that a running `postgres` keeps in its data folder, and that is left after SIGKILL.

    The process id in a left file may be that of another process: numbers start again with each container.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._path = data / "postmaster.pid"

    def lines(self) -> list[str]:
        """Return its lines, none when there is no file."""
        return _lines(self._path)

    def pid(self) -> int | None:
        """Return the process id in it; None when it is no possible one."""
        return _pid(self.lines())

    def server(self) -> int | None:
        """Return the process that serves the folder: named in the file, running, and verified to be its server."""
        pid = self.pid()
        return pid if pid is not None and _serves(pid, self._data) else None

    def send(self, word: signal.Signals) -> None:
        """Signal the process that serves the folder, never another one with the same process id."""
        pid = self.server()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, word)

    def neutralize(self, sockets: Path) -> None:
        """Write our own process id to the lock files of a dead server, here and in the folder *sockets*.

        `postgres` does not start while the process id in them exists, unless it is its parent's. The file is not
        removed: by its last line `postgres` finds the shared memory, and orphans that still use it.
        """
        for path in (self._path, sockets / f"{SOCKET}.lock"):
            lines = _lines(path)
            if _pid(lines) is None:
                path.unlink(
                    missing_ok=True
                )  # empty, or zeros after a power failure: `postgres` would reject it as well
            else:
                # In place: a full disk takes no new file, and the owner stays the same.
                text = "\n".join([str(os.getpid()), *lines[1:]]).encode(errors="surrogateescape")
                with path.open("r+b") as file:
                    file.write(text)
                    file.truncate()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="surrogateescape").split("\n")
    except FileNotFoundError:
        return []


def _pid(lines: list[str]) -> int | None:
    # A single-user postgres writes a negative number. No process has one of ten digits or more.
    number = lines[0].removeprefix("-") if lines else ""
    return int(number) or None if number.isascii() and number.isdigit() and len(number) < 10 else None


def _serves(pid: int, data: Path) -> bool:
    """Return whether *pid* is a `postgres` with *data*."""
    if not HAS_PROC:
        says = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
        return f"-D {data}" in says.stdout
    process = Path(f"/proc/{pid}")
    try:
        name, state = _name_and_state(process)
        if name != PROGRAM or state == "Z":
            return False
        try:
            return (process / "cwd").samefile(data)
        except PermissionError:  # of another user, and in a container root lacks the permission: check its command line
            return f"\0-D\0{data}\0".encode() in (process / "cmdline").read_bytes()
    except OSError:
        return False


def _name_and_state(process: Path) -> tuple[str, str]:
    """Return program name and state letter of a process; one that has ended and was not waited for is `Z`."""
    head, _, rest = (process / "stat").read_text(errors="replace").rpartition(")")
    return head.partition("(")[2], rest.split()[0]
