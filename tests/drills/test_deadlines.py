"""Which ends of calls a drill may expect its clients to be told of."""

import time

import pytest

from server.drill.checks.deadline_check import returned_after_end
from server.drill.clients.client_log import ClientLog, LogEntry

END = time.monotonic()


@pytest.mark.parametrize(
    ("returned_s", "in_room", "expected"), [(-1.0, True, False), (0.5, True, False), (1.0, False, True)]
)
def test_client_that_returned_after_the_end_was_told_by_its_welcome(
    returned_s: float, in_room: bool, expected: bool
) -> None:
    room = {"ends_at": time.time() * 1_000}
    welcome = {"type": "welcome", "state": {"room": room if in_room else None}}
    log = ClientLog("ada", "Ada")
    frames: list[tuple[float, dict[str, object]]] = [
        (END - 60, {"type": "room.live", **room}),
        (END + returned_s, welcome),
    ]
    for at, frame in frames:
        log.entries.append(LogEntry(at, "heard", 1, frame))
    assert returned_after_end(log) is expected
