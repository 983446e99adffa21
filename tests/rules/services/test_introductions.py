import asyncio
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from matchmaker.domain.ids import UserId
from matchmaker.domain.queue import MatchCandidates, select
from matchmaker.domain.ticket import MatchPreferences, Ticket, may_meet
from matchmaker.domain.timing import FOREVER
from matchmaker.domain.user_state import UserState
from matchmaker.services.introductions import IntroductionCache, first_introduced
from matchmaker.services.state_store import StateStore
from tests.rules.domain.test_queue import names, tickets
from tests.support.builders import ADA, BOB, CAT, NOW, RULES, ticket
from tests.support.repository_memory import MemoryRoomRepository


def test_introduction_precedes_longer_wait_and_shared_interest() -> None:
    heads = MatchCandidates(new=ticket(BOB, since=NOW - 60_000), shared_interest=ticket(CAT), introduced=ticket(ADA))
    assert select(heads, now=NOW, rules=RULES) is heads.introduced


def test_longest_waiting_of_several_introduced_is_paired() -> None:
    old, young = ticket(BOB, since=NOW - 1), ticket(CAT)
    assert first_introduced(ticket(ADA), [young, old], now=NOW) is old


def test_introduction_overrides_no_rule() -> None:
    mine = ticket(ADA, gender="female")
    for other in (
        ticket(BOB, MatchPreferences(mode="text")),
        ticket(BOB, MatchPreferences(pairing="manual")),
        ticket(BOB, MatchPreferences(want=frozenset(("male",)))),
        ticket(BOB, avoid={ADA: NOW + 1}),
        ticket(BOB, avoid={ADA: FOREVER}),
        ticket(BOB, offered=(ADA,)),
        ticket(ADA),
    ):
        assert first_introduced(mine, [other], now=NOW) is None
    assert first_introduced(replace(mine, offered={BOB: None}), [ticket(BOB)], now=NOW) is None
    assert first_introduced(mine, [ticket(BOB, avoid={ADA: NOW})], now=NOW) == ticket(BOB, avoid={ADA: NOW})


@given(tickets, st.lists(tickets, max_size=6))
def test_introduced_user_may_be_met(mine: Ticket, others: list[Ticket]) -> None:
    found = first_introduced(mine, others, now=NOW)
    fit = [
        other
        for other in others
        if may_meet(mine, other, NOW) and other.user not in mine.offered and mine.user not in other.offered
        and other.wish.pairing == "auto"
    ]  # fmt: skip
    assert (found is None) == (not fit)
    assert found is None or (found in fit and found.joined_at == min(other.joined_at for other in fit))
    assert set(names) >= {other.user for other in fit}


class Counting(dict[UserId, UserState]):
    """Counts lookups, and refuses a search."""

    looks = 0

    def get(self, user: UserId, default: UserState | None = None) -> UserState | None:  # type: ignore[override]
        """Look up a user."""
        self.looks += 1
        return super().get(user, default)

    def __iter__(self) -> Iterator[UserId]:
        raise AssertionError("all waiting users were read")


async def test_introduced_users_are_looked_up_without_a_search() -> None:
    store = StateStore(lambda _: None)
    users = [UserId(f"{n:05}") for n in range(5_000)]
    for n, user in enumerate(users):
        waiting = ticket(user, since=NOW + n)
        store.put(UserState(profile=waiting.profile, connected=True, ticket=waiting))
    store._states = states = Counting(store._states)
    mine = replace(ticket(ADA), introduced=dict.fromkeys([*users[-3:], BOB]))
    heads = store.find_candidates(mine, now=NOW)
    assert (heads.introduced and heads.introduced.user, heads.new and heads.new.user) == (users[-3], users[0])
    assert states.looks == 4


class Slow(MemoryRoomRepository):
    """Answers when released by the test."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()

    async def introduced(self, user: UserId) -> dict[UserId, str | None]:
        """Return the answer as of the call."""
        answer = dict(await super().introduced(user))
        await self.go_on.wait()
        return answer


async def test_change_during_the_load_is_kept() -> None:
    repository = Slow()
    introductions = IntroductionCache(repository)
    reading = [asyncio.create_task(introductions.of(ADA)) for _ in range(2)]
    await asyncio.sleep(0)
    introductions.add(BOB, ADA, "Cat")
    repository.go_on.set()
    first, second = await asyncio.gather(*reading)
    assert first is second, "one mapping, which tickets share"
    assert first == {BOB: "Cat"}
    introductions.add(ADA, CAT, "Bob")
    introductions.add(ADA, CAT, "Dan")
    assert first == {BOB: "Cat", CAT: "Bob"}, "whoever was first is named"
    introductions.forget(ADA)
    assert introductions.known(ADA) == {}
    assert await introductions.of(ADA) == {}, "the repository has the last word"
    assert not introductions._readings
