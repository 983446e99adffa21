"""When reports suspend somebody, and how long a ban holds."""

import pytest

from server.domain.ban_policy import SUSPENDED, Ban, Kind, ReportPolicy, distinct, lasts_longer, suspension_for

NOW = 1_800_000_000_000


def reporters(*networks: str) -> list[frozenset[bytes]]:
    """Return the networks of each reporter, a letter a network."""
    return [frozenset(letter.encode() for letter in some) for some in networks]


def ban(kind: Kind = "temporary", until_at: int | None = None) -> Ban:
    return Ban(ban_id="b", kind=kind, statement="Rude.", imposed_at=NOW, until_at=until_at)


@pytest.mark.parametrize(("reports", "due"), [(0, False), (3, False), (4, True), (9, True)])
def test_the_fourth_reporter_suspends(reports: int, due: bool) -> None:
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
def test_reporters_who_share_a_network_count_once(networks: tuple[str, ...], count: int) -> None:
    assert distinct(reporters(*networks)) == count


def test_a_suspension_holds_until_a_moderator_has_looked() -> None:
    verdict = suspension_for(reporters(*"abcd"), is_banned=False, now=NOW, policy=ReportPolicy())
    assert verdict is not None
    assert (verdict.statement, verdict.until_at) == (SUSPENDED, None)


def test_a_suspension_may_end_by_itself() -> None:
    verdict = suspension_for(reporters(*"abcd"), is_banned=False, now=NOW, policy=ReportPolicy(suspension_ms=5))
    assert verdict is not None
    assert verdict.until_at == NOW + 5


def test_nobody_is_suspended_twice() -> None:
    assert suspension_for(reporters(*"abcdefghi"), is_banned=True, now=NOW, policy=ReportPolicy()) is None


def test_reports_alone_never_suspend_where_the_operator_says_so() -> None:
    assert suspension_for(reporters(*"abcdefghi"), is_banned=False, now=NOW, policy=ReportPolicy(reporters=0)) is None


def test_a_ban_is_over_at_its_instant() -> None:
    until = NOW + 10
    assert ban(until_at=until).is_in_force(until - 1)
    assert not ban(until_at=until).is_in_force(until)
    assert ban().is_in_force(1 << 60)


def test_who_is_banned_is_told_why_and_until_when() -> None:
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
def test_which_ban_lasts_longer(one: Ban, kind: Kind, until_at: int | None, longer: bool) -> None:
    assert lasts_longer(one, kind=kind, until_at=until_at) == longer
