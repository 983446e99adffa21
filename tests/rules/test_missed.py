"""What somebody is told who heard nothing is what they would have heard."""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from matchmaker import course, torch
from matchmaker.change import Step
from matchmaker.errors import RateLimited, Taken
from matchmaker.ids import UserId
from matchmaker.missed import missed
from matchmaker.news import AnyNews, PeerAway, RoomLive, RoomModeChanged, TorchCleared, TorchWarning
from matchmaker.room import Room
from tests.rules.cast import ADA, BOB, NOW, RULES, call, room

Act = Callable[[Room, UserId, int], Step]

ACTS: list[Act] = [
    lambda found, by, now: course.away(found, user=by, now=now, rules=RULES),
    lambda found, by, now: course.back(found, user=by, now=now),
    lambda found, by, now: course.ready(found, by=by, now=now),
    lambda found, by, now: course.ask_for_video(found, by=by, now=now, rules=RULES),
    lambda found, by, _: course.decline_video(found, by=by),
    lambda found, by, now: torch.hear(found, by=by, now=now),
    lambda found, _, now: torch.warn(found, now=now, rules=RULES) if torch.burns(found) else Step(room=found),
]
steps = st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from([ADA, BOB]), st.integers(0, 70_000)), max_size=25)


def told_to(user: UserId, news: tuple[AnyNews, ...]) -> list[str]:
    return sorted(repr(item) for item in news if item.to == user)


@given(mode=st.sampled_from(["text", "video"]), acts=steps)
def test_one_step_that_was_missed_is_told_as_it_would_have_been(mode: str, acts: list[tuple[Act, UserId, int]]) -> None:
    found, now = room("text" if mode == "text" else "video"), NOW
    for act, by, later in acts:
        now += later
        with suppress(Taken, RateLimited):
            step = act(found, by, now)
            for user in found.users:
                assert told_to(user, missed(found, step.room, user=user)) == told_to(user, step.tell)
            found = step.room


def test_of_several_only_what_still_is() -> None:
    found = room("text")
    away = course.away(found, user=BOB, now=NOW + 1, rules=RULES).room
    again = course.away(course.back(away, user=BOB, now=NOW + 2).room, user=BOB, now=NOW + 9, rules=RULES).room
    assert missed(found, course.back(away, user=BOB, now=NOW + 2).room, user=ADA) == ()
    assert missed(away, again, user=ADA) == (PeerAway(to=ADA, room_id=found.room_id, ends_at=NOW + 60_009),)
    assert missed(found, again, user=BOB) == (), "nobody is told of themselves"


def test_the_way_from_text_to_a_live_call_is_told_in_order() -> None:
    warned = torch.warn(room("text"), now=NOW + RULES.torch_idle_ms, rules=RULES).room
    assert [type(news) for news in missed(room("text"), warned, user=ADA)] == [TorchWarning]
    asked = course.ask_for_video(warned, by=ADA, now=NOW + 1, rules=RULES).room
    video = course.ask_for_video(asked, by=BOB, now=NOW + 2, rules=RULES).room
    live = course.ready(course.ready(video, by=ADA, now=NOW + 3).room, by=BOB, now=NOW + 4).room
    assert [type(news) for news in missed(warned, live, user=ADA)] == [RoomModeChanged, RoomLive]
    spoken = torch.hear(torch.hear(warned, by=ADA, now=NOW + 1).room, by=BOB, now=NOW + 1).room
    assert [type(news) for news in missed(warned, spoken, user=ADA)] == [TorchCleared]
    assert missed(call(), call(), user=ADA) == ()
