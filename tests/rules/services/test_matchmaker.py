"""The operations together: stories of two or three users, and of what happens between two awaits."""

import asyncio

import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import (
    CooldownActive,
    Forbidden,
    Invalid,
    InviteGone,
    NotInRoom,
    TargetUnavailable,
    Unavailable,
    WrongPhase,
)
from matchmaker.domain.ids import InviteId, UserId
from matchmaker.domain.ticket import MatchPreferences
from matchmaker.domain.timing import Timing
from matchmaker.domain.user_events import InviteClosed, QueueUpdate, RoomEnded, RoomStarted
from tests.support.builders import ADA, BOB, CAT, NOW, profile
from tests.support.harness import DAN, GLASS, TEXT, VIDEO, Place

DAY, HOUR = 86_400_000, 3_600_000


@pytest.fixture
async def place() -> Place:
    return await Place().begin()


def closed(place: Place, user: UserId) -> list[tuple[str, str | None, int | None]]:
    return [
        (news.outcome, news.by, news.cooldown_until)
        for news in place.told(user, InviteClosed)
        if isinstance(news, InviteClosed)
    ]


async def phases(place: Place, *users: UserId) -> list[str]:
    return [await place.phase(user) for user in users]


# How invites end (product.md section 3)


async def test_direct_invite_declined(place: Place) -> None:
    invite = await place.ask()
    place.clock.advance(5)
    await place.mm.decline(BOB, invite.invite_id)
    assert closed(place, ADA) == closed(place, BOB) == [("declined", BOB, NOW + 5 + DAY)]
    assert await phases(place, ADA, BOB) == ["idle", "queued"]
    ticket = (await place.state(BOB)).ticket
    assert ticket is not None
    assert ticket.joined_at == NOW, "in the old place"
    with pytest.raises(CooldownActive):
        await place.mm.invite(ADA, BOB, mode="text", duration_s=None)


async def test_waiting_inviter_loses_place_on_decline_and_keeps_it_on_cancel(place: Place) -> None:
    for verb, by, phase in ((place.mm.decline, BOB, "idle"), (place.mm.cancel, ADA, "queued")):
        place.repository.cooldowns.clear()
        await place.mm.remove_user(BOB, "deleted")
        await place.mm.remove_user(ADA, "deleted")
        for user in (ADA, BOB):
            await place.mm.connect(profile(user), resumed=False)
        await place.wait(BOB)
        await place.wait(ADA, wish=VIDEO)
        invite = await place.mm.invite(ADA, BOB, mode="text", duration_s=None)
        await verb(by, invite.invite_id)
        assert await phases(place, ADA, BOB) == [phase, "queued"]


async def test_declined_match_returns_both_to_the_queue(place: Place) -> None:
    invite = await place.match()
    await place.mm.decline(ADA, invite.invite_id)
    assert await phases(place, ADA, BOB) == ["queued", "queued"]
    assert closed(place, ADA) == closed(place, BOB) == [("declined", ADA, NOW + DAY)]


async def test_cancelled_invite_sets_one_hour(place: Place) -> None:
    invite = await place.ask()
    await place.mm.cancel(ADA, invite.invite_id)
    assert closed(place, BOB) == [("cancelled", ADA, NOW + HOUR)]
    assert await phases(place, ADA, BOB) == ["idle", "queued"]


async def test_invite_expires_at_20_seconds_without_a_timer(place: Place) -> None:
    invite = await place.match()
    await place.mm.accept(ADA, invite.invite_id, duration_s=None)
    place.clock.advance(20_000)
    with pytest.raises(InviteGone):
        await place.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert closed(place, ADA) == closed(place, BOB) == [("expired", None, None)]
    assert await phases(place, ADA, BOB) == ["queued", "idle"], "who had not answered leaves the queue"


async def test_invite_is_accepted_one_ms_before_its_deadline(place: Place) -> None:
    invite = await place.ask()
    place.clock.advance(19_999)
    await place.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert await phases(place, ADA, BOB) == ["in_room", "in_room"]
    told = [type(news) for news in place.news if news.to == ADA]
    assert told.index(InviteClosed) < told.index(RoomStarted)


async def test_user_of_an_expired_invite_may_be_invited_again(place: Place) -> None:
    await place.ask()
    await place.let_pass(20_000)
    assert (await place.ask()).invite_id == place.invites[-1].invite_id


