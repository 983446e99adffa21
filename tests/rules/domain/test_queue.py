from dataclasses import dataclass
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import GENDERS
from matchmaker.domain.queue import MatchCandidates, Queue, WaitQueue, select
from matchmaker.domain.ticket import AgeBand, MatchPreferences, Mode, Ticket, avoided_until, may_meet
from matchmaker.domain.timing import FOREVER
from tests.support.builders import ADA, BOB, CAT, NOW, RULES, ticket


def test_empty_queue_has_no_candidates() -> None:
    assert Queue().candidates(ticket(ADA), now=NOW) == MatchCandidates()
    assert select(MatchCandidates(), now=NOW, rules=RULES) is None


def test_interest_window_closes_at_5_seconds() -> None:
    old, kin = ticket(BOB), ticket(CAT, since=NOW + 1)
    heads = MatchCandidates(new=old, shared_interest=kin)
    assert select(heads, now=NOW + 4_999, rules=RULES) is kin
    assert select(heads, now=NOW + 5_000, rules=RULES) is old


def test_offered_user_is_met_only_when_no_new_user_waits() -> None:
    assert select(MatchCandidates(new=ticket(BOB), already_met=ticket(CAT)), now=NOW, rules=RULES) == ticket(BOB)
    assert select(MatchCandidates(already_met=ticket(CAT)), now=NOW, rules=RULES) == ticket(CAT)


def test_equal_instants_keep_the_order_of_arrival() -> None:
    line = WaitQueue()
    for n, name in enumerate("cab"):
        line.add(ticket(UserId(name)), n)
    assert [found.user for found in line] == ["c", "a", "b"]


def test_user_can_leave_from_any_place_in_a_line() -> None:
    line = WaitQueue()
    for n, since in enumerate((5, 9, 1, 7, 1)):
        line.add(ticket(UserId(str(n)), since=since), n)
    assert [found.user for found in line] == ["2", "4", "0", "3", "1"]
    for left in ("4", "0", "nobody"):
        line.discard(UserId(left))
    assert ([found.user for found in line], len(line)) == (["2", "3", "1"], 3)


def test_earliest_cooldown_end_is_returned() -> None:
    queue = Queue()
    for user, until in ((BOB, NOW + 9), (CAT, NOW + 5), (UserId("dan"), FOREVER)):
        queue.add(ticket(user, avoid={ADA: until}))
    assert queue.candidates(ticket(ADA), now=NOW) == MatchCandidates(retry_at=NOW + 5)


def test_users_who_left_leave_no_state() -> None:
    queue = Queue()
    everybody = [
        ticket(UserId(str(n)), MatchPreferences(interests=("go",), pairing="auto" if n % 2 else "manual"))
        for n in range(9)
    ]
    for found in everybody:
        queue.add(found)
    assert queue.depth() == {"video": 9, "text": 0}
    for found in everybody:
        queue.discard(found)
        queue.discard(found)
    assert queue.depth() == {"video": 0, "text": 0}
    assert all(not line and not line.tagged for line in queue._lines.values())


# Compared with a linear search.

names = [UserId(name) for name in "abcdefg"]
wants = st.sampled_from((GENDERS, frozenset(("female",)), frozenset(("male", "female")), frozenset(("unspecified",))))
tickets = st.builds(
    ticket,
    st.sampled_from(names),
    st.builds(
        MatchPreferences,
        mode=st.sampled_from(("video", "video", "text")),
        pairing=st.sampled_from(("auto", "auto", "manual")),
        interests=st.sampled_from(((), ("go",), ("jazz",), ("go", "jazz"))),
        want=wants,
    ),
    since=st.integers(NOW, NOW + 12_000),
    gender=st.sampled_from(("female", "male", "unspecified")),
    avoid=st.dictionaries(st.sampled_from(names), st.sampled_from((NOW + 1, NOW + 12_500, FOREVER)), max_size=2),
    offered=st.lists(st.sampled_from(names), max_size=2).map(tuple),
    band=st.sampled_from((18, 18, 18, 25, None)),
)


@dataclass
class Walked:
    """All tickets in one list."""

    people: list[Ticket]

    def heads(self, mine: Ticket, *, now: int) -> MatchCandidates:
        fit = [t for t in self.people if t.wish.pairing == "auto" and may_meet(mine, t, now)]
        fit.sort(key=lambda t: t.joined_at)
        met = [t for t in fit if t.user in mine.offered or mine.user in t.offered]
        new = [t for t in fit if t not in met]
        kin = [t for t in new if set(t.wish.interests) & set(mine.wish.interests)]
        return MatchCandidates(
            new=new[0] if new else None, shared_interest=kin[0] if kin else None, already_met=met[0] if met else None
        )

    def retry_at(self, mine: Ticket, *, now: int) -> int | None:
        """The earliest end of a cooldown that prevents a pairing, if no user can be paired."""
        ends = [
            until
            for t in self.people
            if t.wish.pairing == "auto" and may_meet(mine, t, FOREVER) and (until := avoided_until(mine, t, now))
        ]
        return min((until for until in ends if until < FOREVER), default=None)

    def listed(self, mode: Mode, band: AgeBand) -> list[int]:
        """Since when each user that *band* may discover has waited."""
        return sorted(t.joined_at for t in self.people if t.wish.mode == mode and t.band == band is not None)


@given(st.lists(st.one_of(tickets, st.integers(0, 20)), max_size=14), tickets)
def test_queue_agrees_with_a_linear_search(script: list[Ticket | int], mine: Ticket) -> None:
    queue, walked, now = Queue(), Walked([]), NOW + 12_000
    for step in script:
        if isinstance(step, Ticket):
            elder = next((t for t in walked.people if t.user == step.user), None)
            if elder is not None:
                walked.people.remove(elder)
                queue.discard(elder)
            walked.people.append(step)
            queue.add(step)
        elif walked.people:
            left = walked.people.pop(step % len(walked.people))
            queue.discard(left)
    heads, simple = queue.candidates(mine, now=now), walked.heads(mine, now=now)

    def since(found: Ticket | None) -> int | None:
        return None if found is None else found.joined_at

    assert (since(heads.new), since(heads.shared_interest)) == (since(simple.new), since(simple.shared_interest))
    for found in (heads.new, heads.shared_interest, heads.already_met):
        assert found is None or found in walked.people
    if heads.new is None:
        assert since(heads.already_met) == since(simple.already_met)
        if heads.already_met is None:
            # A search that is too early costs a search; one that is too late would delay a possible pairing.
            last = walked.retry_at(mine, now=now)
            assert last is None or (heads.retry_at is not None and now < heads.retry_at <= last)
    for mode, band in product(("video", "text"), (18, 25, None)):
        assert [t.joined_at for t in queue.listed(mode, band)] == walked.listed(mode, band)
        assert queue.depth()[mode] == sum(t.wish.mode == mode for t in walked.people)
