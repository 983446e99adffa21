"""`rondo mirror`."""

import asyncio
import os
import sys

import msgspec

from server.config.loader import load
from server.mirror.child import run_mirrors, yield_to_the_server
from server.runtime import logs


def run(url: str) -> None:
    """Run mirrors with the tokens on the first line of standard input, a JSON list, until standard input ends.

    Raises:
        ConfigError: at least one setting is invalid.
    """
    yield_to_the_server()
    logs.configure(load(os.environ))
    asyncio.run(run_mirrors(url, msgspec.json.decode(sys.stdin.readline(), type=list[str])))
