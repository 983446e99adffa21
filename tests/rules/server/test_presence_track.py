"""The presence that friends see: each rule at its deadline and a millisecond before."""

import pytest

from server.domain.people.presence import Pace, Track, advance, deadline, moved, state

NOW = 1_800_000_000_000
PACE = Pace(hold_ms=15_000, every_ms=5_000)


def at_home(*, shown_at: int = NOW - 5_000) -> Track:
    return Track(shown="online", shown_at=shown_at)


@pytest.mark.parametrize(("now", "shown"), [(NOW + 14_999, None), (NOW + 15_000, "offline")])
def test_disconnect_is_shown_after_the_hold(now: int, shown: str | None) -> None:
    lost = moved(at_home(), is_connected=False, is_in_call=False, now=NOW)
    assert deadline(lost, now=NOW, pace=PACE) == NOW + 15_000
    assert advance(lost, now=now, pace=PACE)[1] == shown


def test_second_disconnect_does_not_extend_the_hold() -> None:
    lost = moved(at_home(), is_connected=False, is_in_call=False, now=NOW)
    assert moved(lost, is_connected=False, is_in_call=True, now=NOW + 100).lost_at == NOW


def test_reconnect_within_the_hold_shows_nothing() -> None:
    lost = moved(at_home(), is_connected=False, is_in_call=False, now=NOW)
    back = moved(lost, is_connected=True, is_in_call=False, now=NOW + 14_999)
    assert advance(back, now=NOW + 14_999, pace=PACE) == (back, None)
    assert deadline(back, now=NOW + 14_999, pace=PACE) is None


@pytest.mark.parametrize(("now", "shown"), [(NOW + 4_999, None), (NOW + 5_000, "in_call")])
def test_changes_are_shown_at_most_once_in_5_seconds(now: int, shown: str | None) -> None:
    busy = moved(at_home(shown_at=NOW), is_connected=True, is_in_call=True, now=NOW + 1)
    assert deadline(busy, now=NOW + 1, pace=PACE) == NOW + 5_000
    assert advance(busy, now=now, pace=PACE)[1] == shown


def test_first_change_is_immediate_and_the_last_one_shown() -> None:
    busy = moved(at_home(), is_connected=True, is_in_call=True, now=NOW)
    busy, told = advance(busy, now=NOW, pace=PACE)
    assert told == "in_call"
    free = moved(busy, is_connected=True, is_in_call=False, now=NOW + 1)
    again = moved(free, is_connected=True, is_in_call=True, now=NOW + 2)
    assert deadline(again, now=NOW + 2, pace=PACE) is None  # what was shown is true again
    assert advance(free, now=NOW + 5_000, pace=PACE)[1] == "online"


def test_room_without_a_connection_is_not_presence() -> None:
    lost = moved(at_home(), is_connected=False, is_in_call=True, now=NOW)
    assert state(lost, now=NOW + 14_999, pace=PACE) == "in_call"
    assert state(lost, now=NOW + 15_000, pace=PACE) == "offline"