async def test_invite_is_cancelled_when_the_inviter_is_away_for_5_seconds(place: Place) -> None:
    invite = await place.ask()
    await place.drop(ADA)
    place.clock.advance(5_000)
    with pytest.raises(InviteGone):  # No timer has fired.
        await place.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert closed(place, BOB) == [("cancelled", ADA, NOW + 5_000 + HOUR)]


async def test_invite_is_unavailable_when_the_invitee_is_away(place: Place) -> None:
    await place.ask()
    await place.drop(BOB)
    await place.let_pass(4_999)
    assert closed(place, ADA) == []
    await place.let_pass(1)
    assert closed(place, ADA) == [("unavailable", BOB, None)]
    assert await phases(place, ADA, BOB) == ["idle", "idle"]


async def test_reload_keeps_the_invite(place: Place) -> None:
    invite = await place.ask()
    await place.drop(BOB)
    await place.let_pass(4_999)
    snapshot = await place.mm.connect(profile(BOB), resumed=False)
    assert snapshot.invite is not None
    assert snapshot.invite.invite_id == invite.invite_id


async def test_mutual_invites_open_one_room(place: Place) -> None:
    await place.wait(ADA, BOB, wish=MatchPreferences(mode="text", pairing="manual"))
    await asyncio.gather(
        place.mm.invite(ADA, BOB, mode="text", duration_s=None), place.mm.invite(BOB, ADA, mode="text", duration_s=None)
    )
    assert len(place.repository.open) == 1
    assert await phases(place, ADA, BOB) == ["in_room", "in_room"]


async def test_user_has_at_most_one_invite(place: Place) -> None:
    await place.wait(BOB, CAT, wish=MatchPreferences(mode="text", pairing="manual"))
    results = await asyncio.gather(
        *(place.mm.invite(ADA, whom, mode="text", duration_s=None) for whom in (BOB, CAT)), return_exceptions=True
    )
    assert [type(result) for result in results].count(WrongPhase) == 1
    assert len(place.invites) == 1


async def test_users_who_cannot_be_invited(place: Place) -> None:
    await place.wait(BOB, wish=MatchPreferences(mode="text", want=frozenset(("female",))))
    for whom, mode, why in (
        (ADA, "text", Invalid),
        (CAT, "text", TargetUnavailable),
        (BOB, "video", TargetUnavailable),
        (BOB, "text", TargetUnavailable),
        (UserId("nobody"), "text", TargetUnavailable),
    ):
        with pytest.raises(why):
            await place.mm.invite(ADA, whom, mode=mode, duration_s=None)  # type: ignore[arg-type]


async def test_only_invited_users_may_answer(place: Place) -> None:
    invite = await place.ask()
    for verb in (place.mm.decline, place.mm.cancel):
        with pytest.raises(InviteGone):
            await verb(CAT, invite.invite_id)
    with pytest.raises(InviteGone):
        await place.mm.accept(CAT, invite.invite_id, duration_s=None)
    with pytest.raises(Forbidden):
        await place.mm.accept(ADA, invite.invite_id, duration_s=None)
    with pytest.raises(InviteGone):
        await place.mm.accept(ADA, InviteId("nothing"), duration_s=None)
    assert await phases(place, ADA, BOB) == ["invited", "invited"]


# Between two awaits


async def test_failed_opening_restores_the_invite_and_then_expires_it(place: Place) -> None:
    invite = await place.ask()
    place.repository.slow = True
    accepting = asyncio.ensure_future(place.mm.accept(BOB, invite.invite_id, duration_s=None))
    await asyncio.sleep(0)
    await place.repository.rest()
    place.clock.advance(25_000)
    place.repository.slow = False
    place.repository.release(0, "lost")
    with pytest.raises(Unavailable):
        await accepting
    await place.rest()
    assert closed(place, ADA) == closed(place, BOB) == [("expired", None, None)]
    assert await phases(place, ADA, BOB) == ["idle", "idle"]


async def test_connect_during_the_opening_gets_its_outcome(place: Place) -> None:
    invite = await place.ask()
    for fate, phase in (("lost", "invited"), ("done", "in_room")):
        place.repository.slow = True
        accepting = asyncio.ensure_future(place.mm.accept(BOB, invite.invite_id, duration_s=None))
        await asyncio.sleep(0)
        arriving = asyncio.ensure_future(place.mm.connect(profile(ADA), resumed=True))
        await asyncio.sleep(0)
        await place.repository.rest()
        assert not arriving.done()
        place.repository.slow = False
        place.repository.release(0, fate)  # type: ignore[arg-type]
        snapshot = await arriving
        await asyncio.gather(accepting, return_exceptions=True)
        assert snapshot.state.phase == phase
        assert (snapshot.invite is None, snapshot.room is None) == (phase == "in_room", phase == "invited")


