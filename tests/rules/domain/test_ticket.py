import pytest

from matchmaker.domain.profile import Gender
from matchmaker.domain.ticket import MatchPreferences, avoided_until, may_meet, wants
from matchmaker.domain.timing import FOREVER
from tests.support.builders import ADA, BOB, NOW, ticket


def test_different_modes_are_incompatible() -> None:
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
def test_both_filters_must_match(hers: set[Gender], his: set[Gender], fit: bool) -> None:
    her = ticket(ADA, MatchPreferences(want=frozenset(hers)), gender="female")
    him = ticket(BOB, MatchPreferences(want=frozenset(his)), gender="male")
    assert wants(her, him) == wants(him, her) == fit


def test_cooldown_of_either_user_holds_until_its_end() -> None:
    for one, other in (
        (ticket(ADA, avoid={BOB: NOW + 5}), ticket(BOB)),
        (ticket(BOB), ticket(ADA, avoid={BOB: NOW + 5})),
    ):
        assert avoided_until(one, other, NOW + 4) == NOW + 5
        assert not may_meet(one, other, NOW + 4)
        assert avoided_until(one, other, NOW + 5) == 0
        assert may_meet(one, other, NOW + 5)


def test_block_never_ends() -> None:
    assert not may_meet(ticket(ADA, avoid={BOB: FOREVER}), ticket(BOB), FOREVER - 1)


def test_user_never_meets_themselves() -> None:
    assert not may_meet(ticket(ADA), ticket(ADA), NOW)


def test_offered_user_may_be_met_again() -> None:
    assert may_meet(ticket(ADA, offered=(BOB,)), ticket(BOB), NOW)
