import pytest
from msgspec.structs import replace

from matchmaker.domain import room_transitions
from matchmaker.domain.errors import NotInRoom, RateLimited, StateConflict
from matchmaker.domain.ids import RoomId
from matchmaker.domain.room import Reason, Room
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.transactions import RoomTransition
from matchmaker.domain.user_events import (
    PeerAway,
    PeerBack,
    RoomEnded,
    RoomLive,
    RoomModeChanged,
    UpgradeDeclined,
    UpgradeRequested,
)
from tests.support.builders import ADA, BOB, CAT, NOW, RULES, call, party, room


def at(found: Room, now: int) -> RoomTransition:
    return room_transitions.advance_to(found, now=now, rules=RULES)


def end_of(found: Room, now: int) -> tuple[Reason, object, int] | None:
    ending = at(found, now).ending
    return None if ending is None else (ending.reason, ending.by, ending.at)


# Beginning


def test_text_room_is_live_from_the_start_without_a_clock() -> None:
    found = room("text")
    assert (found.status, found.live_at, found.ends_at, found.duration_s, found.connect_by) == (
        "live",
        NOW,
        None,
        None,
        None,
    )


def test_call_connects_first_and_lasts_the_floor_of_the_mean() -> None:
    wishes = (MatchPreferences(duration_s=60), MatchPreferences(duration_s=301))
    found = room_transitions.open_room(
        RoomId("r"), "video", party(ADA, wishes[0]), party(BOB, wishes[1]), now=NOW, rules=RULES
    )
    assert (found.status, found.live_at, found.ends_at, found.duration_s) == ("connecting", None, None, 180)
    assert (found.role(ADA), found.role(BOB)) == ("offerer", "answerer")


def test_unconnected_call_ends_after_30_seconds_with_one_hour() -> None:
    assert end_of(room("video"), NOW + 29_999) is None
    assert end_of(room("video"), NOW + 30_000) == ("connect_failed", None, NOW + 30_000)
    ending = at(room("video"), NOW + 30_000).ending
    assert ending is not None
    assert (ending.live_ms, ending.cooldown_until) == (0, NOW + RULES.failed_cooldown_ms)


def test_clock_starts_when_both_are_ready() -> None:
    one = room_transitions.ready(room("video"), by=ADA, now=NOW + 5)
    assert (one.events, one.room.status) == ((), "connecting")
    assert room_transitions.ready(one.room, by=ADA, now=NOW + 6).room == one.room
    step = room_transitions.ready(one.room, by=BOB, now=NOW + 7)
    assert (step.room.status, step.room.live_at, step.room.ends_at) == ("live", NOW + 7, NOW + 300_007)
    assert step.events == tuple(
        RoomLive(to=user, room_id=step.room.room_id, live_at=NOW + 7, ends_at=NOW + 300_007) for user in (ADA, BOB)
    )
    again = room_transitions.ready(step.room, by=ADA, now=NOW + 9)
    assert (again.room, again.events) == (step.room, ())


def test_ready_is_ignored_in_text() -> None:
    assert room_transitions.ready(room(), by=ADA, now=NOW) == RoomTransition(room=room())


def test_other_users_are_not_in_the_room() -> None:
    for act in (
        lambda: room_transitions.ready(room("video"), by=CAT, now=NOW),
        lambda: room_transitions.leave(room(), by=CAT, reason="hangup", now=NOW, rules=RULES),
        lambda: room_transitions.request_video(room(), by=CAT, now=NOW, rules=RULES),
        lambda: room_transitions.decline_video(room(), by=CAT),
        lambda: room_transitions.mark_away(room(), user=CAT, now=NOW, rules=RULES),
        lambda: room_transitions.mark_back(room(), user=CAT, now=NOW),
    ):
        with pytest.raises(NotInRoom):
            act()


# Ending


def test_call_ends_with_its_clock_without_a_timer() -> None:
    assert end_of(call(), NOW + 299_999) is None
    for now in (NOW + 300_000, NOW + 999_999):
        assert end_of(call(), now) == ("time_up", None, NOW + 300_000)


def test_setup_time_does_not_count() -> None:
    found = room_transitions.ready(
        room_transitions.ready(room("video"), by=ADA, now=NOW).room, by=BOB, now=NOW + 20_000
    ).room
    step = room_transitions.leave(found, by=ADA, reason="hangup", now=NOW + 25_000, rules=RULES)
    assert step.ending is not None
    assert step.ending.live_ms == 5_000
    assert step.ending.cooldown_until == NOW + 25_000 + RULES.cooldown_ms


@pytest.mark.parametrize(
    ("found", "reason"), [(room("video"), "connect_failed"), (call(), "hangup"), (room("text"), "hangup")]
)
def test_connect_failed_after_media_is_a_hangup(found: Room, reason: Reason) -> None:
    step = room_transitions.leave(found, by=ADA, reason="connect_failed", now=NOW + 1, rules=RULES)
    assert step.ending is not None
    assert step.ending.reason == reason


