"""Which ends of calls a drill may expect its clients to be told of."""

import time

import pytest

from server.drill.checks.deadline_check import returned_after_end
from server.drill.clients.client_log import ClientLog, LogEntry, wall_ms

END = time.monotonic()


@pytest.mark.parametrize(
    ("returned_s", "in_room", "expected"), [(-1.0, True, False), (0.5, True, False), (1.0, False, True)]
)
def test_client_that_returned_after_the_end_was_told_by_its_welcome(
    returned_s: float, in_room: bool, expected: bool
) -> None:
    room = {"ends_at": wall_ms(END)}
    welcome = {"type": "welcome", "state": {"room": room if in_room else None}}
    log = ClientLog("ada", "Ada")
    frames: list[tuple[float, dict[str, object]]] = [
        (END - 60, {"type": "room.live", **room}),
        (END + returned_s, welcome),
    ]
    for at, frame in frames:
        log.entries.append(LogEntry(at, "heard", 1, frame))
    assert returned_after_end(log) is expected


def test_client_that_was_told_of_the_end_may_return_later() -> None:
    log = ClientLog("ada", "Ada")
    log.entries += [
        LogEntry(END - 60, "heard", 1, {"type": "room.live", "ends_at": wall_ms(END)}),
        LogEntry(END + 0.1, "heard", 1, {"type": "room.ended", "reason": "time_up"}),
        LogEntry(END + 1, "heard", 2, {"type": "welcome", "state": {"room": None}}),
    ]
    assert not returned_after_end(log)
