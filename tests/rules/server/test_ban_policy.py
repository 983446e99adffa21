"""When reports suspend a user, and how long a ban holds."""

import pytest

from server.domain.ban_policy import SUSPENDED, Ban, Kind, ReportPolicy, distinct, lasts_longer, suspension_for

NOW = 1_800_000_000_000


def reporters(*networks: str) -> list[frozenset[bytes]]:
    """Return the networks of each reporter, one letter per network."""
    return [frozenset(letter.encode() for letter in some) for some in networks]


def ban(kind: Kind = "temporary", until_at: int | None = None) -> Ban:
    return Ban(ban_id="b", kind=kind, statement="Rude.", imposed_at=NOW, until_at=until_at)


@pytest.mark.parametrize(("reports", "due"), [(0, False), (3, False), (4, True), (9, True)])
def test_fourth_reporter_suspends(reports: int, due: bool) -> None:
    verdict = suspension_for(reporters(*"abcdefghi"[:reports]), is_banned=False, now=NOW, policy=ReportPolicy())
    assert (verdict is not None) == due


@pytest.mark.parametrize(
    ("networks", "count"),
    [
        ((), 0),
        (("",), 0),
        (("a", "b", ""), 2),
        (("a", "a", "a", "a"), 1),
        (("ah", "bh", "ch", "dh"), 1),
        (("ab", "cd", "bc", "e"), 2),
        (("a", "b", "c", "d"), 4),
    ],
    ids=["nobody", "no_network", "two", "one_network", "one_home_and_proxies", "joined_by_a_third", "four"],
)
def test_reporters_of_one_network_count_once(networks: tuple[str, ...], count: int) -> None:
    assert distinct(reporters(*networks)) == count


def test_suspension_holds_until_a_moderator_decides() -> None:
    verdict = suspension_for(reporters(*"abcd"), is_banned=False, now=NOW, policy=ReportPolicy())
    assert verdict is not None
    assert (verdict.statement, verdict.until_at) == (SUSPENDED, None)


def test_suspension_expires_if_configured() -> None:
    verdict = suspension_for(reporters(*"abcd"), is_banned=False, now=NOW, policy=ReportPolicy(suspension_ms=5))
    assert verdict is not None
    assert verdict.until_at == NOW + 5


def test_suspended_user_is_not_suspended_again() -> None:
    assert suspension_for(reporters(*"abcdefghi"), is_banned=True, now=NOW, policy=ReportPolicy()) is None


def test_reports_do_not_suspend_when_disabled() -> None:
    assert suspension_for(reporters(*"abcdefghi"), is_banned=False, now=NOW, policy=ReportPolicy(reporters=0)) is None


def test_ban_ends_at_its_deadline() -> None:
    until = NOW + 10
    assert ban(until_at=until).is_in_force(until - 1)
    assert not ban(until_at=until).is_in_force(until)
    assert ban().is_in_force(1 << 60)


def test_banned_error_has_reasons_and_end() -> None:
    assert ban(until_at=NOW + 1).refusal.details == {"statement": "Rude.", "until_at": NOW + 1}
    assert ban("permanent").refusal.details == {"statement": "Rude."}
    assert ban().refusal.code == "banned"


@pytest.mark.parametrize(
    ("one", "kind", "until_at", "longer"),
    [
        (ban("permanent"), "temporary", None, True),
        (ban("permanent"), "permanent", None, True),
        (ban(), "permanent", None, False),
        (ban(), "temporary", NOW + 5, True),
        (ban(until_at=NOW + 5), "temporary", NOW + 5, True),
        (ban(until_at=NOW + 5), "temporary", NOW + 6, False),
        (ban(until_at=NOW + 5), "temporary", None, False),
    ],
)
def test_longer_of_two_bans_is_reported(one: Ban, kind: Kind, until_at: int | None, longer: bool) -> None:
    assert lasts_longer(one, kind=kind, until_at=until_at) == longer
