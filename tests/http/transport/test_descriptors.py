"""Running out of descriptors is one line, one line when it is over, and a count; over real sockets."""

import asyncio
import resource
import socket
from pathlib import Path

from structlog.testing import capture_logs

from server.app import App
from server.runtime.descriptors import descriptors
from tests.http.conftest import Caller
from tests.http.site.test_metrics import samples


async def test_exhausted_descriptors_are_logged_once_and_counted(app: App, base: str, anonymous: Caller) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (max(int(one.name) for one in Path("/proc/self/fd").iterdir()) + 40, before[1])
    )
    limit = descriptors()
    watch = app.listeners.connections.descriptors
    hogs: list[socket.socket] = []
    try:
        with capture_logs() as logged:
            try:
                while True:
                    hogs.append(socket.socket())
            except OSError:
                pass
            async with asyncio.timeout(10):
                while watch.exhausted < 2:  # noqa: ASYNC110 - a second each
                    await asyncio.sleep(0.05)
            for one in hogs:
                one.close()
            async with asyncio.timeout(10):
                while not any(line["event"] == "descriptors_available" for line in logged):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
    finally:
        for one in hogs:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    exhausted, available = (line for line in logged if line["event"].startswith("descriptors_"))
    assert (exhausted["log_level"], exhausted["reason"], exhausted["limit"]) == ("error", "process", limit)
    assert available["outage_s"] >= 1
    assert (await samples(anonymous))["rondo_descriptors_exhausted_total",] >= 2
