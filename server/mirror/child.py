"""The process of the mirrors: it yields to the server in everything, and ends with it."""

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
"""Pairing goes before pictures; more, and on a busy machine a call would not find its mirror again in time."""
MEMORY_MAX = 2 << 30
"""Address space in bytes; three calls take a third of it."""
PR_SET_PDEATHSIG = 1


def yield_to_the_server() -> None:
    """Let this process lose every contest with the server, and never outlive it."""
    os.nice(NICENESS)
    if sys.platform == "linux":
        # The end of standard input is the gentle way; this one also works when the loop hangs.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # What strangers send is decoded here, of any size they like. What is short of memory then is this process.
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")


async def run_mirrors(url: str, tokens: Sequence[str]) -> None:
    """Let a mirror stand behind each token until standard input ends, or the server wants none of them any more."""
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