async def test_join_during_a_failed_opening_gets_its_outcome(place: Place) -> None:
    eager = MatchPreferences(mode="text", auto_accept=True)
    await place.wait(ADA, wish=eager)
    await place.mm.join(BOB, eager)
    await place.mm.context.load([CAT])
    place.repository.slow = True
    seeking = asyncio.ensure_future(place.mm.find_match(BOB))
    await asyncio.sleep(0)
    await place.repository.rest()
    place.repository.slow = False
    await place.wait(CAT, wish=eager)
    place.repository.release(0, "lost")
    await seeking
    await place.mm.leave_queue(BOB)
    await place.let_pass(1_000)
    assert await phases(place, ADA, BOB, CAT) == ["in_room", "idle", "in_room"]


async def test_one_of_two_seekers_gets_the_waiting_user(place: Place) -> None:
    eager = MatchPreferences(mode="text", auto_accept=True)
    await place.wait(ADA, wish=eager)
    for user in (BOB, CAT):
        await place.mm.join(user, eager)
    await asyncio.gather(place.mm.find_match(BOB), place.mm.find_match(CAT))
    assert await phases(place, ADA, BOB, CAT) == ["in_room", "in_room", "queued"]


async def test_concurrent_accepts_open_one_room(place: Place) -> None:
    invite = await place.ask()
    results = await asyncio.gather(
        *(place.mm.accept(BOB, invite.invite_id, duration_s=None) for _ in range(2)), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), InviteGone]
    assert len(place.repository.open) == 1


async def test_closing_invite_schedules_nothing(place: Place) -> None:
    invite = await place.match()
    place.repository.slow = True
    declining = asyncio.ensure_future(place.mm.decline(ADA, invite.invite_id))
    await asyncio.sleep(0)
    await place.drop(BOB)
    await place.let_pass(5_000)
    assert (await place.state(BOB)).ticket is None, "the place is lost all the same"
    assert ("state", BOB) not in place.mm.context.scheduler._due
    place.repository.release(0, "done")
    await declining
    await place.let_pass(90_000)
    assert place.store.cached_state(BOB) is None


async def test_unconfirmed_end_is_announced_once_known(place: Place) -> None:
    room_id = await place.meet()
    place.repository.slow = True
    leaving = asyncio.ensure_future(place.mm.leave_room(ADA, room_id, "hangup"))
    await asyncio.sleep(0)
    await place.repository.rest()
    place.repository.release(0, "unheard")
    with pytest.raises(Unavailable):
        await leaving
    place.repository.slow = False
    with pytest.raises(NotInRoom):
        await place.mm.send(BOB, room_id, client_id="1", body="still there?")
    assert [(news.to, news.reason, news.by) for news in place.news if isinstance(news, RoomEnded)] == [
        (ADA, "hangup", ADA),
        (BOB, "hangup", ADA),
    ]
    await place.mm.leave_room(ADA, room_id, "hangup")
    assert await phases(place, ADA, BOB) == ["idle", "idle"]


async def test_block_during_the_opening_ends_the_room(place: Place) -> None:
    await place.wait(ADA, wish=MatchPreferences(mode="text", auto_accept=True))
    await place.mm.join(BOB, MatchPreferences(mode="text", auto_accept=True))
    place.repository.slow = True
    seeking = asyncio.ensure_future(place.mm.find_match(BOB))
    await asyncio.sleep(0)
    await place.repository.rest()
    blocking = asyncio.ensure_future(place.mm.block(BOB, ADA))
    await asyncio.sleep(0)
    await place.repository.rest()
    place.repository.slow = False
    place.repository.release(1, "done")
    await asyncio.sleep(0)
    await place.repository.rest()
    place.repository.release(0, "done")
    await asyncio.gather(seeking, blocking)
    assert place.repository.open == {}
    assert "in_room" not in await phases(place, ADA, BOB)


async def test_loss_of_a_superseded_socket_changes_nothing(place: Place) -> None:
    first = (await place.mm.connect(profile(ADA), resumed=False)).state.epoch
    second = (await place.mm.connect(profile(ADA), resumed=True)).state.epoch
    place.mm.disconnect(ADA, epoch=first)
    assert (await place.state(ADA)).connected
    place.mm.disconnect(ADA, epoch=second)
    assert not (await place.state(ADA)).connected


# Queue


