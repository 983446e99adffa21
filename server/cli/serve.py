"""`rondo serve`."""

import asyncio
from collections.abc import Mapping

import uvloop

from server.cli.environment import load_settings
from server.config.extras import require
from server.config.settings import Settings
from server.runtime import logs
from server.runtime.descriptors import raise_limit


def run(flags: Mapping[str, str | None], *, tie: int | None = None, siblings: str | None = None) -> None:
    """Serve until a signal, or, as one of several workers, until the parent closes the other end of the pipe *tie*.

    *siblings*: how the ids of all workers of that parent begin, behind their names.

    Raises:
        StartupError: the server could not start.
    """
    settings = _checked_settings(flags)
    logs.configure(settings)
    raise_limit()
    # After the check of the settings, so that an invalid one is reported first.
    from server.lifecycle import serve
    from server.runtime.workers import tie_to_parent

    async def serve_tied(fd: int) -> None:
        await serve(settings, on_ready=tie_to_parent(fd), siblings=siblings)

    uvloop.run(serve(settings) if tie is None else serve_tied(tie))


def run_workers(flags: Mapping[str, str | None], count: int) -> None:
    """Run *count* processes on one port until a signal.

    Raises:
        StartupError: they could not be started.
    """
    settings = _checked_settings(flags)
    logs.configure(settings)
    from server.runtime.workers import supervise

    asyncio.run(supervise(settings, count))


def _checked_settings(flags: Mapping[str, str | None]) -> Settings:
    """Return the settings.

    Raises:
        StartupError: at least one is invalid, or needs an extra that is not installed.
    """
    settings = load_settings(flags).settings
    if settings.has_mirror:
        require("mirror", "the mirror", otherwise=", or set RONDO_MIRROR=off")
    return settings
