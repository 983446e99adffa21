import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.domain import room_transitions, torch
from matchmaker.domain.ids import UserId
from matchmaker.domain.room import Room
from matchmaker.domain.timing import Timing
from matchmaker.domain.user_events import AnyUserEvent, TorchCleared, TorchWarning
from tests.support.builders import ADA, BOB, NOW, RULES, call, room


def passed(found: Room, now: int) -> tuple[Room, list[AnyUserEvent], str | None]:
    step = room_transitions.advance_to(found, now=now, rules=RULES)
    return step.room, list(step.events), None if step.ending is None else step.ending.reason


def after_a_message(found: Room, by: UserId, now: int) -> Room:
    return torch.record_message(passed(found, now)[0], by=by, now=now).room


def test_warning_at_120_seconds_and_end_at_180() -> None:
    found = room()
    assert torch.deadline(found, rules=RULES) == NOW + 120_000
    assert passed(found, NOW + 119_999) == (found, [], None)
    warned, told, reason = passed(found, NOW + 120_000)
    assert reason is None
    assert told == [
        TorchWarning(to=user, room_id=found.room_id, idle=(ADA, BOB), ends_at=NOW + 180_000) for user in (ADA, BOB)
    ]
    assert passed(warned, NOW + 179_999) == (warned, [], None)
    assert passed(warned, NOW + 180_000)[2] == "torch"


def test_deadlines_are_exact_without_a_timer() -> None:
    step = room_transitions.advance_to(room(), now=NOW + 999_999, rules=RULES)
    assert step.ending is not None
    assert (step.ending.reason, step.ending.at) == ("torch", NOW + 180_000)
    assert [type(news).__name__ for news in step.events] == ["TorchWarning"] * 2 + ["RoomEnded"] * 2


def test_one_active_user_does_not_keep_the_room_open() -> None:
    found = room()
    for at in range(10_000, 180_000, 10_000):
        found = after_a_message(found, ADA, NOW + at)
    assert found.idle == (BOB,)
    assert passed(found, NOW + 180_000)[2] == "torch"


def test_message_of_a_user_who_is_not_idle_keeps_the_warning() -> None:
    found = after_a_message(room(), ADA, NOW + 60_000)
    warned = passed(found, NOW + 120_000)[0]
    step = torch.record_message(warned, by=ADA, now=NOW + 130_000)
    assert (step.events, step.room.idle, step.room.warned_until) == ((), (BOB,), NOW + 180_000)


def test_messages_of_all_idle_users_clear_the_warning() -> None:
    warned = passed(room(), NOW + 120_000)[0]
    half = torch.record_message(warned, by=BOB, now=NOW + 130_000)
    assert (half.events, half.room.idle) == ((), (ADA,))
    step = torch.record_message(half.room, by=ADA, now=NOW + 179_999)
    assert step.events == tuple(TorchCleared(to=user, room_id=step.room.room_id) for user in (ADA, BOB))
    assert (step.room.idle, step.room.warned_until) == ((), None)
    assert torch.deadline(step.room, rules=RULES) == NOW + 250_000


def test_second_idle_user_joins_the_running_warning() -> None:
    found = after_a_message(room(), ADA, NOW + 30_000)
    warned, told, _ = passed(found, NOW + 120_000)
    assert [news.idle for news in told if isinstance(news, TorchWarning)] == [(BOB,), (BOB,)]
    joined, told, _ = passed(warned, NOW + 150_000)
    assert [(n.idle, n.ends_at) for n in told if isinstance(n, TorchWarning)] == [((ADA, BOB), NOW + 180_000)] * 2
    assert passed(joined, NOW + 180_000)[2] == "torch"


def test_deadline_wins_over_a_message() -> None:
    warned = passed(room(), NOW + 120_000)[0]
    assert passed(warned, NOW + 180_000)[2] == "torch"
    assert after_a_message(room(), ADA, NOW + 120_000).idle == (BOB,), "warned first, then heard"


def test_torch_does_not_run_in_a_video_room() -> None:
    for found in (room("video"), call()):
        assert torch.deadline(found, rules=RULES) is None
        assert torch.record_message(found, by=ADA, now=NOW + 5).room == found


