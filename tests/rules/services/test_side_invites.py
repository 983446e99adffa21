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
from tests.support.harness import DAN, GLASS, TEXT, VIDEO, Place

HOUR = 3_600_000
OPEN = replace(TEXT, auto_accept=True)


@pytest.fixture
async def place() -> Place:
    return await Place().begin()


async def ask(place: Place) -> Invite:
    """Invite Bob, who waits with `auto_accept`, by Ada, who is idle."""
    await place.wait(BOB, wish=OPEN)
    return await place.mm.invite(ADA, BOB, mode="text", duration_s=None)


def closed(place: Place, user: UserId) -> list[tuple[str, str | None]]:
    return [(news.outcome, news.by) for news in place.told(user, InviteClosed) if isinstance(news, InviteClosed)]


async def test_invited_user_stays_in_the_queue(place: Place) -> None:
    invite = await ask(place)
    assert (await place.phase(ADA), await place.phase(BOB)) == ("invited", "queued")
    assert [news.to for news in place.news if isinstance(news, InviteReceived)] == [BOB]
    snapshot = await place.mm.snapshot(BOB)
    assert (snapshot.state.phase, snapshot.invite) == ("queued", invite)


async def test_accept_before_a_match_opens_the_room(place: Place) -> None:
    invite = await ask(place)
    await place.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert [type(n) for n in place.news if n.to == BOB][-2:] == [InviteClosed, RoomStarted]
    assert closed(place, BOB) == closed(place, ADA) == [("accepted", None)]
    assert (await place.phase(ADA), await place.phase(BOB)) == ("in_room", "in_room")


@pytest.mark.parametrize("auto_accept", [True, False])
async def test_match_before_the_accept_closes_the_invite_first(place: Place, auto_accept: bool) -> None:
    invite = await ask(place)
    await place.wait(CAT, wish=replace(TEXT, auto_accept=auto_accept))
    assert closed(place, BOB) == closed(place, ADA) == [("unavailable", None)]
    told = [type(news) for news in place.news if news.to == BOB]
    assert told[-2:] == [InviteClosed, RoomStarted if auto_accept else InviteReceived]
    assert await place.phase(ADA) == "idle"
    assert await place.phase(BOB) == ("in_room" if auto_accept else "invited")
    with pytest.raises(InviteGone):
        await place.mm.accept(BOB, invite.invite_id, duration_s=None)


async def test_leaving_the_queue_closes_the_invite(place: Place) -> None:
    await ask(place)
    await place.mm.leave_queue(BOB)
    assert closed(place, BOB) == closed(place, ADA) == [("unavailable", BOB)]
    assert (await place.phase(ADA), await place.phase(BOB)) == ("idle", "idle")


async def test_expiry_keeps_the_invited_user_in_the_queue(place: Place) -> None:
    await ask(place)
    await place.let_pass(20_000)
    assert closed(place, BOB) == closed(place, ADA) == [("expired", None)]
    assert place.told(BOB, QueueUpdate) == []
    ticket = (await place.state(BOB)).ticket
    assert ticket is not None
    assert ticket.joined_at == NOW
    assert (await place.phase(ADA), await place.phase(BOB)) == ("idle", "queued")


async def test_decline_and_cancel_keep_the_invited_user_in_the_queue(place: Place) -> None:
    invite = await ask(place)
    await place.mm.decline(BOB, invite.invite_id)
    place.repository.cooldowns.clear()
    await place.mm.context.exclusions.refresh(ADA)
    await place.mm.context.exclusions.refresh(BOB)
    invite = await place.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await place.mm.cancel(ADA, invite.invite_id)
    assert closed(place, BOB) == [("declined", BOB), ("cancelled", ADA)]
    assert place.told(BOB, QueueUpdate) == []
    assert (await place.phase(ADA), await place.phase(BOB)) == ("idle", "queued")


async def test_one_side_invite_at_a_time(place: Place) -> None:
    await ask(place)
    with pytest.raises(TargetUnavailable):
        await place.mm.invite(CAT, BOB, mode="text", duration_s=None)
    place.clock.advance(20_000)  # No timer has fired: the deadline wins all the same.
    await place.mm.invite(CAT, BOB, mode="text", duration_s=None)
    assert closed(place, ADA) == [("expired", None)]


async def test_mutual_invites_open_one_room(place: Place) -> None:
    await ask(place)
    await place.mm.invite(BOB, ADA, mode="text", duration_s=None)
    assert (await place.phase(ADA), await place.phase(BOB)) == ("in_room", "in_room")


async def test_inviting_another_user_closes_the_invite(place: Place) -> None:
    await ask(place)
    await place.wait(CAT, wish=replace(TEXT, pairing="manual"))
    await place.mm.invite(BOB, CAT, mode="text", duration_s=None)
    assert closed(place, ADA) == closed(place, BOB) == [("unavailable", BOB)]
    assert [await place.phase(user) for user in (ADA, BOB, CAT)] == ["idle", "invited", "invited"]


async def test_refused_invite_closes_nothing(place: Place) -> None:
    await ask(place)
    with pytest.raises(TargetUnavailable):
        await place.mm.invite(BOB, CAT, mode="text", duration_s=None)
    assert closed(place, BOB) == []
    assert (await place.state(BOB)).side_invite is not None


