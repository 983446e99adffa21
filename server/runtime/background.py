"""Loops that run as long as the process: an unexpected exception is reported, and does not end them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from matchmaker.domain.errors import Unavailable

REST_S: Final = 0.5
"""Time after an exception before a loop is started again: no longer than a heartbeat may be late."""


async def attempt(work: Callable[[], Awaitable[object]], on_fault: Callable[[Exception], None]) -> None:
    """Run *work*. `Unavailable` is ignored, as outages are reported where they are noticed; *on_fault* gets any other
    exception.
    """
    try:
        await work()
    except Unavailable:
        pass
    except Exception as fault:  # noqa: BLE001 - reported to the operator
        on_fault(fault)


async def keep_running(loop: Callable[[], Awaitable[object]], on_fault: Callable[[Exception], None]) -> None:
    """Run *loop* until cancelled; start it again after each exception, which *on_fault* gets."""
    while True:
        await attempt(loop, on_fault)
        await asyncio.sleep(REST_S)
