"""`postmaster.pid`: who serves a data folder (PostgreSQL's `pidfile.h` has its lines), and what a killed one leaves."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from server.postgres.options import SOCKET

PROGRAM = "postgres"
HAS_PROC = Path("/proc/self/cwd").exists()


class Pidfile:
    """The file that a running `postgres` keeps in its data folder, and that a killed one leaves there.

    The number in a file that was left may by now be that of any process: numbers start again with each container.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._path = data / "postmaster.pid"

    def lines(self) -> list[str]:
        """Return its lines, none when there is no file."""
        return _lines(self._path)

    def pid(self) -> int | None:
        """Return the process id in it; None when there is none that a process could have."""
        return _pid(self.lines())

    def server(self) -> int | None:
        """Return the process that serves the folder: named in the file, alive, and really a server of it."""
        pid = self.pid()
        return pid if pid is not None and _serves(pid, self._data) else None

    def send(self, word: signal.Signals) -> None:
        """Signal the process that serves the folder, and no other that has got its number since."""
        pid = self.server()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, word)

    def neutralize(self, sockets: Path) -> None:
        """Write our own number into the lock files of a dead server, here and in the folder *sockets*.

        `postgres` refuses to start while the number that it finds is that of a process, unless it is its parent's. The
        file is not removed: its last line leads `postgres` to the shared memory, and to orphans that still use it.
        """
        for path in (self._path, sockets / f"{SOCKET}.lock"):
            lines = _lines(path)
            if _pid(lines) is None:
                path.unlink(missing_ok=True)  # empty, or zeros after a power loss: `postgres` would refuse it as well
            else:
                # In place: a disk without room takes no new file, and the old one stays with its owner.
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
    # A single-user postgres writes its own, negative. Of ten digits and more no process has one.
    number = lines[0].removeprefix("-") if lines else ""
    return int(number) or None if number.isascii() and number.isdigit() and len(number) < 10 else None


def _serves(pid: int, data: Path) -> bool:
    """Return whether *pid* is a `postgres` over *data*."""
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
        except (
            PermissionError
        ):  # of another user, and in a container root lacks the right to look: see how it was started
            return f"\0-D\0{data}\0".encode() in (process / "cmdline").read_bytes()
    except OSError:
        return False


def _name_and_state(process: Path) -> tuple[str, str]:
    """Return the name of its program and its state letter; a process that ended and was not waited for is `Z`."""
    head, _, rest = (process / "stat").read_text(errors="replace").rpartition(")")
    return head.partition("(")[2], rest.split()[0]
