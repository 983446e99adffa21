"""Supervision of the mirror process: restarted when it ends, without affecting the server."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import structlog

import server

STOP_S = 2.0
"""How long the mirrors may take to stop; then they are killed."""
BACKOFF_S = (0.5, 60.0)
"""First and longest delay before a restart."""
PROVEN_S = 60.0
"""A process that ran for this long resets the delay."""
ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "RONDO_LOG")
"""The inherited environment. No secrets: the process decodes input of clients."""

log = structlog.get_logger()


class MirrorSupervisor:
    """Starts the mirrors once the server listens, restarts them when they end, and stops them
    before the server stops.
    """

    def __init__(self, admit: Callable[[], Awaitable[Sequence[str]]]) -> None:
        """*admit* returns new tokens, one for each mirror."""
        self._admit = admit
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Id of the running process."""
        return None if self._process is None else self._process.pid

    def start(self, page: str) -> None:
        """Start the process, without waiting; *page* is the URL of the server for this machine.

        Call it in the main thread: Linux ends the child with the thread that created it.
        """
        self._task = asyncio.create_task(self._keep(page.replace("http", "ws", 1) + "v1/ws"))

    async def stop(self) -> None:
        """Stop the mirrors and wait until they have ended, 2 s at most; the next server recovers their rooms."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))

    async def _keep(self, url: str) -> None:
        tokens: Sequence[str] = ()
        pause, longest = BACKOFF_S
        while True:
            since = time.monotonic()
            try:
                tokens = tokens or await self._admit()
                code = await self._run(url, tokens)
            except Exception as error:  # noqa: BLE001 - without mirrors the server is as good as with them
                why = repr(error)
            else:
                why = f"exit code {code}"
                if code == 0:
                    log.info("mirrors_dismissed")
                    return
            if time.monotonic() - since > PROVEN_S:
                pause = BACKOFF_S[0]
            log.warning("mirrors_missing", reason=why, again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(longest, pause * 2)

    async def _run(self, url: str, tokens: Sequence[str]) -> int:
        """Run the process until it ends or this is cancelled; return its exit code."""
        root = Path(server.__file__).parents[1]
        environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "server", "mirror", "--url", url),
            env=environment | {"PYTHONPATH": str(root)},
            stdin=asyncio.subprocess.PIPE,
            # A session of its own: Ctrl-C on the terminal is forwarded by the server.
            start_new_session=True,
        )
        assert process.stdin is not None
        try:
            # Not in the arguments, which every user of the machine can read.
            process.stdin.write(msgspec.json.encode(tokens) + b"\n")
            log.info("mirrors_started", pid=process.pid, count=len(tokens))
            return await process.wait()
        finally:
            process.stdin.close()
            await _ends(process)
            self._process = None


async def _ends(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), STOP_S)
        return
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
