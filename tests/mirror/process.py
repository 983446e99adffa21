"""Waiting for a process that is not our child."""

import asyncio
import os

PATIENCE_S = 15


async def ended(pid: int) -> None:
    """Return once the process has ended, even if it was not waited for."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(descriptor, over.set)
    try:
        await asyncio.wait_for(over.wait(), PATIENCE_S)
    finally:
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
