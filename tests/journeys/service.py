"""A real server in a process of its own, as an operator starts it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

START_S = 20
STOP_S = 30


class Service:
    """`rondo serve` over one database; can be killed and started again on the same port."""

    def __init__(self, dsn: str, folder: Path, **settings: Any) -> None:
        self.dsn = dsn
        self.port = 0
        self.log: list[dict[str, Any]] = []
        self._settings = {name: str(value) for name, value in settings.items()}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._reading: threading.Thread | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Return once the server listens."""
        await asyncio.to_thread(self.start_now)

    async def kill(self) -> None:
        """End the server as a power cut does."""
        await asyncio.to_thread(self.stop_hard)

    async def stop(self) -> int:
        """Ask the server to stop; return its exit code."""
        return await asyncio.to_thread(self.stop_now)

    def start_now(self) -> None:
        # Nothing of the environment that starts the tests decides what is tested.
        ours = ("RONDO_", "DATABASE_", "REDIS_", "PORT", "HOST")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        defaults = {"DATABASE_URL": self.dsn, "RONDO_DATA_DIR": str(self._folder), "RONDO_LOG": "json"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "server", "serve", "--host", "127.0.0.1", "--port", str(self.port)],
            env=kept | defaults | {"RONDO_MIRROR": "off"} | self._settings,
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        listening = threading.Event()
        self._reading = threading.Thread(target=self._read, args=(self._process, listening), daemon=True)
        self._reading.start()
        assert listening.wait(START_S), f"the server did not start: {self.log[-12:]}"
        assert self.is_running, f"the server did not start: {self.log[-12:]}"

    def stop_hard(self) -> None:
        """End the server as a power cut does."""
        self._end(signal.SIGKILL)

    def stop_now(self) -> int:
        return self._end(signal.SIGTERM)

    def faults(self) -> list[dict[str, Any]]:
        """Return what the log has said, since this was last asked, of things that must not happen."""
        lines, self.log = self.log, []
        return [line for line in lines if line.get("level") in ("error", "critical")]

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        assert self._reading is not None
        if self.is_running:
            self._process.send_signal(how)
        code = self._process.wait(STOP_S)
        self._reading.join()
        return code

    def _read(self, process: subprocess.Popen[bytes], listening: threading.Event) -> None:
        assert process.stdout is not None
        for raw in process.stdout:
            try:
                line = json.loads(raw)
            except ValueError:
                line = {"event": raw.decode(errors="replace").rstrip(), "level": "error"}
            self.log.append(line)
            if line.get("event") == "listening":
                self.port = line["port"]
                listening.set()
        listening.set()
