"""`rondo serve`."""

from collections.abc import Mapping

import uvloop

from server import logs
from server.cli.surroundings import look


def run(flags: Mapping[str, str | None]) -> None:
    """Serve until told to stop.

    Raises:
        StartupError: the server could not start.
    """
    settings = look(flags).settings
    logs.configure(settings)
    # After the look at the settings: a typing mistake is told at once.
    from server.lifecycle import serve

    uvloop.run(serve(settings))
