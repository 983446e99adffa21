"""Whose clock is right."""

import pytest

from server.doctor.clock_skew import ClockReading, ahead_ms, judge


def test_clock_is_read_in_the_middle_of_a_round_trip() -> None:
    assert ahead_ms(1_000, 1_050, 1_100) == 0
    assert ahead_ms(1_000, 3_050, 1_100) == 2_000


@pytest.mark.parametrize(
    ("ahead", "round_trip", "state"),
    [(0, 0, "ok"), (500, 0, "ok"), (-500, 0, "ok"), (501, 0, "fail"), (-501, 0, "fail"), (2_000, 0, "fail"),
     (600, 400, "ok"), (3_000, 5_200, "ok"), (-86_400_000, 10, "fail")],
)  # fmt: skip
def test_severity_of_a_difference(ahead: float, round_trip: float, state: str) -> None:
    assert judge("Redis", ahead, round_trip_ms=round_trip).state == state


def test_direction_of_a_difference() -> None:
    assert judge("Redis", 3_000, round_trip_ms=1).found == "this machine's is 3.0 s behind that of Redis"
    assert judge("Redis", -700, round_trip_ms=1).found == "this machine's is 700 ms ahead of that of Redis"


def test_clock_of_the_service_counts() -> None:
    good, bad = ClockReading(ahead_ms=3_000, round_trip_ms=1), ClockReading(ahead_ms=-4_000, round_trip_ms=1)
    assert judge("Redis", 3_000, round_trip_ms=1, service=good).state == "ok"
    found = judge("Redis", 0, round_trip_ms=1, service=bad)
    assert (found.state, found.found) == ("fail", "the service's is 4.0 s behind that of Redis")
