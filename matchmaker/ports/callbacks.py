"""Adapters between callbacks and coroutines."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Done = Callable[[Any, Exception | None], None]
"""Called once: with the answer, or with None and the error. Does not raise."""


async def completed(start: Callable[[Done], None]) -> Any:
    """Call *start* with a callback; return what the callback is called with, or raise its error."""
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def done(result: Any, error: Exception | None) -> None:
        if answer.done():
            return  # the caller was cancelled
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)

    start(done)
    return await answer


def spawn(work: Coroutine[Any, Any, Any], done: Done) -> asyncio.Task[None]:
    """Run *work* in a task; then call *done* with its result or error, unless it was cancelled."""

    async def run() -> None:
        try:
            answer = await work
        except Exception as error:  # noqa: BLE001 - handed to the caller
            done(None, error)
        else:
            done(answer, None)

    return asyncio.get_running_loop().create_task(run())
