"""Rooms per user: ten in a row, then one per six seconds."""

import pytest
from msgspec.structs import replace

from matchmaker.domain import user_state as user_states
from matchmaker.domain.errors import RateLimited, WrongPhase
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.timing import Timing
from matchmaker.domain.user_events import QueueUpdate
from matchmaker.domain.user_state import UserState
from tests.support.builders import ADA, BOB, CAT, NOW, RULES, profile
from tests.support.harness import MIRROR, TEXT, VIDEO, MatchmakerHarness

OPEN = replace(TEXT, auto_accept=True)
FEW = Timing(rooms_burst=1, room_every_ms=6_000)


def entered(state: UserState, *, now: int, rules: Timing) -> UserState:
    """Return the state of a user who has entered one more room, and left it."""
    return replace(user_states.enter_room(state, RoomId("r"), BOB, now=now, rules=rules), room=None)


def test_ten_rooms_in_a_row_then_one_per_6_seconds() -> None:
    state = UserState(profile=profile(ADA))
    for _ in range(10):
        assert user_states.pairing_wait(state, now=NOW, rules=RULES) == 0
        state = entered(state, now=NOW, rules=RULES)
    assert user_states.pairing_wait(state, now=NOW, rules=RULES) == 6_000
    assert user_states.pairing_wait(state, now=NOW + 5_999, rules=RULES) == 1
    assert user_states.pairing_wait(state, now=NOW + 6_000, rules=RULES) == 0
    state = entered(state, now=NOW + 6_000, rules=RULES)
    assert user_states.pairing_wait(state, now=NOW + 6_000, rules=RULES) == 6_000
    assert user_states.pairing_wait(state, now=NOW + 66_000, rules=RULES) == 0


def test_rooms_are_not_counted_without_limits() -> None:
    rules = Timing(room_every_ms=0)
    state = entered(UserState(profile=profile(ADA)), now=NOW, rules=rules)
    assert state.rooms_due == 0
    assert user_states.pairing_wait(state, now=NOW, rules=rules) == 0


def test_state_is_kept_until_the_limit_is_full_again() -> None:
    rules = Timing(resume_ms=1_000)
    state = entered(UserState(profile=profile(ADA), lost_at=NOW), now=NOW, rules=rules)
    assert user_states.with_deadline(state, rules=rules).deadline == NOW + 6_000
    assert not user_states.is_expired(state, now=NOW + 5_999, rules=rules)
    assert user_states.is_expired(state, now=NOW + 6_000, rules=rules)


@pytest.fixture
async def harness() -> MatchmakerHarness:
    return await MatchmakerHarness(FEW).begin()


async def leave(harness: MatchmakerHarness, user: UserId, reason: str = "hangup") -> None:
    await harness.mm.leave_room(user, RoomId(str((await harness.state(user)).room)), reason)  # type: ignore[arg-type]
    await harness.rest()


async def test_join_over_the_limit_is_refused_with_retry_after(harness: MatchmakerHarness) -> None:
    await harness.meet()
    harness.clock.advance(500)
    await leave(harness, ADA)
    with pytest.raises(RateLimited) as refused:
        await harness.mm.join(ADA, TEXT)
    assert refused.value.details == {"retry_after_ms": 5_500}
    assert await harness.phase(ADA) == "idle"
    harness.clock.advance(5_500)
    await harness.mm.join(ADA, TEXT)


async def test_wrong_phase_precedes_the_limit(harness: MatchmakerHarness) -> None:
    await harness.meet()
    with pytest.raises(WrongPhase):
        await harness.mm.join(ADA, TEXT)


@pytest.mark.parametrize("how", ["next", "auto_next"])
async def test_requeued_user_waits_and_is_paired_at_the_deadline(harness: MatchmakerHarness, how: str) -> None:
    await harness.meet(replace(TEXT, auto_next=how == "auto_next"))
    await leave(harness, ADA if how == "next" else BOB, "next" if how == "next" else "hangup")
    assert [n.queued for n in harness.events_of(ADA, QueueUpdate) if isinstance(n, QueueUpdate)] == [True]
    await harness.wait(CAT, wish=OPEN)
    assert (await harness.phase(ADA), await harness.phase(CAT)) == ("queued", "queued")
    await harness.advance(5_999)
    assert await harness.phase(ADA) == "queued"
    assert harness.mm.context.scheduler.next == NOW + 6_000
    await harness.advance(1)
    assert (await harness.phase(ADA), await harness.phase(CAT)) == ("in_room", "in_room")


async def test_limited_user_is_listed_and_can_be_invited(harness: MatchmakerHarness) -> None:
    await harness.meet()
    await leave(harness, ADA, "next")
    found = await harness.mm.discover(CAT, mode=None, limit=20, include_seen=True)
    assert [one.ticket.user for one in found] == [ADA]
    invite = await harness.mm.invite(CAT, ADA, mode="text", duration_s=None)
    await harness.mm.accept(ADA, invite.invite_id, duration_s=None)
    assert await harness.phase(ADA) == "in_room"


async def test_limit_continues_after_an_invite_without_a_room(harness: MatchmakerHarness) -> None:
    await harness.meet()
    await leave(harness, ADA, "next")
    invite = await harness.mm.invite(CAT, ADA, mode="text", duration_s=None)
    await harness.mm.decline(ADA, invite.invite_id)
    await harness.mm.connect(Profile(user_id=UserId("eve"), display_name="Eve"), resumed=False)
    harness.repository.users.add(UserId("eve"))
    await harness.wait(UserId("eve"), wish=OPEN)
    await harness.advance(5_999)
    assert await harness.phase(ADA) == "queued"
    await harness.advance(1)
    assert await harness.phase(ADA) == "in_room"


async def test_introduction_does_not_shorten_the_limit(harness: MatchmakerHarness) -> None:
    await harness.meet()
    await leave(harness, ADA, "next")
    harness.repository.introductions[(ADA, CAT)] = "Eve"
    await harness.mm.introduce(ADA, CAT, by="Eve")
    await harness.wait(CAT, wish=OPEN)
    assert await harness.phase(ADA) == "queued"


async def test_room_that_was_not_stored_is_not_counted(harness: MatchmakerHarness) -> None:
    await harness.wait(ADA, wish=OPEN)
    await harness.mm.join(BOB, OPEN)
    harness.repository.down = True
    await harness.mm.find_match(BOB)
    assert ((await harness.state(ADA)).rooms_due, await harness.phase(ADA)) == (0, "queued")
    harness.repository.down = False
    await harness.advance(250)
    assert await harness.phase(ADA) == "in_room"


async def test_mirror_room_is_not_counted() -> None:
    harness = await MatchmakerHarness(replace(FEW, mirror_after_ms=10_000)).begin()
    await harness.mm.connect(profile(MIRROR, mirror=True), resumed=False)
    await harness.wait(ADA, wish=VIDEO)
    await harness.advance(10_000)
    assert await harness.phase(ADA) == "in_room"
    assert ((await harness.state(ADA)).rooms_due, (await harness.state(MIRROR)).rooms_due) == (0, 0)


async def test_auto_next_keeps_the_place_during_a_short_disconnect(harness: MatchmakerHarness) -> None:
    await harness.meet(MatchPreferences(mode="text", auto_next=True))
    await harness.drop(BOB)
    await leave(harness, ADA)
    assert await harness.phase(BOB) == "queued"
    await harness.advance(5_000)
    assert await harness.phase(BOB) == "idle"