@pytest.mark.parametrize("reason", ["blocked", "reported"])
def test_visible_reason_hides_a_block(reason: Reason) -> None:
    step = room_transitions.leave(room(), by=ADA, reason=reason, now=NOW + 1, rules=RULES)
    assert [news.reason for news in step.events if isinstance(news, RoomEnded)] == [reason, "hangup"]


# Grace


@pytest.mark.parametrize(("found", "window"), [(room("text"), 60_000), (room("video"), 10_000), (call(), 10_000)])
def test_grace_ends_at_its_deadline(found: Room, window: int) -> None:
    step = room_transitions.mark_away(found, user=BOB, now=NOW + 1, rules=RULES)
    assert step.room.status == "grace"
    assert step.events == (PeerAway(to=ADA, room_id=found.room_id, ends_at=NOW + 1 + window),)
    assert end_of(step.room, NOW + window) is None
    assert end_of(step.room, NOW + 1 + window) == ("grace_expired", BOB, NOW + 1 + window)


def test_two_absent_users_have_separate_graces() -> None:
    found = room_transitions.mark_away(room(), user=ADA, now=NOW, rules=RULES).room
    found = room_transitions.mark_away(found, user=BOB, now=NOW + 5_000, rules=RULES).room
    assert end_of(found, NOW + 60_000) == ("grace_expired", ADA, NOW + 60_000)
    back = room_transitions.mark_back(found, user=ADA, now=NOW + 59_999).room
    assert back.status == "grace", "only the return of the absent person ends their grace"
    assert end_of(back, NOW + 64_999) is None
    assert end_of(back, NOW + 65_000) == ("grace_expired", BOB, NOW + 65_000)


def test_present_peer_does_not_end_the_grace() -> None:
    found = room_transitions.mark_away(room(), user=BOB, now=NOW, rules=RULES).room
    assert room_transitions.mark_back(found, user=ADA, now=NOW + 1) == RoomTransition(room=found)
    assert room_transitions.mark_away(found, user=BOB, now=NOW + 1, rules=RULES) == RoomTransition(room=found)


def test_reconnect_restores_the_timers() -> None:
    found = room_transitions.mark_away(call(), user=BOB, now=NOW + 1_000, rules=RULES).room
    step = room_transitions.mark_back(found, user=BOB, now=NOW + 10_999)
    assert (step.room.status, step.room.live_at, step.room.ends_at) == ("live", NOW, NOW + 300_000)
    assert step.events == (PeerBack(to=ADA, room_id=found.room_id),)


def test_connect_deadline_is_paused_in_grace() -> None:
    found = room_transitions.mark_away(room("video"), user=BOB, now=NOW + 29_000, rules=RULES).room
    assert end_of(found, NOW + 38_999) is None
    found = room_transitions.mark_back(found, user=BOB, now=NOW + 38_000).room
    assert end_of(found, NOW + 38_999) is None
    assert end_of(found, NOW + 39_000) == ("connect_failed", None, NOW + 39_000)


def test_call_clock_runs_on_in_grace() -> None:
    found = room_transitions.mark_away(call(), user=BOB, now=NOW + 295_000, rules=RULES).room
    assert end_of(found, NOW + 300_000) == ("time_up", None, NOW + 300_000)


def test_clock_precedes_grace_at_the_same_instant() -> None:
    found = room_transitions.mark_away(call(), user=BOB, now=NOW + 290_000, rules=RULES).room
    assert end_of(found, NOW + 300_000) == ("time_up", None, NOW + 300_000)


# Restart


@pytest.mark.parametrize("mode", ["text", "video"])
def test_restart_gives_both_a_full_grace(mode: str) -> None:
    found = room_transitions.mark_away(room(mode), user=BOB, now=NOW + 1_000, rules=RULES).room  # type: ignore[arg-type]
    later = NOW + 50_000
    found = room_transitions.recover(found, crashed_at=NOW + 2_000, now=later, rules=RULES)
    until = later + RULES.grace_for(mode)
    assert [p.away_until for p in found.people] == [until, until]
    assert end_of(found, until - 1) is None
    assert end_of(found, until) == ("grace_expired", ADA, until)


def test_connect_deadline_is_paused_from_the_crash() -> None:
    found = room_transitions.recover(room("video"), crashed_at=NOW + 10_000, now=NOW + 70_000, rules=RULES)
    for user in (ADA, BOB):
        found = room_transitions.mark_back(found, user=user, now=NOW + 75_000).room
    assert found.connect_by == NOW + 95_000
    assert found.paused_at is None


def test_call_that_ran_out_while_the_server_was_down_is_over() -> None:
    found = room_transitions.recover(call(), crashed_at=NOW + 100_000, now=NOW + 400_000, rules=RULES)
    assert end_of(found, NOW + 400_000) == ("time_up", None, NOW + 300_000)