async def test_waiting_inviter_is_requeued_when_a_match_comes_first(place: Place) -> None:
    await place.wait(ADA, wish=VIDEO)
    await ask(place)
    await place.wait(CAT, wish=OPEN)
    assert [await place.phase(user) for user in (ADA, BOB, CAT)] == ["queued", "in_room", "in_room"]


async def test_invited_user_disconnects_for_good(place: Place) -> None:
    await ask(place)
    await place.drop(BOB)
    await place.let_pass(5_000)
    assert closed(place, ADA) == [("unavailable", BOB)]
    assert (await place.phase(ADA), await place.phase(BOB)) == ("idle", "idle")


async def test_inviter_disconnects_for_good(place: Place) -> None:
    await ask(place)
    await place.drop(ADA)
    await place.let_pass(5_000)
    assert closed(place, BOB) == [("cancelled", ADA)]
    assert await place.phase(BOB) == "queued"


@pytest.mark.parametrize("who", [ADA, BOB])
async def test_block_closes_the_invite(place: Place, who: UserId) -> None:
    await ask(place)
    await place.mm.block(who, BOB if who == ADA else ADA)
    assert closed(place, ADA) == closed(place, BOB) == [("unavailable", None)]
    assert (await place.phase(ADA), await place.phase(BOB)) == ("idle", "queued")


async def test_ban_closes_the_invite(place: Place) -> None:
    await ask(place)
    await place.mm.remove_user(BOB, "banned")
    assert closed(place, ADA) == [("unavailable", None)]
    assert await place.phase(ADA) == "idle"


async def test_failed_opening_restores_both_users(place: Place) -> None:
    invite = await ask(place)
    place.repository.down = True
    with pytest.raises(Exception, match="cannot store"):
        await place.mm.accept(BOB, invite.invite_id, duration_s=None)
    place.repository.down = False
    assert (await place.phase(ADA), await place.phase(BOB)) == ("invited", "queued")
    await place.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert await place.phase(BOB) == "in_room"


async def test_mirror_waits_until_the_invite_ends() -> None:
    place = await Place(Timing(mirror_after_ms=10_000)).begin()
    await place.mm.connect(profile(GLASS, mirror=True), resumed=False)
    await place.wait(BOB, wish=replace(VIDEO, auto_accept=True))
    await place.let_pass(5_000)
    await place.mm.invite(ADA, BOB, mode="video", duration_s=None)
    await place.let_pass(19_999)
    assert await place.phase(BOB) == "queued"
    await place.let_pass(10_001)
    assert await place.phase(BOB) == "in_room"


# The second invite that expires


async def test_second_expired_invite_within_an_hour_sets_a_cooldown(place: Place) -> None:
    await ask(place)
    await place.let_pass(20_000)
    await place.let_pass(HOUR - 20_001)
    await place.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await place.let_pass(20_000)
    at = place.clock.at
    last = [news for news in place.told(BOB, InviteClosed) if isinstance(news, InviteClosed)][-1]
    assert (last.outcome, last.cooldown_until) == ("expired", at + HOUR)
    assert [*place.repository.cooldowns.values()] == [at + HOUR]


async def test_expired_invite_after_an_hour_counts_as_first(place: Place) -> None:
    await ask(place)
    await place.let_pass(20_000)
    await place.let_pass(HOUR - 20_000)
    await place.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await place.let_pass(20_000)
    assert place.repository.cooldowns == {}


async def test_expired_invites_of_others_or_the_other_direction_do_not_count(place: Place) -> None:
    await ask(place)
    await place.let_pass(20_000)
    await place.mm.invite(CAT, BOB, mode="text", duration_s=None)
    await place.let_pass(20_000)
    await place.wait(ADA, wish=replace(TEXT, pairing="manual"))
    await place.mm.invite(BOB, ADA, mode="text", duration_s=None)
    await place.let_pass(20_000)
    assert [news.outcome for news in place.told(BOB, InviteClosed) if isinstance(news, InviteClosed)] == ["expired"] * 3
    assert place.repository.cooldowns == {}


async def test_expired_invite_counts_after_the_inviter_was_dropped(place: Place) -> None:
    await ask(place)
    await place.let_pass(20_000)
    await place.drop(ADA)
    await place.let_pass(120_000)
    assert place.store.cached_state(ADA) is None
    await place.mm.connect(profile(ADA), resumed=False)
    await place.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await place.let_pass(20_000)
    assert len(place.repository.cooldowns) == 1


async def test_expired_invites_are_dropped_after_the_window(place: Place) -> None:
    unanswered = place.mm.context.unanswered_invites
    for n in range(1_000):
        unanswered.record(UserId(f"a{n}"), BOB, now=NOW + n * HOUR // 10)
    assert len(unanswered) == 10


# Not listed


async def test_unlisted_user_is_closed_to_invites_and_still_paired(place: Place) -> None:
    await place.wait(BOB, wish=MatchPreferences(mode="text", listed=False))
    assert await place.mm.discover(ADA, mode=None, limit=20, include_seen=True) == []
    with pytest.raises(TargetUnavailable):
        await place.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await place.wait(DAN)
    assert await place.phase(BOB) == "invited"
