"""Calls between friends: the limit of unanswered ones, and the transitions of their rooms."""

import pytest

from matchmaker.domain import room_transitions
from matchmaker.domain.cooldown import after_room
from matchmaker.domain.ids import InviteId, RoomId, UserId
from matchmaker.domain.invite import Invite, InviteParty
from matchmaker.domain.profile import Profile
from matchmaker.domain.room import Room
from matchmaker.domain.timing import Timing
from matchmaker.services.friend_calls import CALL
from server.domain.people.friend_calls import CallTerms, wait_ms

NOW = 1_800_000_000_000
ADA, BOB = UserId("ada"), UserId("bob")
RULES = Timing()


@pytest.mark.parametrize(
    ("ended", "waits"),
    [
        ([], 0),
        ([NOW, NOW - 1], 0),
        ([NOW, NOW - 1, NOW - 2], 599_998),
        ([NOW, NOW, NOW - 599_999], 1),
        ([NOW, NOW, NOW - 600_000], 0),
    ],
)
def test_unanswered_calls_are_limited_within_the_window(ended: list[int], waits: int) -> None:
    assert wait_ms(ended, now=NOW, terms=CallTerms()) == waits


def test_without_a_limit_calls_never_wait() -> None:
    assert wait_ms([NOW] * 9, now=NOW, terms=CallTerms(many=0)) == 0


def called(duration_s: int | None) -> Room:
    first, second = (InviteParty(profile=Profile(user_id=user, display_name=user), wish=CALL) for user in (ADA, BOB))
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
    return room_transitions.open_room(RoomId("r"), "video", first, second, now=NOW, rules=RULES, call=call)


@pytest.mark.parametrize(("duration_s", "ends_at"), [(None, None), (60, NOW + 60_000)])
def test_clock_runs_only_if_the_caller_asked_for_one(duration_s: int | None, ends_at: int | None) -> None:
    room = called(duration_s)
    for user in (ADA, BOB):
        room = room_transitions.ready(room, by=user, now=NOW).room
    assert room.ends_at == ends_at
    assert room_transitions.deadline(room, rules=RULES) == ends_at


def test_no_cooldown_is_written_and_next_is_a_hangup() -> None:
    room = called(None)
    assert room.cooldown_until is None
    assert after_room(room, "hangup", now=NOW, rules=RULES) is None
    ending = room_transitions.leave(room, by=ADA, reason="next", now=NOW, rules=RULES).ending
    assert ending is not None
    assert (ending.reason, ending.cooldown_until) == ("hangup", None)
