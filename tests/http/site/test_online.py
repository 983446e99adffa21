"""The public, rounded count of connected users."""

import pytest

from matchmaker.domain.clock import ManualClock
from server.observability.headcount import HELD_MS, Headcount, rounded
from server.observability.live_stats import ByMode, StatsSample
from tests.http.conftest import Caller


def point(connected: int) -> StatsSample:
    nobody = ByMode(video=0, text=0)
    return StatsSample(
        at=0, connected=connected, waiting=nobody, rooms=nobody, pairs=0, pairs_per_minute=0, time_to_pair_ms=None,
        resumed=0, fresh=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, 0),
        (9, 0),
        (10, 10),
        (19, 10),
        (99, 90),
        (100, 100),
        (119, 110),
        (999, 990),
        (1_234, 1_200),
        (98_765, 98_000),
    ],
)
def test_count_is_rounded_down(count: int, told: int) -> None:
    assert rounded(count) == told


def test_answer_is_cached_for_a_minute() -> None:
    clock, points = ManualClock(), [point(27)]
    headcount = Headcount(lambda: points, clock)
    assert headcount.people() == 20
    points.append(point(31))
    clock.advance(HELD_MS - 1)
    assert headcount.people() == 20
    clock.advance(1)
    assert headcount.people() == 30


def test_count_is_null_before_the_first_sample() -> None:
    assert Headcount(list, ManualClock()).people() == 0


async def test_endpoint_is_open_and_never_exact(anonymous: Caller, ada: Caller) -> None:
    socket = await ada.connect()
    reply = await anonymous.get("/v1/online")
    assert (reply.status, reply.body) == (200, {"people": 0})
    await socket.close()
