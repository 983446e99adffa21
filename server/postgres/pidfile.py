"""`postmaster.pid`: who serves a data folder, and whether they are ready (PostgreSQL's `pidfile.h` has its lines)."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

STATUS_LINE = 7
HAS_PROC = Path("/proc/self/cwd").exists()


class Pidfile:
    """The file that a running `postgres` keeps in its data folder, and that a killed one leaves there."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._path = data / "postmaster.pid"

    def lines(self) -> list[str]:
        """Return its lines, none when there is no file."""
        try:
            return [line.strip() for line in self._path.read_text().splitlines()]
        except FileNotFoundError:
            return []

    def pid(self) -> int | None:
        """Return the process id in it."""
        lines = self.lines()
        # A single-user postgres writes its own, negative.
        return abs(int(lines[0])) if lines and lines[0].lstrip("-").isdigit() else None

    def is_ready(self, pid: int) -> bool:
        """Tell whether process *pid* wrote it and accepts connections."""
        lines = self.lines()
        return len(lines) > STATUS_LINE and lines[0] == str(pid) and lines[STATUS_LINE] == "ready"

    def server(self) -> int | None:
        """Return the process that serves the folder: named in the file, alive, and really a server of it."""
        pid = self.pid()
        return pid if pid is not None and _serves(pid, self._data) else None

    def send(self, word: signal.Signals) -> None:
        """Signal the process that serves the folder, and no other that got its number meanwhile."""
        pid = self.server()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, word)

    def drop_reused(self) -> None:
        """Remove a file whose process number belongs to somebody else by now: `postgres` would refuse to start.

        One whose process is gone is left to `postgres`, which first looks for orphans of it by the file's last line.
        """
        pid = self.pid()
        if pid is not None and _is_alive(pid) and self.server() is None:
            self._path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _serves(pid: int, data: Path) -> bool:
    """Tell whether *pid* is a `postgres` over *data*: it works inside its data folder."""
    try:
        if HAS_PROC:
            return Path(f"/proc/{pid}/cwd").samefile(data) and _state(pid) != "Z"
        says = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    except OSError:
        return False
    return f"-D {data}" in says.stdout


def _state(pid: int) -> str:
    """Return the state letter of a process; the dead that nobody has buried are `Z`."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
