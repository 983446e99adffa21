"""Long-running commands: on a signal, they clean up before they exit."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import click

Result = TypeVar("Result")


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of *work*; after SIGTERM or Ctrl-C it is cancelled, and the exit code is 143 or 130."""
    told: list[signal.Signals] = []

    async def heed() -> Result:
        task = asyncio.ensure_future(work)

        def stop(word: signal.Signals) -> None:
            told.append(word)
            task.cancel()

        for word in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(word, stop, word)
        return await task

    try:
        return asyncio.run(heed())
    except asyncio.CancelledError:
        if not told:
            raise
        click.echo("rondo: stopped", err=True)
        sys.exit(128 + told[0])
