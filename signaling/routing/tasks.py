"""Tasks that run to their end, and that a process waits for before it stops."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """What is under way. A task is never cancelled while the process serves."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run *work* to its end."""
        return self.keep(asyncio.get_running_loop().create_task(work))

    def keep(self, task: asyncio.Task[None]) -> asyncio.Task[None]:
        """Wait for *task* in `finished`; return it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finished(self) -> None:
        """Return once nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)
