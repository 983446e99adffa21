"""Adapters between callbacks and coroutines."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Done = Callable[[Any, Exception | None], None]
"""Called once: with the answer, or with None and the error. Does not raise."""
Operation = Callable[..., None]
"""Decides synchronously; then calls back with the answer or the error, now or later, or raises the error. Its last
positional argument is the `Done`."""


def begin(operation: Operation, done: Done) -> None:
    """Call *operation*; an error that it raises goes to *done* as well."""
    try:
        operation(done)
    except Exception as error:  # noqa: BLE001 - handed to the callback
        done(None, error)


def after(operation: Operation, done: Done) -> Done:
    """Return the callback of what *operation* waits for: it begins *operation*, or hands the error to *done*."""

    def call(_: Any, error: Exception | None) -> None:
        if error is None:
            begin(operation, done)
        else:
            done(None, error)

    return call


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


def awaitable(operation: Operation) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return *operation* as a coroutine function, for callers that are coroutines."""

    async def call(*args: Any, **kwargs: Any) -> Any:
        return await completed(lambda done: operation(*args, done, **kwargs))

    return call


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
