"""Effects of a friend request: each rule at its deadline and a millisecond before, and a model of all that two users
can do."""

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from matchmaker.domain.errors import Invalid, LimitReached, NotFound
from server.domain.people.friend_request import (
    Decision,
    FriendPair,
    FriendRequestSide,
    FriendRequestTerms,
    Request,
    ask,
    completes,
    is_open,
)

NOW = 1_800_000_000_000
TERMS = FriendRequestTerms(request_ms=1_000, friends_max=3, open_max=2)
_replace = msgspec.structs.replace


def request(*, quiet: bool = False, note: str = "", at: int = NOW, **fields: int) -> Request:
    return Request(is_quiet=quiet, note=note, asked_at=at, until_at=at + TERMS.request_ms, **fields)


def pair(mine: Request | None = None, theirs: Request | None = None, **fields: object) -> FriendPair:
    return _replace(
        FriendPair(asker=FriendRequestSide(request=mine), target=FriendRequestSide(request=theirs), have_met=True),
        **fields,
    )


def asked(of: FriendPair, *, quiet: bool = False, note: str = "", now: int = NOW) -> Decision:
    return ask(of, quiet=quiet, note=note, now=now, terms=TERMS)


@pytest.mark.parametrize(("now", "status"), [(NOW + 999, "friends"), (NOW + 1_000, "requested")])
def test_request_can_be_answered_until_its_deadline(now: int, status: str) -> None:
    decision = asked(pair(theirs=request()), now=now)
    assert (decision.status, decision.befriends) == (status, status == "friends")


@pytest.mark.parametrize(("now", "is_new"), [(NOW + 999, False), (NOW + 1_000, True)])
def test_request_can_be_repeated_from_its_deadline_on(now: int, is_new: bool) -> None:
    decision = asked(pair(request()), now=now)
    assert (decision.request is not None, decision.is_counted, decision.notifies) == (is_new, is_new, is_new)


@pytest.mark.parametrize(("now", "told"), [(NOW + 999, False), (NOW + 1_000, True)])
def test_decline_holds_until_the_request_ends(now: int, told: bool) -> None:
    declined = request(declined_at=NOW, withdrawn_at=NOW)
    decision = asked(pair(declined), now=now)
    assert decision.status == "requested"
    assert decision.is_counted  # As of a user who asks for the first time.
    assert decision.notifies is told


def test_decline_is_invisible_to_the_sender() -> None:
    for quiet in (False, True):
        plain, declined = asked(pair(request()), quiet=quiet), asked(pair(request(declined_at=NOW)), quiet=quiet)
        assert plain == declined


def test_like_is_silent_and_becomes_a_request_without_a_trace() -> None:
    assert not asked(pair(), quiet=True).notifies
    loud = asked(pair(request(quiet=True)), note="Hello", now=NOW + 10)
    assert loud.request == request(at=NOW + 10)
    assert (loud.notifies, loud.is_counted) == (True, False)
    assert asked(pair(request(note="Hi")), quiet=True) == Decision(status="requested")
    with pytest.raises(Invalid):
        asked(pair(), quiet=True, note="Hi")


def test_guest_request_waits_for_an_account() -> None:
    guest, permanent = FriendRequestSide(request=request(), is_permanent=False), FriendRequestSide(request=request())
    assert asked(FriendPair(asker=guest, target=permanent)).status == "needs_account"
    assert asked(FriendPair(asker=permanent, target=guest)).status == "requested"
    assert not completes(guest, permanent, now=NOW, terms=TERMS)
    assert completes(_replace(guest, is_permanent=True), permanent, now=NOW + 999, terms=TERMS)
    assert not completes(_replace(guest, is_permanent=True), permanent, now=NOW + 1_000, terms=TERMS)


def test_like_to_a_guest_who_asked_is_shown_to_the_guest() -> None:
    guest = FriendRequestSide(request=request(), is_permanent=False)
    assert asked(FriendPair(asker=FriendRequestSide(), target=guest), quiet=True).notifies
    assert not asked(
        FriendPair(asker=_replace(guest, request=None), target=FriendRequestSide(request=request())), quiet=True
    ).notifies


@pytest.mark.parametrize(
    "barred",
    [pair(target=None), pair(have_met=False), pair(is_accepting=False), pair(is_accepting=False, have_met=False)],
)
def test_refusals_are_identical(barred: FriendPair) -> None:
    with pytest.raises(NotFound, match=r"^there is no such user$"):
        asked(barred)


def test_answer_needs_neither_meeting_nor_access() -> None:
    assert asked(pair(theirs=request(), have_met=False, is_accepting=False)).befriends


def test_limits_of_requests() -> None:
    with pytest.raises(LimitReached) as full:
        asked(pair(open_requests=2))
    assert full.value.details == {"limit": "friend_requests_open", "max": 2}
    assert asked(pair(open_requests=2), quiet=True).status == "requested"
    assert asked(pair(theirs=request(), open_requests=2)).befriends
    with pytest.raises(LimitReached):
        asked(_replace(pair(theirs=request()), asker=FriendRequestSide(friends=3)))
    assert not asked(_replace(pair(), target=FriendRequestSide(request=request(), friends=3))).befriends


USERS = (0, 1)


class Asking(RuleBasedStateMachine):
    """Two users ask, decline and withdraw while time passes; the model contains only what each of them was told."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.are_friends = False
        self.requests: list[Request | None] = [None, None]
        self.sees_own: list[int | None] = [None, None]
        """Until when each user believes to have an open request."""

    @rule(by=st.sampled_from(USERS), quiet=st.booleans())
    def ask(self, by: int, quiet: bool) -> None:
        other = 1 - by
        stood = is_open(self.requests[other], now=self.now)
        decision = asked(
            FriendPair(
                asker=FriendRequestSide(request=self.requests[by]),
                target=FriendRequestSide(request=self.requests[other]),
                are_friends=self.are_friends,
                have_met=True,
            ),
            quiet=quiet,
            now=self.now,
        )
        assert decision.befriends == (stood and not self.are_friends)
        if decision.befriends or self.are_friends:
            assert decision.status == "friends"
            self.are_friends, self.requests, self.sees_own = True, [None, None], [None, None]
            return
        assert decision.status == "requested"
        own = self.sees_own[by]
        assert decision.is_counted == (own is None or own <= self.now)
        if decision.request is not None:
            self.requests[by] = decision.request
            self.sees_own[by] = decision.request.until_at

    @rule(by=st.sampled_from(USERS))
    def decline(self, by: int) -> None:
        asked_by = self.requests[1 - by]
        if asked_by is not None and not asked_by.is_quiet and self.now < asked_by.until_at:
            self.requests[1 - by] = _replace(asked_by, declined_at=self.now)

    @rule(by=st.sampled_from(USERS))
    def withdraw(self, by: int) -> None:
        mine = self.requests[by]
        self.sees_own[by] = None
        if self.are_friends:
            self.are_friends = False
        elif mine is not None:
            self.requests[by] = None if mine.declined_at is None else _replace(mine, withdrawn_at=self.now)

    @rule(ms=st.sampled_from((1, 499, 500, 1_000)))
    def wait(self, ms: int) -> None:
        self.now += ms

    @invariant()
    def each_sees_what_is_stored(self) -> None:
        for user in USERS:
            own = self.sees_own[user]
            assert is_open(self.requests[user], now=self.now) == (own is not None and self.now < own)
        # There is never more than one open request of a pair: the second is the answer to the first.
        assert not all(is_open(one, now=self.now) for one in self.requests)


Asking.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestAsking = Asking.TestCase
