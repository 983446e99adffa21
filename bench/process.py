"""Processes of servers: started on one core, their CPU and memory read from /proc."""

import os
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SERVER_CORE, LOAD_CORE = 0, 1
DATABASE_CORE = 2 if (os.cpu_count() or 1) > 2 else LOAD_CORE
"""Where the database runs when it does not share the core of the server: without a third core, on that of the load."""
START_S, STOP_S = 60.0, 40.0
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def pin(core: int, pid: int = 0) -> None:
    """Pin a process (0: this one) and its later children to one core; a machine with one core keeps all there."""
    os.sched_setaffinity(pid, {core % (os.cpu_count() or 1)})


def raise_files() -> None:
    """Raise the limit of open files as far as possible: 10,000 sockets at each end."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process, user and system."""
    return sum(int(ticks) for ticks in _stat(pid)[11:13]) * _TICK_S


def fine_cpu_s(pid: int) -> float:
    """Return the CPU seconds of the main thread of a process, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def family_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process, of its children, and of those it has waited for."""
    _, *children = family(pid)
    return cpu_s(pid) + sum(int(ticks) for ticks in _stat(pid)[13:15]) * _TICK_S + sum(map(_cpu_or_gone, children))


def family(pid: int) -> list[int]:
    """Return a process, and after it its children."""
    return [pid, *(other for other in _processes() if _parent(other) == pid)]


def rss_bytes(pid: int) -> int:
    """Return the resident memory of a process that is its own, without pages of files."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no RssAnon for process {pid}")


@contextmanager
def running(
    command: list[str], *, port: int, log: Path, env: Mapping[str, str] | None = None, folder: Path | None = None
) -> Iterator[int]:
    """Run a server in *folder* on its core until the block ends, and leave this process on the other; give the
    server's pid once its port answers.

    Raises:
        ChildProcessError: it ended, or did not listen in time; the end of its log is in the message.
    """
    pin(SERVER_CORE)
    try:
        with log.open("ab") as out:
            server = subprocess.Popen(
                command,
                env={**os.environ, **(env or {})},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
    finally:
        pin(LOAD_CORE)
    try:
        _wait_for(server, port, log)
        yield server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise ChildProcessError(f"{server.args!r} does not listen:\n{log.read_text()[-2000:]}")


def _stat(pid: int) -> list[str]:
    # The name in parentheses may hold spaces; proc(5) counts state, the first field after it, as number 3.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int:
    try:
        return int(_stat(pid)[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _cpu_or_gone(pid: int) -> float:
    try:
        return cpu_s(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
