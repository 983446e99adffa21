import pytest
from msgspec.structs import replace

from matchmaker.domain import cooldown, room_transitions
from matchmaker.domain.invite import Outcome
from matchmaker.domain.room import Reason
from matchmaker.domain.timing import Timing
from tests.support.builders import ADA, BOB, NOW, RULES, room

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("outcome", "window"),
    [("declined", 24 * HOUR), ("cancelled", HOUR), ("expired", None), ("unavailable", None), ("accepted", None)],
)
def test_what_the_end_of_an_invite_costs(outcome: Outcome, window: int | None) -> None:
    assert cooldown.after_invite(outcome, now=NOW, rules=RULES) == (None if window is None else NOW + window)


@pytest.mark.parametrize(
    "reason", ["hangup", "next", "time_up", "torch", "grace_expired", "blocked", "reported", "banned", "deleted"]
)
def test_every_room_costs_a_day(reason: Reason) -> None:
    for mode in ("text", "video"):
        assert cooldown.after_room(room(mode), reason, now=NOW, rules=RULES) == NOW + 24 * HOUR


def test_a_failed_call_costs_one_hour_from_its_start() -> None:
    later = NOW + 25_000
    assert cooldown.after_room(room("video"), "connect_failed", now=later, rules=RULES) == NOW + HOUR


def test_a_failed_call_costs_a_day_once_either_side_was_ready() -> None:
    for user in (ADA, BOB):
        ready = room_transitions.ready(room("video"), by=user, now=NOW).room
        assert cooldown.after_room(ready, "connect_failed", now=NOW + 5, rules=RULES) == NOW + 5 + 24 * HOUR


def test_a_failed_call_never_lengthens_its_cooldown() -> None:
    short = Timing(cooldown_ms=60_000)
    assert cooldown.after_room(room("video", rules=short), "connect_failed", now=NOW, rules=short) == NOW + 60_000


def test_an_end_never_tells_less_than_was_written_at_the_opening() -> None:
    assert cooldown.after_room(room(), "hangup", now=NOW, rules=Timing(cooldown_ms=5)) == NOW + 24 * HOUR


def test_a_call_that_failed_after_the_two_had_talked_by_text_has_been_a_meeting() -> None:
    upgraded = replace(room("video"), talked_ms=1)
    assert cooldown.after_room(upgraded, "connect_failed", now=NOW, rules=RULES) == NOW + 24 * HOUR


def test_the_mirror_costs_nothing() -> None:
    for reason in ("hangup", "connect_failed"):
        assert cooldown.after_room(room("video", mirror=True), reason, now=NOW, rules=RULES) is None


def test_a_day_is_written_when_a_room_opens_but_not_with_the_mirror() -> None:
    assert room().cooldown_until == cooldown.at_opening(now=NOW, rules=RULES) == NOW + 24 * HOUR
    assert room("video", mirror=True).cooldown_until is None