async def test_place_in_queue_is_kept_for_5_seconds(place: Place) -> None:
    await place.wait(ADA)
    await place.drop(ADA)
    await place.let_pass(4_999)
    await place.wait(BOB)
    assert place.invites == [], "nobody meets somebody who is away"
    await place.mm.connect(profile(ADA), resumed=True)
    await place.rest()
    assert len(place.invites) == 2
    await place.mm.decline(BOB, place.invites[0].invite_id)
    await place.drop(ADA)
    await place.let_pass(5_000)
    assert await place.phase(ADA) == "idle"
    assert place.told(ADA, QueueUpdate)[-1] == QueueUpdate(to=ADA, queued=False, reason="expired_hold")


async def test_second_join_keeps_the_place_and_replaces_preferences(place: Place) -> None:
    await place.wait(ADA)
    place.clock.advance(500)
    await place.wait(ADA, wish=VIDEO)
    ticket = (await place.state(ADA)).ticket
    assert ticket is not None
    assert (ticket.joined_at, ticket.wish) == (NOW, VIDEO)


async def test_join_is_refused_while_busy(place: Place) -> None:
    await place.match()
    with pytest.raises(WrongPhase):
        await place.mm.join(ADA, TEXT)
    await place.mm.accept(ADA, place.invites[0].invite_id, duration_s=None)
    await place.mm.accept(BOB, place.invites[0].invite_id, duration_s=None)
    with pytest.raises(WrongPhase):
        await place.mm.join(ADA, TEXT)


async def test_users_are_paired_when_their_cooldown_ends(place: Place) -> None:
    invite = await place.match()
    await place.mm.decline(ADA, invite.invite_id)
    await place.let_pass(DAY - 1)
    assert len(place.invites) == 2
    await place.let_pass(1)
    assert len(place.invites) == 4


async def test_unblock_pairs_two_waiting_users(place: Place) -> None:
    await place.mm.block(ADA, BOB)
    await place.wait(ADA, BOB)
    assert place.invites == []
    await place.mm.unblock(ADA, BOB)
    await place.rest()
    assert len(place.invites) == 2


async def test_gender_change_changes_compatibility(place: Place) -> None:
    await place.wait(ADA, BOB, wish=MatchPreferences(mode="text", want=frozenset(("female",))))
    place.mm.update_profile(profile(ADA, gender="female"))
    assert place.invites == []
    place.mm.update_profile(profile(BOB, gender="female"))
    await place.rest()
    assert len(place.invites) == 2


async def test_discover_omits_shown_users_self_and_blocked(place: Place) -> None:
    await place.wait(ADA, BOB, CAT, DAN, wish=MatchPreferences(mode="text", pairing="manual"))
    await place.mm.block(DAN, ADA)

    async def found(**how: bool) -> list[str]:
        listed = await place.mm.discover(ADA, mode=None, limit=9, include_seen=how.get("again", False))
        return [one.ticket.user for one in listed]

    assert await found() == [BOB, CAT]
    assert await found() == []
    assert await found(again=True) == [BOB, CAT]


# Rooms


@pytest.mark.parametrize(("reason", "phase"), [("next", "queued"), ("hangup", "idle")])
async def test_next_requeues_the_user(place: Place, reason: str, phase: str) -> None:
    room_id = await place.meet()
    await place.mm.leave_room(ADA, room_id, reason)  # type: ignore[arg-type]
    assert await phases(place, ADA, BOB) == [phase, "idle"]
    await place.mm.leave_room(ADA, room_id, "hangup")
    await place.mm.leave_room(BOB, room_id, "hangup")
    assert len(place.told(BOB, RoomEnded)) == 1


async def test_after_a_failed_call_new_users_are_paired_first(place: Place) -> None:
    room_id = await place.meet(replace(VIDEO, auto_next=True))
    await place.wait(CAT, wish=VIDEO)
    await place.mm.leave_room(ADA, room_id, "connect_failed")
    assert [*place.repository.cooldowns.values()] == [NOW + HOUR]
    await place.rest()
    assert CAT in place.invites[-1].users


async def test_failed_call_sets_one_hour_on_this_node(place: Place) -> None:
    room_id = await place.meet(VIDEO)
    place.clock.advance(25_000)
    await place.mm.leave_room(ADA, room_id, "connect_failed")
    for user in (ADA, BOB):
        assert [n.cooldown_until for n in place.told(user, RoomEnded) if isinstance(n, RoomEnded)] == [NOW + HOUR]
        assert (await place.mm.context.exclusions.of(user)) == {BOB if user == ADA else ADA: NOW + HOUR}