def test_grace_does_not_count_as_silence() -> None:
    found = room_transitions.mark_away(room(), user=BOB, now=NOW + 100_000, rules=RULES).room
    assert torch.deadline(found, rules=RULES) is None
    found = room_transitions.mark_back(found, user=BOB, now=NOW + 140_000).room
    assert torch.deadline(found, rules=RULES) == NOW + 160_000


def test_warning_continues_after_grace_with_a_new_end_for_both() -> None:
    warned = passed(room(), NOW + 120_000)[0]
    found = room_transitions.mark_away(warned, user=ADA, now=NOW + 150_000, rules=RULES).room
    assert passed(found, NOW + 180_000)[2] is None
    step = room_transitions.mark_back(found, user=ADA, now=NOW + 200_000)
    ends_at = [news.ends_at for news in step.events if isinstance(news, TorchWarning)]
    assert ends_at == [NOW + 230_000] * 2
    assert passed(step.room, NOW + 229_999)[2] is None
    assert passed(step.room, NOW + 230_000)[2] == "torch"


def test_message_in_grace_counts_from_its_start() -> None:
    found = room_transitions.mark_away(room(), user=BOB, now=NOW + 100_000, rules=RULES).room
    found = torch.record_message(found, by=ADA, now=NOW + 110_000).room
    found = room_transitions.mark_back(found, user=BOB, now=NOW + 130_000).room
    assert (found.offerer.said_at, found.answerer.said_at) == (NOW + 130_000, NOW + 30_000)


@pytest.mark.parametrize("warned", [False, True])
def test_torch_is_paused_from_the_crash_until_both_return(warned: bool) -> None:
    crash = NOW + (130_000 if warned else 100_000)
    found = passed(room(), crash)[0]
    found = room_transitions.recover(found, crashed_at=crash, now=crash + 500_000, rules=RULES)
    for user in (ADA, BOB):
        found = room_transitions.mark_back(found, user=user, now=crash + 510_000).room
    assert torch.deadline(found, rules=RULES) == crash + 510_000 + (50_000 if warned else 20_000)


SMALL = Timing(torch_idle_ms=12, torch_warning_ms=6, text_grace_ms=1_000)
acts = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(("ada says", "bob says", "ada leaves", "ada returns", "bob leaves", "bob returns")),
    ),
    max_size=30,
)


@given(acts, st.integers(0, 40))
def test_torch_agrees_with_a_simulation_of_every_ms(  # noqa: C901 - the naive twin is one piece
    script: list[tuple[int, str]], rest: int
) -> None:
    found = room(rules=SMALL)
    silent, away, left = {ADA: 0, BOB: 0}, set[UserId](), None
    now, over = NOW, False

    def tick() -> None:
        nonlocal left, over
        if not away and not over:
            for user in silent:
                silent[user] += 1
            if left is not None:
                left -= 1
                over = left == 0
            if not over and left is None and any(ms >= 12 for ms in silent.values()):
                left = 6

    def idle() -> set[UserId]:
        return {user for user, ms in silent.items() if ms >= 12}

    for wait, act in [*script, (rest, "")]:
        for _ in range(wait):
            now += 1
            tick()
        step = room_transitions.advance_to(found, now=now, rules=SMALL)
        assert (step.ending is not None) == over
        if over:
            assert step.ending is not None
            assert step.ending.reason == "torch"
            return
        found = step.room
        assert set(found.idle) == idle()
        assert (None if found.warned_until is None else found.warned_until - (found.paused_at or now)) == left
        user = ADA if act.startswith("ada") else BOB
        if act.endswith("says"):
            silent[user] = 0
            left = left if idle() else None
            found = torch.record_message(found, by=user, now=now).room
        elif act.endswith("leaves"):
            away.add(user)
            found = room_transitions.mark_away(found, user=user, now=now, rules=SMALL).room
        elif act.endswith("returns"):
            away.discard(user)
            found = room_transitions.mark_back(found, user=user, now=now).room
