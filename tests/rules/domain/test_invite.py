import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from matchmaker.domain import invite as invites
from matchmaker.domain.errors import Forbidden, InviteGone
from matchmaker.domain.ids import InviteId
from matchmaker.domain.invite import Invite, Outcome
from matchmaker.domain.ticket import MatchPreferences
from tests.support.builders import ADA, BOB, CAT, NOW, RULES, party, ticket

ID = InviteId("i")


def match(*, first: bool = False, second: bool = False) -> Invite:
    """Ada, who waited longer, and Bob."""
    tickets = (
        ticket(ADA, MatchPreferences(auto_accept=first)),
        ticket(BOB, MatchPreferences(auto_accept=second), since=NOW + 1),
    )
    return invites.match(ID, *tickets, now=NOW, rules=RULES)


def direct() -> Invite:
    """Ada invites Bob."""
    return invites.direct(ID, party(ADA), ticket(BOB, MatchPreferences(mode="text")), now=NOW, rules=RULES)


@pytest.mark.parametrize("invite", [match(), direct()])
def test_invite_expires_at_20_seconds_without_a_timer(invite: Invite) -> None:
    assert invite.deadline == invite.expires_at == NOW + 20_000


def test_closing_invite_has_no_deadline() -> None:
    closing = replace(match(), closing=True)
    assert closing.deadline is None


def test_match_needs_both_to_accept() -> None:
    invite = invites.accept(match(), by=BOB)
    assert not invite.is_agreed
    assert (invite.first.accepted, invite.second.accepted) == (False, True)
    assert invites.accept(invite, by=ADA).is_agreed


def test_auto_accept_counts_as_accepted() -> None:
    assert match(first=True, second=True).is_agreed
    assert invites.accept(match(first=True), by=BOB).is_agreed


def test_inviter_has_accepted() -> None:
    invite = direct()
    assert invite.mode == "text"
    assert (invite.role(ADA), invite.role(BOB), match().role(ADA)) == ("inviter", "invitee", "matched")
    assert invites.accept(invite, by=BOB).is_agreed


def test_accept_is_idempotent() -> None:
    once = invites.accept(match(), by=ADA)
    assert invites.accept(once, by=ADA) == once


def test_inviter_cannot_answer_and_others_cannot_cancel() -> None:
    for act in (invites.accept, invites.may_decline):
        with pytest.raises(Forbidden):
            act(direct(), by=ADA)
    for invite, by in ((direct(), BOB), (match(), ADA), (match(), BOB)):
        with pytest.raises(Forbidden):
            invites.may_cancel(invite, by=by)
    invites.may_cancel(direct(), by=ADA)
    invites.may_decline(direct(), by=BOB)
    invites.may_decline(match(), by=ADA)


@pytest.mark.parametrize("act", [invites.accept, invites.may_decline, invites.may_cancel])
def test_other_users_get_invite_gone(act: object) -> None:
    for invite in (match(), direct()):
        with pytest.raises(InviteGone):
            act(invite, by=CAT)  # type: ignore[operator]


@pytest.mark.parametrize("act", [invites.accept, invites.may_decline, invites.may_cancel])
def test_closing_invite_refuses_answers(act: object) -> None:
    for by in (ADA, BOB):
        with pytest.raises(InviteGone):
            act(replace(direct(), closing=True), by=by)  # type: ignore[operator]


@pytest.mark.parametrize(("asked", "got"), [(None, 300), (60, 60), (59, 60), (1800, 1800), (1801, 1800)])
def test_length_given_with_the_accept_counts_within_bounds(asked: int | None, got: int) -> None:
    assert invites.accept(match(), by=BOB, duration_s=asked).second.wish.duration_s == got


@given(st.integers(60, 1800), st.integers(60, 1800))
def test_call_length_is_the_floor_of_the_mean(one: int, other: int) -> None:
    length = invites.call_length(MatchPreferences(duration_s=one), MatchPreferences(duration_s=other))
    assert length == invites.call_length(MatchPreferences(duration_s=other), MatchPreferences(duration_s=one))
    assert 0 <= one + other - 2 * length <= 1
    assert min(one, other) <= length <= max(one, other)


@pytest.mark.parametrize(
    ("invite", "outcome", "by", "lost"),
    [
        (direct(), "declined", BOB, {ADA}),
        (match(), "declined", BOB, set()),
        (direct(), "cancelled", ADA, set()),
        (direct(), "expired", None, {BOB}),
        (match(), "expired", None, {ADA, BOB}),
        (match(first=True), "expired", None, {BOB}),
        (direct(), "unavailable", BOB, {BOB}),
        (match(), "unavailable", ADA, {ADA}),
        (match(), "unavailable", None, set()),
    ],
)
def test_who_loses_the_place_in_the_queue(invite: Invite, outcome: Outcome, by: object, lost: set[str]) -> None:
    assert invites.who_loses_place(invite, outcome, by=by) == lost  # type: ignore[arg-type]
