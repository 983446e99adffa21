"""Loops that run as long as the process."""

import asyncio

import pytest

from matchmaker.domain.errors import Unavailable
from server.runtime.background import REST_S, keep_running


async def test_loop_starts_again_after_each_exception_and_outages_are_no_faults() -> None:
    errors: list[Exception] = [ValueError("a bug"), Unavailable(), KeyError("another")]
    faults: list[Exception] = []
    ran = asyncio.Event()

    async def loop() -> None:
        if errors:
            raise errors.pop(0)
        ran.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(keep_running(loop, faults.append))
    async with asyncio.timeout(20 * REST_S):
        await ran.wait()
    assert [type(fault) for fault in faults] == [ValueError, KeyError]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
