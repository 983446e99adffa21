"""Several processes on one port of a machine: a parent that starts them, replaces those that die, and stops them.

starting ─listens→ serving ─ends→ resting ─backoff→ starting        on SIGTERM: all are signalled, and waited for
"""

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Final

import structlog

from server.config.errors import StartupError
from server.config.settings import Settings
from server.runtime.listener import reserve
from server.runtime.stop_signals import stop_signals

REST_S: Final = (0.5, 15.0)
"""Delay before a dead worker is replaced: initial and maximum; doubled each time it ends soon after its start."""
YOUNG_S: Final = 30.0
PATIENCE_S: Final = 5.0
"""How much longer than the drain time a worker may take to end; then it is killed."""
TIE: Final = "--tie"
SIBLINGS: Final = "--siblings"
SIBLINGS_BYTES: Final = 3
PORT_MAX: Final = 65_535

log = structlog.get_logger()


class Worker:
    """One slot of the workers, and the process that currently has it."""

    def __init__(self, number: int, settings: Settings, address: tuple[str, int], siblings: str) -> None:
        """*siblings*: how the ids of all workers of this parent begin, behind their names."""
        self.number = number
        self.has_served = False
        self._settings = settings
        self._address = address
        self._siblings = siblings
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    async def keep(self) -> int:
        """Keep a process in this slot until stopped; return the exit code of the last one."""
        rest_s = REST_S[0]
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            reason = None
            try:
                code = await self._run()
            except OSError as error:  # no memory, no descriptor, no process
                code, reason = 1, error.strerror
            if self._stopping.is_set():
                # This signal ends a worker that has not begun to handle it, and that no user is connected to.
                return 0 if code == -signal.SIGTERM else code
            if code > 0 and not self.has_served and reason is None:
                return code
            rest_s = REST_S[0] if loop.time() - began > YOUNG_S else min(2 * rest_s, REST_S[1])
            if reason is None:
                log.warning("worker_lost", worker=self.number, code=code, again_in_s=rest_s)
            else:
                log.warning("worker_not_started", worker=self.number, reason=reason, again_in_s=rest_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._stopping.wait()
                    return 0

    def stop(self, word: signal.Signals) -> None:
        """Forward a signal; workers are not replaced after it."""
        self._stopping.set()
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(word)

    async def _run(self) -> int:
        """Run one process, from its start to its end."""
        host, port = self._address
        ours, theirs = socket.socketpair()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "server", "serve", "--host", host, "--port", str(port)),
                *(TIE, str(theirs.fileno()), SIBLINGS, self._siblings),
                env=environment(os.environ, self._settings, self.number, port=port),
                pass_fds=(theirs.fileno(),),
                # A session of its own: Ctrl-C on the terminal is forwarded by the parent, once.
                start_new_session=True,
            )
        finally:
            theirs.close()
        with ours:
            asyncio.get_running_loop().add_reader(ours, self._hear, ours)
            try:
                if self._stopping.is_set():
                    self.stop(signal.SIGTERM)
                return await self._process.wait()
            finally:
                asyncio.get_running_loop().remove_reader(ours)

    def _hear(self, ours: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(ours)
        self.has_served = bool(ours.recv(1)) or self.has_served


async def supervise(settings: Settings, count: int) -> None:
    """Run *count* processes that serve on one port until SIGTERM, SIGINT or SIGHUP; return once they have all ended.

    Raises:
        StartupError: they cannot be started, or none of them could serve; they have printed why.
    """
    require_supported(settings, count)
    with ExitStack() as stack:
        held = stack.enter_context(reserve(settings.host, settings.port, shared=settings.take_over))
        address = (settings.host, held.getsockname()[1])
        # Workers share every port that they are given: only this shows that another process, or the public one, has it.
        for port in ops_ports(settings, count):
            stack.enter_context(reserve(settings.ops_host, port, shared=settings.take_over, prefix="RONDO_OPS_"))
        siblings = secrets.token_hex(SIBLINGS_BYTES)
        workers = [Worker(number, settings, address, siblings) for number in range(count)]
        keeping = {asyncio.create_task(worker.keep()): worker for worker in workers}
        loop = asyncio.get_running_loop()
        for word in stop_signals():
            loop.add_signal_handler(word, _stop, workers, settings.drain_s)
        log.info("workers", count=count, port=address[1], pid=os.getpid())
        codes: list[int] = []
        while keeping:
            done, _ = await asyncio.wait(keeping, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                worker = keeping.pop(task)
                codes.append(await task)
                if not worker.has_served and codes[-1] != 0:
                    # A fault that keeps one from starting affects all: it has printed the reason.
                    _stop(workers, settings.drain_s)
        if any(not worker.has_served for worker in workers) and any(codes):
            raise StartupError("a worker could not start: its error is above")
        if any(codes):
            raise StartupError(f"not every worker ended cleanly: exit codes {sorted(codes)}")
    log.info("stopped")


def ops_ports(settings: Settings, count: int) -> range:
    """Return the ports for operators of *count* workers; none if none is set, or each takes a free one."""
    return range(settings.ops_port, settings.ops_port + count) if settings.ops_port else range(0)


def require_supported(settings: Settings, count: int) -> None:
    """Check that the settings allow *count* processes.

    Raises:
        StartupError: a shared component is missing, or there are not enough ports.
    """
    if settings.redis_url is None:
        raise StartupError("--workers needs REDIS_URL: it connects the processes")
    if settings.embedded:
        raise StartupError("--workers needs DATABASE_URL: the embedded database belongs to one process")
    if (settings.ops_port or 0) + count - 1 > PORT_MAX:
        raise StartupError(
            f"RONDO_OPS_PORT={settings.ops_port}: {count} workers need that port and the {count - 1} after it, and "
            f"{PORT_MAX} is the last"
        )


def environment(environ: Mapping[str, str], settings: Settings, number: int, *, port: int) -> dict[str, str]:
    """Return the environment of a worker: its own node name and port for operators; *port* is shared."""
    own = {"RONDO_DATA_DIR": str(settings.data_dir), "RONDO_TAKE_OVER": "on"}
    own["RONDO_NODE"] = f"{settings.node or f'{socket.gethostname()}:{port}'}.{number}"
    if settings.ops_port:
        own["RONDO_OPS_PORT"] = str(settings.ops_port + number)
    return {**environ, **own}


def _stop(workers: list[Worker], drain_s: float) -> None:
    loop = asyncio.get_running_loop()
    for worker in workers:
        worker.stop(signal.SIGTERM)
        loop.call_later(drain_s + PATIENCE_S, worker.stop, signal.SIGKILL)


def tie_to_parent(fd: int) -> Callable[[], None]:
    """Shut down when the parent, at the other end of *fd*, ends; return the function that reports to it that this
    worker serves.
    """
    tie, loop = socket.socket(fileno=fd), asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(tie)
        os.kill(os.getpid(), signal.SIGTERM)

    def report() -> None:
        with suppress(OSError):
            tie.send(b".")

    loop.add_reader(tie, end)
    return report
