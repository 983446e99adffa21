"""The log of an outage: a line for each reason, and one for its end."""

import structlog.testing

from server.runtime.outage import LATE_S, Outage


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


def test_late_fault_counts_at_the_second_look() -> None:
    """A process that stood still finds its own timeouts over, whether or not the store has answered."""
    outage = Outage[str]("redis_lost", "redis_restored")
    late = LATE_S + 0.01
    assert outage.record("unreachable", late_s=late), "never was a look good"
    outage.record(None)
    with structlog.testing.capture_logs() as lines:
        assert not outage.record("unreachable", late_s=late)
        assert outage.record(None)
        assert not outage.record("unreachable", late_s=late)
        assert outage.fault is None
        assert lines == []
        assert outage.record("unreachable", late_s=late)
        assert outage.fault == "unreachable"
        outage.record(None)
        assert outage.record("unreachable", late_s=LATE_S)
    assert [line["event"] for line in lines] == ["redis_lost", "redis_restored", "redis_lost"]