async def test_other_users_cannot_tell_whether_a_room_exists(place: Place) -> None:
    room_id = await place.meet()
    for name in (room_id, "nowhere"):
        with pytest.raises(NotInRoom):
            await place.mm.leave_room(CAT, name, "hangup")  # type: ignore[arg-type]
        with pytest.raises(NotInRoom):
            await place.mm.send(CAT, name, client_id="1", body="hi")  # type: ignore[arg-type]


async def test_ban_removes_the_user_immediately(place: Place) -> None:
    room_id = await place.meet()
    await place.mm.remove_user(ADA, "banned")
    assert place.store.cached_state(ADA) is None
    assert [news.reason for news in place.told(BOB, RoomEnded) if isinstance(news, RoomEnded)] == ["banned"]
    assert room_id not in place.repository.open
    await place.mm.remove_user(ADA, "banned")


async def test_recovered_room_ends_when_nobody_reconnects(place: Place) -> None:
    room_id = await place.meet()
    after = Place()
    after.repository = place.repository
    again = Place.__new__(Place)
    again.__dict__.update(after.__dict__)
    again.mm = type(after.mm)(
        store=after.store, repository=place.repository, clock=after.clock, rules=Timing(), on_fault=after._fail
    )
    again.mm.context.scheduler.disarm()
    assert await again.mm.recover(crashed_at=NOW) == 1
    assert await again.mm.recover(crashed_at=NOW) == 1
    await again.let_pass(59_999)
    assert room_id in place.repository.open
    await again.let_pass(1)
    assert place.repository.endings[room_id].reason == "grace_expired"
    assert place.repository.cooldowns[ADA, BOB] == NOW + 60_000 + DAY
    await again.let_pass(90_000)
    assert again.store.cached_state(ADA) is None


# The mirror


@pytest.fixture
async def glass() -> Place:
    """The same harness, with a mirror that joins after ten seconds."""
    place = await Place(Timing(mirror_after_ms=10_000)).begin()
    await place.mm.connect(profile(GLASS, mirror=True), resumed=False)
    return place


async def test_mirror_joins_after_10_seconds_and_leaves_no_history(glass: Place) -> None:
    await glass.wait(ADA, wish=VIDEO)
    await glass.let_pass(9_999)
    assert glass.rooms == []
    await glass.let_pass(1)
    assert await phases(glass, ADA, GLASS) == ["in_room", "in_room"]
    await glass.mm.leave_room(ADA, glass.rooms[-1], "hangup")
    assert await phases(glass, ADA, GLASS) == ["idle", "idle"]
    assert (glass.repository.cooldowns, glass.repository.history) == ({}, [])


async def test_user_has_priority_over_the_mirror(glass: Place) -> None:
    await glass.wait(ADA, wish=VIDEO)
    await glass.let_pass(10_000)
    await glass.wait(BOB, wish=VIDEO)
    assert glass.invites[-1].users == (ADA, BOB)
    assert await phases(glass, ADA, BOB, GLASS) == ["invited", "invited", "idle"]


async def test_user_arrives_while_a_mirror_room_opens(glass: Place) -> None:
    await glass.wait(ADA, wish=VIDEO)
    await glass.mm.join(BOB, replace(VIDEO, pairing="manual"))
    glass.clock.advance(10_000)
    glass.repository.slow = True
    opening = asyncio.ensure_future(glass.mm.context.scheduler.run_due())
    await asyncio.sleep(0)
    await glass.repository.rest()
    glass.repository.slow = False
    await glass.mm.join(BOB, VIDEO)
    seeking = asyncio.ensure_future(glass.mm.find_match(BOB))
    await asyncio.sleep(0)
    glass.repository.release(0, "done")
    await asyncio.wait_for(asyncio.gather(opening, seeking), 5)
    assert glass.invites[-1].users == (ADA, BOB)


async def test_next_brings_the_mirror_again(glass: Place) -> None:
    room_id = await glass.meet(VIDEO)
    await glass.mm.leave_room(ADA, room_id, "next")
    await glass.let_pass(10_000)
    assert await phases(glass, ADA, GLASS) == ["in_room", "in_room"]


async def test_mirror_skips_users_who_blocked_it(glass: Place) -> None:
    glass.repository.users.add(GLASS)
    await glass.mm.block(ADA, GLASS)
    await glass.wait(ADA, wish=VIDEO)
    await glass.let_pass(30_000)
    assert glass.rooms == []
