"""The process of the mirrors: at lower priority than the server, and ended with it."""

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from server.mirror.mirror import Mirror

NICENESS = 5
"""Pairing has priority over video; at a higher value, a call on a busy machine would not recover its mirror in time."""
MEMORY_MAX = 2 << 30
"""Address space in bytes; three calls take a third of it."""
PR_SET_PDEATHSIG = 1


def yield_to_the_server() -> None:
    """Lower this process's priority and limits below the server's, and end it with the server."""
    os.nice(NICENESS)
    if sys.platform == "linux":
        # The end of standard input is the regular way; this one also works when the loop is blocked.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # Input of clients is decoded here, of any size. If memory runs out, it is for this process.
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")


async def run_mirrors(url: str, tokens: Sequence[str]) -> None:
    """Run one mirror per token until standard input ends, or the server closes all of them for good."""
    async with aiohttp.ClientSession() as session:
        standing = asyncio.create_task(_run_mirrors(url, tokens, session))
        leaving = asyncio.create_task(_end_of_input())
        await asyncio.wait((standing, leaving), return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        standing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await standing


async def _run_mirrors(url: str, tokens: Sequence[str], session: aiohttp.ClientSession) -> None:
    async with asyncio.TaskGroup() as mirrors:
        for token in tokens:
            mirrors.create_task(Mirror(url, token).run(session))


async def _end_of_input() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1 << 10):
        pass
