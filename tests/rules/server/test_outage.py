"""The log of an outage: a line for each reason, and one for its end."""

import structlog.testing

from server.runtime.outage import Outage


def test_each_reason_of_an_outage_is_logged_once() -> None:
    outage = Outage[str]("redis_lost", "redis_restored")
    with structlog.testing.capture_logs() as lines:
        for fault in (None, "unreachable", "unreachable", "loading", "loading", None, None):
            outage.record(fault)
            assert outage.fault == fault
    assert [(line["event"], line["reason"]) for line in lines] == [
        ("redis_lost", "unreachable"),
        ("redis_lost", "loading"),
        ("redis_restored", "loading"),
    ]
