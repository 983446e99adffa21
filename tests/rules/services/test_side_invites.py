"""Direct invites to a user who joined with `auto_accept`: they stay in the queue, and the first event wins."""

import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import InviteGone, TargetUnavailable
from matchmaker.domain.ids import UserId
from matchmaker.domain.invite import Invite
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.timing import Timing
from matchmaker.domain.user_events import InviteClosed, InviteReceived, QueueUpdate, RoomStarted
from tests.support.builders import ADA, BOB, CAT, NOW, profile
from tests.support.harness import DAN, MIRROR, TEXT, VIDEO, MatchmakerHarness

HOUR = 3_600_000
OPEN = replace(TEXT, auto_accept=True)


@pytest.fixture
async def harness() -> MatchmakerHarness:
    return await MatchmakerHarness().begin()


async def ask(harness: MatchmakerHarness) -> Invite:
    """Invite Bob, who waits with `auto_accept`, by Ada, who is idle."""
    await harness.wait(BOB, wish=OPEN)
    return await harness.mm.invite(ADA, BOB, mode="text", duration_s=None)


def closed(harness: MatchmakerHarness, user: UserId) -> list[tuple[str, str | None]]:
    return [
        (event.outcome, event.by) for event in harness.events_of(user, InviteClosed) if isinstance(event, InviteClosed)
    ]


async def test_invited_user_stays_in_the_queue(harness: MatchmakerHarness) -> None:
    invite = await ask(harness)
    assert (await harness.phase(ADA), await harness.phase(BOB)) == ("invited", "queued")
    assert [event.to for event in harness.events if isinstance(event, InviteReceived)] == [BOB]
    snapshot = await harness.mm.snapshot(BOB)
    assert (snapshot.state.phase, snapshot.invite) == ("queued", invite)


async def test_accept_before_a_match_opens_the_room(harness: MatchmakerHarness) -> None:
    invite = await ask(harness)
    await harness.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert [type(n) for n in harness.events if n.to == BOB][-2:] == [InviteClosed, RoomStarted]
    assert closed(harness, BOB) == closed(harness, ADA) == [("accepted", None)]
    assert (await harness.phase(ADA), await harness.phase(BOB)) == ("in_room", "in_room")


@pytest.mark.parametrize("auto_accept", [True, False])
async def test_match_before_the_accept_closes_the_invite_first(harness: MatchmakerHarness, auto_accept: bool) -> None:
    invite = await ask(harness)
    await harness.wait(CAT, wish=replace(TEXT, auto_accept=auto_accept))
    assert closed(harness, BOB) == closed(harness, ADA) == [("unavailable", None)]
    told = [type(event) for event in harness.events if event.to == BOB]
    assert told[-2:] == [InviteClosed, RoomStarted if auto_accept else InviteReceived]
    assert await harness.phase(ADA) == "idle"
    assert await harness.phase(BOB) == ("in_room" if auto_accept else "invited")
    with pytest.raises(InviteGone):
        await harness.mm.accept(BOB, invite.invite_id, duration_s=None)


