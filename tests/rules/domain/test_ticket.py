import pytest

from matchmaker.domain.profile import Gender
from matchmaker.domain.ticket import MatchPreferences, avoided_until, may_meet, wants
from matchmaker.domain.timing import FOREVER
from tests.support.builders import ADA, BOB, NOW, ticket


def test_two_who_wait_in_different_modes_do_not_fit() -> None:
    assert not wants(ticket(ADA, MatchPreferences(mode="text")), ticket(BOB, MatchPreferences(mode="video")))


@pytest.mark.parametrize(
    ("hers", "his", "fit"),
    [
        ({"male"}, {"female"}, True),
        ({"male"}, {"male"}, False),
        ({"female"}, {"female"}, False),
        ({"male", "female"}, {"female", "unspecified"}, True),
        (set(), {"female"}, False),
    ],
)
def test_each_must_satisfy_the_other(hers: set[Gender], his: set[Gender], fit: bool) -> None:
    her = ticket(ADA, MatchPreferences(want=frozenset(hers)), gender="female")
    him = ticket(BOB, MatchPreferences(want=frozenset(his)), gender="male")
    assert wants(her, him) == wants(him, her) == fit


def test_a_cooldown_known_to_either_keeps_both_apart_until_its_instant() -> None:
    for one, other in (
        (ticket(ADA, avoid={BOB: NOW + 5}), ticket(BOB)),
        (ticket(BOB), ticket(ADA, avoid={BOB: NOW + 5})),
    ):
        assert avoided_until(one, other, NOW + 4) == NOW + 5
        assert not may_meet(one, other, NOW + 4)
        assert avoided_until(one, other, NOW + 5) == 0
        assert may_meet(one, other, NOW + 5)


def test_a_block_is_for_ever() -> None:
    assert not may_meet(ticket(ADA, avoid={BOB: FOREVER}), ticket(BOB), FOREVER - 1)


def test_nobody_meets_themselves() -> None:
    assert not may_meet(ticket(ADA), ticket(ADA), NOW)


def test_who_was_offered_before_may_be_met_again() -> None:
    assert may_meet(ticket(ADA, offered=(BOB,)), ticket(BOB), NOW)
