"""Calls between friends: the limit of unanswered ones, and the course of their rooms."""

import pytest

from matchmaker import course
from matchmaker.calling import CALL
from matchmaker.cooldown import after_room
from matchmaker.friend_call import UnansweredCalls
from matchmaker.ids import InviteId, RoomId, UserId
from matchmaker.invite import Invite, Party
from matchmaker.profile import Profile
from matchmaker.room import Room
from matchmaker.rules import Rules

NOW = 1_800_000_000_000
ADA, BOB = UserId("ada"), UserId("bob")
RULES = Rules()


def test_unanswered_calls_are_limited_within_the_window() -> None:
    calls = UnansweredCalls(3, 600_000)
    for n in range(3):
        assert calls.wait_ms(ADA, BOB, now=NOW + n) == 0
        calls.note(ADA, BOB, now=NOW + n)
    assert calls.wait_ms(ADA, BOB, now=NOW + 599_999) == 1
    assert calls.wait_ms(ADA, BOB, now=NOW + 600_000) == 0
    assert calls.wait_ms(BOB, ADA, now=NOW + 3) == 0
    calls.note(BOB, ADA, now=NOW + 600_002)
    assert len(calls) == 1


def test_without_a_limit_nothing_is_kept() -> None:
    calls = UnansweredCalls(0, 600_000)
    calls.note(ADA, BOB, now=NOW)
    assert (calls.wait_ms(ADA, BOB, now=NOW), len(calls)) == (0, 0)


def called(duration_s: int | None) -> Room:
    first, second = (Party(profile=Profile(user_id=user, display_name=user), wish=CALL) for user in (ADA, BOB))
    call = Invite(
        invite_id=InviteId("i"),
        kind="friend",
        mode="video",
        first=first,
        second=second,
        duration_s=duration_s,
        created_at=NOW,
        expires_at=NOW + 1,
    )
    return course.begin(RoomId("r"), "video", first, second, now=NOW, rules=RULES, call=call)


@pytest.mark.parametrize(("duration_s", "ends_at"), [(None, None), (60, NOW + 60_000)])
def test_clock_runs_only_if_the_caller_asked_for_one(duration_s: int | None, ends_at: int | None) -> None:
    room = called(duration_s)
    for user in (ADA, BOB):
        room = course.ready(room, by=user, now=NOW).room
    assert room.ends_at == ends_at
    assert course.deadline(room, rules=RULES) == ends_at


def test_no_cooldown_is_written_and_next_is_a_hangup() -> None:
    room = called(None)
    assert room.cooldown_until is None
    assert after_room(room, "hangup", now=NOW, rules=RULES) is None
    ending = course.leave(room, by=ADA, reason="next", now=NOW, rules=RULES).ending
    assert ending is not None
    assert (ending.reason, ending.cooldown_until) == ("hangup", None)
