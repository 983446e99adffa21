"""An event loop with virtual time: it advances when no task is ready. Real asyncio code, seconds in microseconds."""

import asyncio
import selectors
from typing import Any


class _Selector(selectors.SelectSelector):
    """Advances the time of the loop instead of waiting."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing will ever happen again")
        self.loop.at += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Deterministic: tasks run in the order in which they became ready."""

    def __init__(self) -> None:
        selector = _Selector()
        self.at = 0.0
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.at


def run(main: Any) -> Any:
    """Run *main* to its end on a loop of its own."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()
