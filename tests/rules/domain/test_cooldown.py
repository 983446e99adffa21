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
def test_invite_outcome_sets_the_cooldown(outcome: Outcome, window: int | None) -> None:
    assert cooldown.after_invite(outcome, now=NOW, rules=RULES) == (None if window is None else NOW + window)


@pytest.mark.parametrize(
    "reason", ["hangup", "next", "time_up", "torch", "grace_expired", "blocked", "reported", "banned", "deleted"]
)
def test_every_room_end_sets_24_hours(reason: Reason) -> None:
    for mode in ("text", "video"):
        assert cooldown.after_room(room(mode), reason, now=NOW, rules=RULES) == NOW + 24 * HOUR


def test_failed_call_sets_one_hour_from_its_start() -> None:
    later = NOW + 25_000
    assert cooldown.after_room(room("video"), "connect_failed", now=later, rules=RULES) == NOW + HOUR


def test_failed_call_sets_24_hours_if_one_side_had_media() -> None:
    for user in (ADA, BOB):
        ready = room_transitions.ready(room("video"), by=user, now=NOW).room
        assert cooldown.after_room(ready, "connect_failed", now=NOW + 5, rules=RULES) == NOW + 5 + 24 * HOUR


def test_failed_call_never_extends_its_cooldown() -> None:
    short = Timing(cooldown_ms=60_000)
    assert cooldown.after_room(room("video", rules=short), "connect_failed", now=NOW, rules=short) == NOW + 60_000


def test_room_end_never_shortens_the_opening_cooldown() -> None:
    assert cooldown.after_room(room(), "hangup", now=NOW, rules=Timing(cooldown_ms=5)) == NOW + 24 * HOUR


def test_failed_call_after_text_counts_as_meeting() -> None:
    upgraded = replace(room("video"), talked_ms=1)
    assert cooldown.after_room(upgraded, "connect_failed", now=NOW, rules=RULES) == NOW + 24 * HOUR


def test_mirror_room_writes_no_cooldown() -> None:
    for reason in ("hangup", "connect_failed"):
        assert cooldown.after_room(room("video", mirror=True), reason, now=NOW, rules=RULES) is None


def test_opening_writes_24_hours_except_with_the_mirror() -> None:
    assert room().cooldown_until == cooldown.at_opening(now=NOW, rules=RULES) == NOW + 24 * HOUR
    assert room("video", mirror=True).cooldown_until is None