async def test_leaving_the_queue_closes_the_invite(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.mm.leave_queue(BOB)
    assert closed(harness, BOB) == closed(harness, ADA) == [("unavailable", BOB)]
    assert (await harness.phase(ADA), await harness.phase(BOB)) == ("idle", "idle")


async def test_expiry_keeps_the_invited_user_in_the_queue(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.advance(20_000)
    assert closed(harness, BOB) == closed(harness, ADA) == [("expired", None)]
    assert harness.events_of(BOB, QueueUpdate) == []
    ticket = (await harness.state(BOB)).ticket
    assert ticket is not None
    assert ticket.joined_at == NOW
    assert (await harness.phase(ADA), await harness.phase(BOB)) == ("idle", "queued")


async def test_decline_and_cancel_keep_the_invited_user_in_the_queue(harness: MatchmakerHarness) -> None:
    invite = await ask(harness)
    await harness.mm.decline(BOB, invite.invite_id)
    harness.repository.cooldowns.clear()
    await harness.mm.context.exclusions.refresh(ADA)
    await harness.mm.context.exclusions.refresh(BOB)
    invite = await harness.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await harness.mm.cancel(ADA, invite.invite_id)
    assert closed(harness, BOB) == [("declined", BOB), ("cancelled", ADA)]
    assert harness.events_of(BOB, QueueUpdate) == []
    assert (await harness.phase(ADA), await harness.phase(BOB)) == ("idle", "queued")


async def test_one_side_invite_at_a_time(harness: MatchmakerHarness) -> None:
    await ask(harness)
    with pytest.raises(TargetUnavailable):
        await harness.mm.invite(CAT, BOB, mode="text", duration_s=None)
    harness.clock.advance(20_000)  # No timer has fired: the deadline wins all the same.
    await harness.mm.invite(CAT, BOB, mode="text", duration_s=None)
    assert closed(harness, ADA) == [("expired", None)]


async def test_mutual_invites_open_one_room(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.mm.invite(BOB, ADA, mode="text", duration_s=None)
    assert (await harness.phase(ADA), await harness.phase(BOB)) == ("in_room", "in_room")


async def test_inviting_another_user_closes_the_invite(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.wait(CAT, wish=replace(TEXT, pairing="manual"))
    await harness.mm.invite(BOB, CAT, mode="text", duration_s=None)
    assert closed(harness, ADA) == closed(harness, BOB) == [("unavailable", BOB)]
    assert [await harness.phase(user) for user in (ADA, BOB, CAT)] == ["idle", "invited", "invited"]


async def test_refused_invite_closes_nothing(harness: MatchmakerHarness) -> None:
    await ask(harness)
    with pytest.raises(TargetUnavailable):
        await harness.mm.invite(BOB, CAT, mode="text", duration_s=None)
    assert closed(harness, BOB) == []
    assert (await harness.state(BOB)).side_invite is not None


async def test_waiting_inviter_is_requeued_when_a_match_comes_first(harness: MatchmakerHarness) -> None:
    await harness.wait(ADA, wish=VIDEO)
    await ask(harness)
    await harness.wait(CAT, wish=OPEN)
    assert [await harness.phase(user) for user in (ADA, BOB, CAT)] == ["queued", "in_room", "in_room"]


async def test_invited_user_disconnects_for_good(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.drop(BOB)
    await harness.advance(5_000)
    assert closed(harness, ADA) == [("unavailable", BOB)]
    assert (await harness.phase(ADA), await harness.phase(BOB)) == ("idle", "idle")


async def test_inviter_disconnects_for_good(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.drop(ADA)
    await harness.advance(5_000)
    assert closed(harness, BOB) == [("cancelled", ADA)]
    assert await harness.phase(BOB) == "queued"


@pytest.mark.parametrize("who", [ADA, BOB])
async def test_block_closes_the_invite(harness: MatchmakerHarness, who: UserId) -> None:
    await ask(harness)
    await harness.mm.block(who, BOB if who == ADA else ADA)
    assert closed(harness, ADA) == closed(harness, BOB) == [("unavailable", None)]
    assert (await harness.phase(ADA), await harness.phase(BOB)) == ("idle", "queued")


async def test_ban_closes_the_invite(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.mm.remove_user(BOB, "banned")
    assert closed(harness, ADA) == [("unavailable", None)]
    assert await harness.phase(ADA) == "idle"


async def test_failed_opening_restores_both_users(harness: MatchmakerHarness) -> None:
    invite = await ask(harness)
    harness.repository.down = True
    with pytest.raises(Exception, match="cannot store"):
        await harness.mm.accept(BOB, invite.invite_id, duration_s=None)
    harness.repository.down = False
    assert (await harness.phase(ADA), await harness.phase(BOB)) == ("invited", "queued")
    await harness.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert await harness.phase(BOB) == "in_room"


async def test_mirror_waits_until_the_invite_ends() -> None:
    harness = await MatchmakerHarness(Timing(mirror_after_ms=10_000)).begin()
    await harness.mm.connect(profile(MIRROR, mirror=True), resumed=False)
    await harness.wait(BOB, wish=replace(VIDEO, auto_accept=True))
    await harness.advance(5_000)
    await harness.mm.invite(ADA, BOB, mode="video", duration_s=None)
    await harness.advance(19_999)
    assert await harness.phase(BOB) == "queued"
    await harness.advance(10_001)
    assert await harness.phase(BOB) == "in_room"


# The second invite that expires


async def test_second_expired_invite_within_an_hour_sets_a_cooldown(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.advance(20_000)
    await harness.advance(HOUR - 20_001)
    await harness.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await harness.advance(20_000)
    at = harness.clock.at
    last = [event for event in harness.events_of(BOB, InviteClosed) if isinstance(event, InviteClosed)][-1]
    assert (last.outcome, last.cooldown_until) == ("expired", at + HOUR)
    assert [*harness.repository.cooldowns.values()] == [at + HOUR]


async def test_expired_invite_after_an_hour_counts_as_first(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.advance(20_000)
    await harness.advance(HOUR - 20_000)
    await harness.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await harness.advance(20_000)
    assert harness.repository.cooldowns == {}


async def test_expired_invites_of_others_or_the_other_direction_do_not_count(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.advance(20_000)
    await harness.mm.invite(CAT, BOB, mode="text", duration_s=None)
    await harness.advance(20_000)
    await harness.wait(ADA, wish=replace(TEXT, pairing="manual"))
    await harness.mm.invite(BOB, ADA, mode="text", duration_s=None)
    await harness.advance(20_000)
    assert [event.outcome for event in harness.events_of(BOB, InviteClosed) if isinstance(event, InviteClosed)] == [
        "expired"
    ] * 3
    assert harness.repository.cooldowns == {}


async def test_expired_invite_counts_after_the_inviter_was_dropped(harness: MatchmakerHarness) -> None:
    await ask(harness)
    await harness.advance(20_000)
    await harness.drop(ADA)
    await harness.advance(120_000)
    assert harness.store.cached_state(ADA) is None
    await harness.mm.connect(profile(ADA), resumed=False)
    await harness.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await harness.advance(20_000)
    assert len(harness.repository.cooldowns) == 1


async def test_expired_invites_are_dropped_after_the_window(harness: MatchmakerHarness) -> None:
    unanswered = harness.mm.context.unanswered_invites
    for n in range(1_000):
        unanswered.record(UserId(f"a{n}"), BOB, now=NOW + n * HOUR // 10)
    assert len(unanswered) == 10


# Not listed


async def test_unlisted_user_is_closed_to_invites_and_still_paired(harness: MatchmakerHarness) -> None:
    await harness.wait(BOB, wish=MatchPreferences(mode="text", listed=False))
    assert await harness.mm.discover(ADA, mode=None, limit=20, include_seen=True) == []
    with pytest.raises(TargetUnavailable):
        await harness.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await harness.wait(DAN)
    assert await harness.phase(BOB) == "invited"
