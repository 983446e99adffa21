"""The decision about an e-mail that is due, and its retries."""

import pytest

from server.domain.people.email import RETRIES_MS, TEXTS, is_wanted, retry_at
from server.domain.people.notification_kinds import TERMS, Choice, default, refusal

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("kind", "chosen", "today", "sent"),
    [
        ("missed_call", None, 0, False),
        ("missed_call", True, 4, True),
        ("missed_call", True, 5, False),
        ("report_decided", None, 0, True),
        ("report_decided", False, 0, False),
        ("ban", None, 99, True),
        ("security", False, 99, True),
    ],
)
def test_email_is_sent_within_the_limit_if_wanted(kind: str, chosen: bool | None, today: int, sent: bool) -> None:
    for has_address, stands in ((True, True), (False, True), (True, False)):
        found = is_wanted(
            kind,  # type: ignore[arg-type]
            has_address=has_address,
            chosen=chosen,
            sent_today=today,
            stands=stands,
            day_max=5,
        )
        assert found is (sent and has_address and stands)


def test_email_is_attempted_seven_times() -> None:
    assert [retry_at(n, now=NOW) for n in range(1, 7)] == [NOW + ms for ms in RETRIES_MS]
    assert retry_at(7, now=NOW) is None


def test_every_kind_with_an_email_has_a_text() -> None:
    with_text = {kind for kind, terms in TERMS.items() if terms.email != "never"} - {"security"}
    assert with_text | {"signed_in", "password_changed", "address_changed", "account_deleted"} == set(TEXTS)


def test_choices_of_email_kinds() -> None:
    assert default("ban") == Choice(live=True, email=True)
    assert refusal("security", Choice(live=True, email=False)) is not None
    assert refusal("security", Choice(live=False, email=True)) is not None
    assert all(refusal(kind, default(kind)) is None for kind in TERMS)
    assert refusal("friend_added", Choice(live=False, email=True)) is not None
    assert refusal("friend_added", Choice(live=False, email=False)) is None