def test_process_was_alive_when_it_warned() -> None:
    warned = replace(room("text"), idle=(ADA,), warned_until=NOW + RULES.torch_warning_ms)
    found = room_transitions.recover(warned, crashed_at=NOW - 400, now=NOW + 5_000, rules=RULES)
    assert found.paused_at == NOW, "the heartbeat is older than the warning: nobody gets more time than there was"


# From text to video


def test_upgrade_request_and_agreement() -> None:
    asked = room_transitions.request_video(room(), by=ADA, now=NOW + 40_000, rules=RULES)
    assert asked.events == (UpgradeRequested(to=BOB, room_id=asked.room.room_id, by=ADA),)
    step = room_transitions.request_video(asked.room, by=BOB, now=NOW + 50_000, rules=RULES)
    found = step.room
    assert (found.mode, found.status, found.duration_s, found.connect_by) == ("video", "connecting", 300, NOW + 80_000)
    assert [type(news) for news in step.events] == [RoomModeChanged] * 2
    for user in (ADA, BOB):
        found = room_transitions.ready(found, by=user, now=NOW + 60_000).room
    assert found.ends_at == NOW + 360_000
    assert found.live_ms(NOW + 61_000) == 51_000, "the text counts, the setting up does not"


def test_torch_stops_with_the_upgrade() -> None:
    warned = at(room(), NOW + 120_000).room
    asked = room_transitions.request_video(warned, by=ADA, now=NOW + 121_000, rules=RULES).room
    found = room_transitions.request_video(asked, by=BOB, now=NOW + 122_000, rules=RULES).room
    assert (found.idle, found.warned_until) == ((), None)
    for user in (ADA, BOB):
        found = room_transitions.ready(found, by=user, now=NOW + 123_000).room
    assert end_of(found, NOW + 400_000) is None


def test_upgraded_call_that_fails_to_connect_counts_as_meeting() -> None:
    asked = room_transitions.request_video(room(), by=ADA, now=NOW + 40_000, rules=RULES).room
    found = room_transitions.request_video(asked, by=BOB, now=NOW + 50_000, rules=RULES).room
    ending = at(found, NOW + 80_000).ending
    assert ending is not None
    assert (ending.reason, ending.live_ms) == ("connect_failed", 50_000)
    assert ending.cooldown_until == NOW + 80_000 + RULES.cooldown_ms


def test_one_open_request_and_one_per_minute() -> None:
    asked = room_transitions.request_video(room(), by=ADA, now=NOW, rules=RULES).room
    with pytest.raises(StateConflict):
        room_transitions.request_video(asked, by=ADA, now=NOW + 90_000, rules=RULES)
    declined = room_transitions.decline_video(asked, by=BOB)
    assert declined.events == (UpgradeDeclined(to=ADA, room_id=asked.room_id, by=BOB),)
    with pytest.raises(RateLimited) as refusal:
        room_transitions.request_video(declined.room, by=ADA, now=NOW + 59_999, rules=RULES)
    assert refusal.value.details["retry_after_ms"] == 1
    assert room_transitions.request_video(declined.room, by=ADA, now=NOW + 60_000, rules=RULES).room.asked_by == ADA


def test_declined_request_does_not_limit_the_user_who_declined() -> None:
    asked = room_transitions.request_video(room(), by=ADA, now=NOW, rules=RULES).room
    declined = room_transitions.decline_video(asked, by=BOB).room
    again = room_transitions.request_video(declined, by=BOB, now=NOW + 1, rules=RULES).room
    assert again.asked_by == BOB
    declined = room_transitions.decline_video(again, by=ADA).room
    for by, at in ((ADA, NOW), (BOB, NOW + 1)):
        with pytest.raises(RateLimited) as refusal:
            room_transitions.request_video(declined, by=by, now=NOW + 2, rules=RULES)
        assert refusal.value.details["retry_after_ms"] == at + 60_000 - (NOW + 2)


def test_decline_and_upgrade_without_a_request_are_refused() -> None:
    asked = room_transitions.request_video(room(), by=ADA, now=NOW, rules=RULES).room
    for found, by in ((room(), ADA), (asked, ADA)):
        with pytest.raises(StateConflict):
            room_transitions.decline_video(found, by=by)
    with pytest.raises(StateConflict):
        room_transitions.request_video(call(), by=ADA, now=NOW, rules=RULES)


def test_upgrade_in_grace_gives_the_full_connect_time() -> None:
    asked = room_transitions.request_video(room(), by=BOB, now=NOW, rules=RULES).room
    found = room_transitions.mark_away(asked, user=BOB, now=NOW + 1_000, rules=RULES).room
    found = room_transitions.request_video(found, by=ADA, now=NOW + 5_000, rules=RULES).room
    found = room_transitions.mark_back(found, user=BOB, now=NOW + 9_000).room
    assert found.connect_by == NOW + 39_000


def test_advance_to_keeps_a_quiet_room_unchanged() -> None:
    for found in (room(), room("video"), call(), replace(room(), version=3)):
        assert at(found, NOW + 1).room is found
