"""`rondo mirror`."""

import asyncio
import os
import sys

import msgspec

from server.config.loader import load
from server.mirror.child import run_mirrors, yield_to_the_server
from server.runtime import logs


def run(url: str) -> None:
    """Let mirrors stand behind the tokens that standard input begins with, a JSON list on one line, until it ends.

    Raises:
        ConfigError: at least one setting is wrong.
    """
    yield_to_the_server()
    logs.configure(load(os.environ))
    asyncio.run(run_mirrors(url, msgspec.json.decode(sys.stdin.readline(), type=list[str])))
