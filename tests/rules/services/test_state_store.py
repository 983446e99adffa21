"""User states, the queue and invites in memory."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from matchmaker.domain import invite as invites
from matchmaker.domain.ids import InviteId, UserId
from matchmaker.domain.invite import Invite
from matchmaker.domain.profile import GENDERS, Gender, Profile
from matchmaker.domain.queue import select
from matchmaker.domain.ticket import ALL_AGES, AgeBand, MatchPreferences, Mode, Ticket
from matchmaker.domain.timing import FOREVER, Timing
from matchmaker.domain.user_events import AnyUserEvent, QueueUpdate
from matchmaker.domain.user_state import UserState
from matchmaker.services.state_store import StateStore

RULES = Timing()
NOW = 1_800_000_000_000


class StoreHarness:
    """A store, its published events, and helpers for the users in it."""

    def __init__(self) -> None:
        self.events: list[AnyUserEvent] = []
        self.store = StateStore(self.events.append)

    async def put(self, *states: UserState) -> None:
        for state in states:
            self.store.put(state)

    async def wait(self, name: str, *, since: int = NOW, **wish: object) -> Ticket:
        """Put a user into the queue since *since*."""
        ticket = ticket_of(name, since=since, **wish)
        await self.put(replace(await self.state(name), profile=ticket.profile, ticket=ticket, connected=True))
        return ticket

    async def state(self, name: str) -> UserState:
        return self.store.cached_state(UserId(name)) or UserState(profile=ticket_of(name).profile, connected=True)

    async def met_by(self, ticket: Ticket, *, now: int = NOW) -> str | None:
        found = select(self.store.find_candidates(ticket, now=now), now=now, rules=RULES)
        return None if found is None else found.user

    async def listed(
        self,
        mode: Mode | None = None,
        *,
        first: Iterable[str] = "",
        skip: str = "",
        limit: int = 20,
        band: AgeBand = ALL_AGES,
    ) -> list[str]:
        """The listed users; names are single letters."""
        found = self.store.waiting(
            mode=mode,
            band=band,
            first=[UserId(name) for name in first],
            skip={UserId(name) for name in skip},
            limit=limit,
        )
        return [state.user for state in found]


def ticket_of(
    name: str,
    *,
    since: int = NOW,
    gender: Gender = "unspecified",
    avoid: dict[str, int] | None = None,
    offered: tuple[str, ...] = (),
    introduced: str = "",
    band: AgeBand = ALL_AGES,
    **wish: object,
) -> Ticket:
    profile = Profile(user_id=UserId(name), display_name=name, gender=gender)
    return Ticket(
        profile=profile,
        wish=MatchPreferences(**{"mode": "text", **wish}),  # type: ignore[arg-type]
        joined_at=since,
        avoid={UserId(other): until for other, until in (avoid or {}).items()},
        offered=dict.fromkeys(map(UserId, offered)),
        introduced={UserId(other): "Somebody" for other in introduced},
        band=band,
    )


def invite_of(one: str, other: str) -> Invite:
    return invites.match(InviteId(f"{one}+{other}"), ticket_of(one), ticket_of(other), now=NOW, rules=RULES)


@pytest.fixture
def harness() -> StoreHarness:
    return StoreHarness()


async def test_put_state_is_found(harness: StoreHarness) -> None:
    state = await harness.state("a")
    await harness.put(state)
    assert harness.store.cached_state(UserId("a")) is state
    assert harness.store.cached_state(UserId("b")) is None
    await harness.put(replace(state, epoch=1))
    assert (await harness.state("a")).epoch == 1


async def test_events_are_published_in_order(harness: StoreHarness) -> None:
    news = tuple(QueueUpdate(to=UserId("a"), queued=True, reason=str(n)) for n in range(3))
    harness.store.publish(news)
    harness.store.publish(news[:1])
    assert harness.events == [*news, news[0]]


async def test_invite_is_open_until_dropped(harness: StoreHarness) -> None:
    invite = invite_of("a", "b")
    harness.store.put_invite(invite)
    assert harness.store.invite(invite.invite_id) is invite
    harness.store.remove_invite(invite.invite_id)
    assert harness.store.invite(invite.invite_id) is None


async def test_dropped_state_is_in_no_list(harness: StoreHarness) -> None:
    await harness.wait("a")
    harness.store.forget(UserId("a"))
    assert harness.store.cached_state(UserId("a")) is None
    assert await harness.listed() == []
    assert harness.store.depth() == {"video": 0, "text": 0}


async def test_longest_waiting_is_met_first(harness: StoreHarness) -> None:
    for n, name in enumerate("abc"):
        await harness.wait(name, since=NOW + n)
    assert await harness.met_by(ticket_of("z", since=NOW + 9), now=NOW + 9) == "a"


async def test_user_who_returns_to_an_old_place_is_met_first(harness: StoreHarness) -> None:
    await harness.wait("b", since=NOW + 1)
    await harness.wait("c", since=NOW + 2)
    await harness.wait("a", since=NOW)
    assert await harness.met_by(ticket_of("z", since=NOW + 9), now=NOW + 9) == "a"
    assert await harness.listed() == ["a", "b", "c"]


async def test_user_never_meets_themselves(harness: StoreHarness) -> None:
    ticket = await harness.wait("a")
    assert await harness.met_by(ticket) is None


async def test_modes_do_not_mix(harness: StoreHarness) -> None:
    await harness.wait("a", mode="video")
    assert await harness.met_by(ticket_of("z")) is None
    assert await harness.met_by(ticket_of("z", mode="video")) == "a"


@pytest.mark.parametrize(
    ("hers", "his", "meet"),
    [(GENDERS, GENDERS, True), ({"male"}, {"female"}, True), ({"female"}, GENDERS, False), (GENDERS, {"male"}, False)],
)
async def test_both_filters_must_match(harness: StoreHarness, hers: set[Gender], his: set[Gender], meet: bool) -> None:
    await harness.wait("a", gender="female", want=frozenset(hers))
    found = await harness.met_by(ticket_of("z", gender="male", want=frozenset(his)))
    assert found == ("a" if meet else None)


@pytest.mark.parametrize(
    ("hers", "his", "meet"),
    [(ALL_AGES, ALL_AGES, True), (18, 18, True), (18, 25, False), (None, 18, False), (18, None, False)],
)
async def test_different_age_bands_do_not_meet(harness: StoreHarness, hers: AgeBand, his: AgeBand, meet: bool) -> None:
    await harness.wait("a", band=hers)
    assert await harness.met_by(ticket_of("z", band=his)) == ("a" if meet else None)
    assert await harness.met_by(ticket_of("z", band=his, introduced="a")) == ("a" if meet else None)
    assert await harness.listed(band=his) == (["a"] if meet else [])
    assert await harness.listed("text", first="a", band=his) == (["a"] if meet else [])


async def test_user_of_unknown_age_meets_no_one(harness: StoreHarness) -> None:
    await harness.wait("a", band=None)
    assert await harness.met_by(ticket_of("z", band=None)) is None
    assert await harness.listed(band=None) == []
    assert await harness.listed(first="a", band=None) == []
    assert harness.store.depth() == {"video": 0, "text": 1}


@pytest.mark.parametrize("whose", ["mine", "theirs"])
async def test_cooldown_prevents_pairing_until_its_end_which_is_returned(harness: StoreHarness, whose: str) -> None:
    mine, theirs = ({"a": NOW + 9}, {}) if whose == "mine" else ({}, {"z": NOW + 9})
    await harness.wait("a", avoid=theirs)
    ticket = ticket_of("z", avoid=mine)
    heads = harness.store.find_candidates(ticket, now=NOW + 8)
    assert (heads.new, heads.already_met, heads.retry_at) == (None, None, NOW + 9)
    assert await harness.met_by(ticket, now=NOW + 8) is None
    assert await harness.met_by(ticket, now=NOW + 9) == "a"


async def test_block_never_ends(harness: StoreHarness) -> None:
    await harness.wait("a", avoid={"z": FOREVER})
    heads = harness.store.find_candidates(ticket_of("z"), now=NOW)
    assert (heads.new, heads.retry_at) == (None, None)


async def test_new_user_precedes_an_offered_one(harness: StoreHarness) -> None:
    await harness.wait("a", since=NOW)
    await harness.wait("b", since=NOW + 1)
    ticket = ticket_of("z", since=NOW + 2, offered=("a",))
    assert await harness.met_by(ticket) == "b"
    await harness.put(replace(await harness.state("b"), ticket=None))
    assert await harness.met_by(ticket) == "a"


async def test_shared_interest_precedes_until_a_wait_of_5_seconds(harness: StoreHarness) -> None:
    await harness.wait("a", since=NOW)
    await harness.wait("b", since=NOW + 1, interests=("go", "jazz"))
    await harness.wait("c", since=NOW + 2, interests=("jazz",))
    ticket = ticket_of("z", interests=("chess", "jazz"))
    assert await harness.met_by(ticket, now=NOW + 4_999) == "b"
    assert await harness.met_by(ticket, now=NOW + 5_000) == "a"


async def test_introduced_user_is_met_first(harness: StoreHarness) -> None:
    await harness.wait("a", since=NOW)
    await harness.wait("b", since=NOW + 1, interests=("jazz",))
    await harness.wait("c", since=NOW + 3)
    await harness.wait("d", since=NOW + 2)
    ticket = ticket_of("z", introduced="cdx", interests=("jazz",))
    assert await harness.met_by(ticket) == "d", "of two, who waited longer"
    await harness.put(replace(await harness.state("d"), ticket=None))
    assert await harness.met_by(ticket) == "c"
    await harness.put(replace(await harness.state("c"), connected=False))
    assert await harness.met_by(ticket) == "b"


@pytest.mark.parametrize("obstacle", [{"mode": "video"}, {"avoid": {"z": NOW + 1}}, {"pairing": "manual"}])
async def test_introduction_overrides_no_rule(harness: StoreHarness, obstacle: dict[str, object]) -> None:
    await harness.wait("a", since=NOW)
    await harness.wait("b", since=NOW + 1, **obstacle)
    assert await harness.met_by(ticket_of("z", introduced="b")) == "a"


async def test_offered_introduction_has_no_priority(harness: StoreHarness) -> None:
    await harness.wait("a", since=NOW)
    await harness.wait("b", since=NOW + 1)
    ticket = ticket_of("z", introduced="b", offered=("b",))
    assert await harness.met_by(ticket) == "a"
    await harness.put(replace(await harness.state("a"), ticket=None))
    assert await harness.met_by(ticket) == "b"


async def test_manual_user_is_listed_and_never_paired(harness: StoreHarness) -> None:
    await harness.wait("a", pairing="manual")
    assert await harness.met_by(ticket_of("z")) is None
    assert await harness.listed() == ["a"]


async def test_unlisted_user_is_paired_counted_and_never_listed(harness: StoreHarness) -> None:
    await harness.wait("a", listed=False)
    await harness.wait("b", since=NOW + 1)
    assert await harness.listed() == ["b"]
    assert await harness.listed(first="a") == ["b"]
    assert await harness.met_by(ticket_of("z")) == "a"
    assert harness.store.depth() == {"video": 0, "text": 2}
    await harness.wait("a", listed=True)
    assert await harness.listed() == ["a", "b"]
    await harness.put(replace(await harness.state("a"), ticket=None))
    assert harness.store.depth() == {"video": 0, "text": 1}


async def test_limited_user_is_listed_and_not_paired_until_the_limit_ends(harness: StoreHarness) -> None:
    ticket = await harness.wait("a")
    await harness.put(replace(await harness.state("a"), ticket=replace(ticket, rests_until=NOW + 5)))
    for seeker in (ticket_of("z"), ticket_of("z", introduced="a")):
        assert await harness.met_by(seeker) is None
    assert await harness.listed() == ["a"]
    await harness.put(replace(await harness.state("a"), ticket=ticket))
    assert await harness.met_by(ticket_of("z")) == "a"


async def test_user_with_a_side_invite_still_waits(harness: StoreHarness) -> None:
    await harness.wait("a")
    await harness.put(replace(await harness.state("a"), side_invite=InviteId("i"), rooms_due=NOW))
    assert await harness.met_by(ticket_of("z")) == "a"
    state = await harness.state("a")
    assert (state.side_invite, state.rooms_due) == ("i", NOW)


@pytest.mark.parametrize("busy", ["gone", "invited", "in_room", "idle"])
async def test_only_connected_and_free_users_wait(harness: StoreHarness, busy: str) -> None:
    await harness.wait("a")
    state = await harness.state("a")
    await harness.put(
        {
            "gone": replace(state, connected=False),
            "invited": replace(state, invite=InviteId("i")),
            "in_room": replace(state, room="r"),
            "idle": replace(state, ticket=None),
        }[busy]
    )
    assert await harness.met_by(ticket_of("z")) is None
    assert await harness.listed() == []


async def test_user_with_the_mirror_still_waits(harness: StoreHarness) -> None:
    await harness.wait("a", mode="video")
    await harness.put(replace(await harness.state("a"), room="r", mirrored=True))
    assert await harness.met_by(ticket_of("z", mode="video")) == "a"


async def test_discover_lists_introductions_then_longest_waiting(harness: StoreHarness) -> None:
    for n, name in enumerate("abcd"):
        await harness.wait(name, since=NOW + n, mode="video" if name == "b" else "text")
    assert await harness.listed() == ["a", "b", "c", "d"]
    assert await harness.listed(first="d") == ["d", "a", "b", "c"]
    assert await harness.listed("text", first="db", skip="a") == ["d", "c"]
    assert await harness.listed(first="dx", skip="d", limit=2) == ["a", "b"]
    assert await harness.listed(first="dc", limit=1) == ["d"]
    assert harness.store.depth() == {"video": 1, "text": 3}


async def test_equal_instants_keep_the_order_of_arrival(harness: StoreHarness) -> None:
    for name in "cab":
        await harness.wait(name)
    assert await harness.listed() == ["c", "a", "b"]
    met = []
    for _ in "abc":
        met.append(await harness.met_by(ticket_of("z")))
        await harness.put(replace(await harness.state(str(met[-1])), ticket=None))
    assert met == ["c", "a", "b"]


async def test_new_preferences_keep_the_place(harness: StoreHarness) -> None:
    await harness.wait("a", since=NOW, interests=("go",))
    await harness.wait("b", since=NOW + 1)
    await harness.wait("a", since=NOW, interests=("chess",), want=frozenset(("unspecified",)))
    assert await harness.listed() == ["a", "b"]
    assert await harness.met_by(ticket_of("z")) == "a"
    heads = harness.store.find_candidates(ticket_of("z", interests=("go",)), now=NOW)
    assert heads.shared_interest is None


async def test_excluded_users_are_passed_over_at_any_number(harness: StoreHarness) -> None:
    crowd = [f"{n:02}" for n in range(50)]
    for n, name in enumerate(crowd):
        await harness.wait(name, since=NOW + n)
    await harness.wait("a", since=NOW + 99)
    apart = {name: NOW + 1_000 + n for n, name in enumerate(crowd)}
    assert await harness.met_by(ticket_of("z", avoid=apart)) == "a"
    mine = await harness.wait("z", since=NOW + 100, avoid=apart)
    assert await harness.met_by(mine) == "a", "also for a user who waits"
    await harness.put(replace(await harness.state("a"), ticket=None))
    heads = harness.store.find_candidates(mine, now=NOW)
    assert (heads.new, heads.already_met, heads.retry_at) == (None, None, NOW + 1_000)
    assert await harness.met_by(mine, now=NOW + 1_000) == "00"
    state = await harness.state("z")
    assert await harness.listed(skip="az") == crowd[:20]
    await harness.put(replace(state, ticket=replace(mine, avoid={})))
    assert await harness.met_by((await harness.state("z")).ticket or mine) == "00", "the new exclusions replace the old"


async def test_offered_users_are_kept_with_the_state(harness: StoreHarness) -> None:
    await harness.wait("a", since=NOW)
    await harness.wait("b", since=NOW + 1)
    for offered in (("a",), ("a", "x"), ("x",), ()):
        names = dict.fromkeys(map(UserId, offered))
        ticket = ticket_of("z", since=NOW + 2, offered=offered)
        await harness.put(replace(await harness.state("z"), ticket=ticket, offered=names))
        assert (await harness.state("z")).offered == names
        assert await harness.met_by((await harness.state("z")).ticket or ticket) == ("b" if "a" in offered else "a")
        assert await harness.met_by(ticket_of("a", since=NOW)) == "b"
