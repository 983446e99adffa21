"""A real server in a process of its own, as an operator starts it."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

START_S = 20


class Service:
    """`rondo serve` over one database; can be killed and started again on the same port."""

    def __init__(self, dsn: str, folder: Path, **settings: Any) -> None:
        self.dsn = dsn
        self.port = 0
        self.log: list[dict[str, Any]] = []
        self._settings = {name: str(value) for name, value in settings.items()}
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Return once the server listens."""
        # Nothing of the environment that starts the tests decides what is tested.
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("RONDO_", "DATABASE_", "REDIS_"))
        }
        environment = kept | {
            "DATABASE_URL": self.dsn,
            "RONDO_DATA_DIR": str(self._folder),
            "RONDO_LOG": "json",
            "RONDO_MIRROR": "off",
            **self._settings,
        }
        self._listening.clear()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.cli", "serve", "--host", "127.0.0.1", "--port", str(self.port),
            env=environment, cwd=Path(__file__).parents[2],
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(self._process))
        waiting = asyncio.create_task(self._listening.wait())
        await asyncio.wait({waiting, self._reading}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        assert self._listening.is_set(), f"the server did not start: {self.log[-12:]}"

    async def kill(self) -> None:
        """End the server as a power cut does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask the server to stop; return its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        code = await asyncio.wait_for(self._process.wait(), 30)
        if self._reading is not None:
            await self._reading
        return code

    def faults(self) -> list[dict[str, Any]]:
        """Return what the log says of things that must not happen."""
        return [line for line in self.log if line.get("level") in ("error", "critical")]

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for raw in process.stdout:
            try:
                line = json.loads(raw)
            except ValueError:
                line = {"event": raw.decode(errors="replace").rstrip(), "level": "error"}
            self.log.append(line)
            if line.get("event") == "listening":
                self.port = line["port"]
                self._listening.set()
