"""`rondo mirror`."""

import asyncio
import os
import sys

import msgspec

from server import logs
from server.config import load
from server.mirror.child import stand, yield_to_the_server


def run(url: str) -> None:
    """Let mirrors stand behind the tokens that standard input begins with, a JSON list on one line, until it ends.

    Raises:
        ConfigError: at least one setting is wrong.
    """
    yield_to_the_server()
    logs.configure(load(os.environ))
    asyncio.run(stand(url, msgspec.json.decode(sys.stdin.readline(), type=list[str])))
