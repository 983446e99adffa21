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
from tests.support.harness import DAN, MIRROR, TEXT, VIDEO, MatchmakerHarness

DAY, HOUR = 86_400_000, 3_600_000


@pytest.fixture
async def harness() -> MatchmakerHarness:
    return await MatchmakerHarness().begin()


def closed(harness: MatchmakerHarness, user: UserId) -> list[tuple[str, str | None, int | None]]:
    return [
        (event.outcome, event.by, event.cooldown_until)
        for event in harness.events_of(user, InviteClosed)
        if isinstance(event, InviteClosed)
    ]


async def phases(harness: MatchmakerHarness, *users: UserId) -> list[str]:
    return [await harness.phase(user) for user in users]


# How invites end (product.md section 3)


async def test_direct_invite_declined(harness: MatchmakerHarness) -> None:
    invite = await harness.ask()
    harness.clock.advance(5)
    await harness.mm.decline(BOB, invite.invite_id)
    assert closed(harness, ADA) == closed(harness, BOB) == [("declined", BOB, NOW + 5 + DAY)]
    assert await phases(harness, ADA, BOB) == ["idle", "queued"]
    ticket = (await harness.state(BOB)).ticket
    assert ticket is not None
    assert ticket.joined_at == NOW, "in the old place"
    with pytest.raises(CooldownActive):
        await harness.mm.invite(ADA, BOB, mode="text", duration_s=None)


async def test_waiting_inviter_loses_place_on_decline_and_keeps_it_on_cancel(harness: MatchmakerHarness) -> None:
    for verb, by, phase in ((harness.mm.decline, BOB, "idle"), (harness.mm.cancel, ADA, "queued")):
        harness.repository.cooldowns.clear()
        await harness.mm.remove_user(BOB, "deleted")
        await harness.mm.remove_user(ADA, "deleted")
        for user in (ADA, BOB):
            await harness.mm.connect(profile(user), resumed=False)
        await harness.wait(BOB)
        await harness.wait(ADA, wish=VIDEO)
        invite = await harness.mm.invite(ADA, BOB, mode="text", duration_s=None)
        await verb(by, invite.invite_id)
        assert await phases(harness, ADA, BOB) == [phase, "queued"]


async def test_declined_match_returns_both_to_the_queue(harness: MatchmakerHarness) -> None:
    invite = await harness.match()
    await harness.mm.decline(ADA, invite.invite_id)
    assert await phases(harness, ADA, BOB) == ["queued", "queued"]
    assert closed(harness, ADA) == closed(harness, BOB) == [("declined", ADA, NOW + DAY)]


async def test_cancelled_invite_sets_one_hour(harness: MatchmakerHarness) -> None:
    invite = await harness.ask()
    await harness.mm.cancel(ADA, invite.invite_id)
    assert closed(harness, BOB) == [("cancelled", ADA, NOW + HOUR)]
    assert await phases(harness, ADA, BOB) == ["idle", "queued"]


async def test_invite_expires_at_20_seconds_without_a_timer(harness: MatchmakerHarness) -> None:
    invite = await harness.match()
    await harness.mm.accept(ADA, invite.invite_id, duration_s=None)
    harness.clock.advance(20_000)
    with pytest.raises(InviteGone):
        await harness.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert closed(harness, ADA) == closed(harness, BOB) == [("expired", None, None)]
    assert await phases(harness, ADA, BOB) == ["queued", "idle"], "who had not answered leaves the queue"


async def test_invite_is_accepted_one_ms_before_its_deadline(harness: MatchmakerHarness) -> None:
    invite = await harness.ask()
    harness.clock.advance(19_999)
    await harness.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert await phases(harness, ADA, BOB) == ["in_room", "in_room"]
    told = [type(event) for event in harness.events if event.to == ADA]
    assert told.index(InviteClosed) < told.index(RoomStarted)


async def test_user_of_an_expired_invite_may_be_invited_again(harness: MatchmakerHarness) -> None:
    await harness.ask()
    await harness.advance(20_000)
    assert (await harness.ask()).invite_id == harness.invites[-1].invite_id


async def test_invite_is_cancelled_when_the_inviter_is_away_for_5_seconds(harness: MatchmakerHarness) -> None:
    invite = await harness.ask()
    await harness.drop(ADA)
    harness.clock.advance(5_000)
    with pytest.raises(InviteGone):  # No timer has fired.
        await harness.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert closed(harness, BOB) == [("cancelled", ADA, NOW + 5_000 + HOUR)]


async def test_invite_is_unavailable_when_the_invitee_is_away(harness: MatchmakerHarness) -> None:
    await harness.ask()
    await harness.drop(BOB)
    await harness.advance(4_999)
    assert closed(harness, ADA) == []
    await harness.advance(1)
    assert closed(harness, ADA) == [("unavailable", BOB, None)]
    assert await phases(harness, ADA, BOB) == ["idle", "idle"]


async def test_reload_keeps_the_invite(harness: MatchmakerHarness) -> None:
    invite = await harness.ask()
    await harness.drop(BOB)
    await harness.advance(4_999)
    snapshot = await harness.mm.connect(profile(BOB), resumed=False)
    assert snapshot.invite is not None
    assert snapshot.invite.invite_id == invite.invite_id


async def test_mutual_invites_open_one_room(harness: MatchmakerHarness) -> None:
    await harness.wait(ADA, BOB, wish=MatchPreferences(mode="text", pairing="manual"))
    await asyncio.gather(
        harness.mm.invite(ADA, BOB, mode="text", duration_s=None),
        harness.mm.invite(BOB, ADA, mode="text", duration_s=None),
    )
    assert len(harness.repository.open) == 1
    assert await phases(harness, ADA, BOB) == ["in_room", "in_room"]


async def test_user_has_at_most_one_invite(harness: MatchmakerHarness) -> None:
    await harness.wait(BOB, CAT, wish=MatchPreferences(mode="text", pairing="manual"))
    results = await asyncio.gather(
        *(harness.mm.invite(ADA, target, mode="text", duration_s=None) for target in (BOB, CAT)), return_exceptions=True
    )
    assert [type(result) for result in results].count(WrongPhase) == 1
    assert len(harness.invites) == 1


async def test_users_who_cannot_be_invited(harness: MatchmakerHarness) -> None:
    await harness.wait(BOB, wish=MatchPreferences(mode="text", want=frozenset(("female",))))
    for target, mode, why in (
        (ADA, "text", Invalid),
        (CAT, "text", TargetUnavailable),
        (BOB, "video", TargetUnavailable),
        (BOB, "text", TargetUnavailable),
        (UserId("nobody"), "text", TargetUnavailable),
    ):
        with pytest.raises(why):
            await harness.mm.invite(ADA, target, mode=mode, duration_s=None)  # type: ignore[arg-type]


async def test_only_invited_users_may_answer(harness: MatchmakerHarness) -> None:
    invite = await harness.ask()
    for verb in (harness.mm.decline, harness.mm.cancel):
        with pytest.raises(InviteGone):
            await verb(CAT, invite.invite_id)
    with pytest.raises(InviteGone):
        await harness.mm.accept(CAT, invite.invite_id, duration_s=None)
    with pytest.raises(Forbidden):
        await harness.mm.accept(ADA, invite.invite_id, duration_s=None)
    with pytest.raises(InviteGone):
        await harness.mm.accept(ADA, InviteId("nothing"), duration_s=None)
    assert await phases(harness, ADA, BOB) == ["invited", "invited"]


# Between two awaits


async def test_failed_opening_restores_the_invite_and_then_expires_it(harness: MatchmakerHarness) -> None:
    invite = await harness.ask()
    harness.repository.slow = True
    accepting = asyncio.ensure_future(harness.mm.accept(BOB, invite.invite_id, duration_s=None))
    await asyncio.sleep(0)
    await harness.repository.rest()
    harness.clock.advance(25_000)
    harness.repository.slow = False
    harness.repository.release(0, "lost")
    with pytest.raises(Unavailable):
        await accepting
    await harness.rest()
    assert closed(harness, ADA) == closed(harness, BOB) == [("expired", None, None)]
    assert await phases(harness, ADA, BOB) == ["idle", "idle"]


async def test_connect_during_the_opening_gets_its_outcome(harness: MatchmakerHarness) -> None:
    invite = await harness.ask()
    for fate, phase in (("lost", "invited"), ("done", "in_room")):
        harness.repository.slow = True
        accepting = asyncio.ensure_future(harness.mm.accept(BOB, invite.invite_id, duration_s=None))
        await asyncio.sleep(0)
        arriving = asyncio.ensure_future(harness.mm.connect(profile(ADA), resumed=True))
        await asyncio.sleep(0)
        await harness.repository.rest()
        assert not arriving.done()
        harness.repository.slow = False
        harness.repository.release(0, fate)  # type: ignore[arg-type]
        snapshot = await arriving
        await asyncio.gather(accepting, return_exceptions=True)
        assert snapshot.state.phase == phase
        assert (snapshot.invite is None, snapshot.room is None) == (phase == "in_room", phase == "invited")


async def test_join_during_a_failed_opening_gets_its_outcome(harness: MatchmakerHarness) -> None:
    eager = MatchPreferences(mode="text", auto_accept=True)
    await harness.wait(ADA, wish=eager)
    await harness.mm.join(BOB, eager)
    await harness.mm.context.load([CAT])
    harness.repository.slow = True
    seeking = asyncio.ensure_future(harness.mm.find_match(BOB))
    await asyncio.sleep(0)
    await harness.repository.rest()
    harness.repository.slow = False
    await harness.wait(CAT, wish=eager)
    harness.repository.release(0, "lost")
    await seeking
    await harness.mm.leave_queue(BOB)
    await harness.advance(1_000)
    assert await phases(harness, ADA, BOB, CAT) == ["in_room", "idle", "in_room"]


async def test_one_of_two_seekers_gets_the_waiting_user(harness: MatchmakerHarness) -> None:
    eager = MatchPreferences(mode="text", auto_accept=True)
    await harness.wait(ADA, wish=eager)
    for user in (BOB, CAT):
        await harness.mm.join(user, eager)
    await asyncio.gather(harness.mm.find_match(BOB), harness.mm.find_match(CAT))
    assert await phases(harness, ADA, BOB, CAT) == ["in_room", "in_room", "queued"]


async def test_concurrent_accepts_open_one_room(harness: MatchmakerHarness) -> None:
    invite = await harness.ask()
    results = await asyncio.gather(
        *(harness.mm.accept(BOB, invite.invite_id, duration_s=None) for _ in range(2)), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), InviteGone]
    assert len(harness.repository.open) == 1


async def test_closing_invite_schedules_nothing(harness: MatchmakerHarness) -> None:
    invite = await harness.match()
    harness.repository.slow = True
    declining = asyncio.ensure_future(harness.mm.decline(ADA, invite.invite_id))
    await asyncio.sleep(0)
    await harness.drop(BOB)
    await harness.advance(5_000)
    assert (await harness.state(BOB)).ticket is None, "the place is lost all the same"
    assert ("state", BOB) not in harness.mm.context.scheduler._due
    harness.repository.release(0, "done")
    await declining
    await harness.advance(90_000)
    assert harness.store.cached_state(BOB) is None


async def test_unconfirmed_end_is_announced_once_known(harness: MatchmakerHarness) -> None:
    room_id = await harness.meet()
    harness.repository.slow = True
    leaving = asyncio.ensure_future(harness.mm.leave_room(ADA, room_id, "hangup"))
    await asyncio.sleep(0)
    await harness.repository.rest()
    harness.repository.release(0, "unheard")
    with pytest.raises(Unavailable):
        await leaving
    harness.repository.slow = False
    with pytest.raises(NotInRoom):
        await harness.mm.send(BOB, room_id, client_id="1", body="still there?")
    assert [(event.to, event.reason, event.by) for event in harness.events if isinstance(event, RoomEnded)] == [
        (ADA, "hangup", ADA),
        (BOB, "hangup", ADA),
    ]
    await harness.mm.leave_room(ADA, room_id, "hangup")
    assert await phases(harness, ADA, BOB) == ["idle", "idle"]


async def test_block_during_the_opening_ends_the_room(harness: MatchmakerHarness) -> None:
    await harness.wait(ADA, wish=MatchPreferences(mode="text", auto_accept=True))
    await harness.mm.join(BOB, MatchPreferences(mode="text", auto_accept=True))
    harness.repository.slow = True
    seeking = asyncio.ensure_future(harness.mm.find_match(BOB))
    await asyncio.sleep(0)
    await harness.repository.rest()
    blocking = asyncio.ensure_future(harness.mm.block(BOB, ADA))
    await asyncio.sleep(0)
    await harness.repository.rest()
    harness.repository.slow = False
    harness.repository.release(1, "done")
    await asyncio.sleep(0)
    await harness.repository.rest()
    harness.repository.release(0, "done")
    await asyncio.gather(seeking, blocking)
    assert harness.repository.open == {}
    assert "in_room" not in await phases(harness, ADA, BOB)


async def test_loss_of_a_superseded_socket_changes_nothing(harness: MatchmakerHarness) -> None:
    first = (await harness.mm.connect(profile(ADA), resumed=False)).state.epoch
    second = (await harness.mm.connect(profile(ADA), resumed=True)).state.epoch
    harness.mm.disconnect(ADA, epoch=first)
    assert (await harness.state(ADA)).connected
    harness.mm.disconnect(ADA, epoch=second)
    assert not (await harness.state(ADA)).connected


# Queue


async def test_place_in_queue_is_kept_for_5_seconds(harness: MatchmakerHarness) -> None:
    await harness.wait(ADA)
    await harness.drop(ADA)
    await harness.advance(4_999)
    await harness.wait(BOB)
    assert harness.invites == [], "nobody is paired with a disconnected user"
    await harness.mm.connect(profile(ADA), resumed=True)
    await harness.rest()
    assert len(harness.invites) == 2
    await harness.mm.decline(BOB, harness.invites[0].invite_id)
    await harness.drop(ADA)
    await harness.advance(5_000)
    assert await harness.phase(ADA) == "idle"
    assert harness.events_of(ADA, QueueUpdate)[-1] == QueueUpdate(to=ADA, queued=False, reason="expired_hold")


async def test_second_join_keeps_the_place_and_replaces_preferences(harness: MatchmakerHarness) -> None:
    await harness.wait(ADA)
    harness.clock.advance(500)
    await harness.wait(ADA, wish=VIDEO)
    ticket = (await harness.state(ADA)).ticket
    assert ticket is not None
    assert (ticket.joined_at, ticket.wish) == (NOW, VIDEO)


async def test_join_is_refused_while_busy(harness: MatchmakerHarness) -> None:
    await harness.match()
    with pytest.raises(WrongPhase):
        await harness.mm.join(ADA, TEXT)
    await harness.mm.accept(ADA, harness.invites[0].invite_id, duration_s=None)
    await harness.mm.accept(BOB, harness.invites[0].invite_id, duration_s=None)
    with pytest.raises(WrongPhase):
        await harness.mm.join(ADA, TEXT)


async def test_users_are_paired_when_their_cooldown_ends(harness: MatchmakerHarness) -> None:
    invite = await harness.match()
    await harness.mm.decline(ADA, invite.invite_id)
    await harness.advance(DAY - 1)
    assert len(harness.invites) == 2
    await harness.advance(1)
    assert len(harness.invites) == 4


async def test_unblock_pairs_two_waiting_users(harness: MatchmakerHarness) -> None:
    await harness.mm.block(ADA, BOB)
    await harness.wait(ADA, BOB)
    assert harness.invites == []
    await harness.mm.unblock(ADA, BOB)
    await harness.rest()
    assert len(harness.invites) == 2


async def test_gender_change_changes_compatibility(harness: MatchmakerHarness) -> None:
    await harness.wait(ADA, BOB, wish=MatchPreferences(mode="text", want=frozenset(("female",))))
    harness.mm.update_profile(profile(ADA, gender="female"))
    assert harness.invites == []
    harness.mm.update_profile(profile(BOB, gender="female"))
    await harness.rest()
    assert len(harness.invites) == 2


async def test_discover_omits_shown_users_self_and_blocked(harness: MatchmakerHarness) -> None:
    await harness.wait(ADA, BOB, CAT, DAN, wish=MatchPreferences(mode="text", pairing="manual"))
    await harness.mm.block(DAN, ADA)

    async def found(**how: bool) -> list[str]:
        listed = await harness.mm.discover(ADA, mode=None, limit=9, include_seen=how.get("again", False))
        return [one.ticket.user for one in listed]

    assert await found() == [BOB, CAT]
    assert await found() == []
    assert await found(again=True) == [BOB, CAT]


# Rooms


@pytest.mark.parametrize(("reason", "phase"), [("next", "queued"), ("hangup", "idle")])
async def test_next_requeues_the_user(harness: MatchmakerHarness, reason: str, phase: str) -> None:
    room_id = await harness.meet()
    await harness.mm.leave_room(ADA, room_id, reason)  # type: ignore[arg-type]
    assert await phases(harness, ADA, BOB) == [phase, "idle"]
    await harness.mm.leave_room(ADA, room_id, "hangup")
    await harness.mm.leave_room(BOB, room_id, "hangup")
    assert len(harness.events_of(BOB, RoomEnded)) == 1


async def test_after_a_failed_call_new_users_are_paired_first(harness: MatchmakerHarness) -> None:
    room_id = await harness.meet(replace(VIDEO, auto_next=True))
    await harness.wait(CAT, wish=VIDEO)
    await harness.mm.leave_room(ADA, room_id, "connect_failed")
    assert [*harness.repository.cooldowns.values()] == [NOW + HOUR]
    await harness.rest()
    assert CAT in harness.invites[-1].users


async def test_failed_call_sets_one_hour_on_this_node(harness: MatchmakerHarness) -> None:
    room_id = await harness.meet(VIDEO)
    harness.clock.advance(25_000)
    await harness.mm.leave_room(ADA, room_id, "connect_failed")
    for user in (ADA, BOB):
        assert [n.cooldown_until for n in harness.events_of(user, RoomEnded) if isinstance(n, RoomEnded)] == [
            NOW + HOUR
        ]
        assert (await harness.mm.context.exclusions.of(user)) == {BOB if user == ADA else ADA: NOW + HOUR}


async def test_other_users_cannot_tell_whether_a_room_exists(harness: MatchmakerHarness) -> None:
    room_id = await harness.meet()
    for name in (room_id, "nowhere"):
        with pytest.raises(NotInRoom):
            await harness.mm.leave_room(CAT, name, "hangup")  # type: ignore[arg-type]
        with pytest.raises(NotInRoom):
            await harness.mm.send(CAT, name, client_id="1", body="hi")  # type: ignore[arg-type]


async def test_ban_removes_the_user_immediately(harness: MatchmakerHarness) -> None:
    room_id = await harness.meet()
    await harness.mm.remove_user(ADA, "banned")
    assert harness.store.cached_state(ADA) is None
    assert [event.reason for event in harness.events_of(BOB, RoomEnded) if isinstance(event, RoomEnded)] == ["banned"]
    assert room_id not in harness.repository.open
    await harness.mm.remove_user(ADA, "banned")


async def test_recovered_room_ends_when_nobody_reconnects(harness: MatchmakerHarness) -> None:
    room_id = await harness.meet()
    after = MatchmakerHarness()
    after.repository = harness.repository
    again = MatchmakerHarness.__new__(MatchmakerHarness)
    again.__dict__.update(after.__dict__)
    again.mm = type(after.mm)(
        store=after.store, repository=harness.repository, clock=after.clock, rules=Timing(), on_fault=after._fail
    )
    again.mm.context.scheduler.disarm()
    assert await again.mm.recover(crashed_at=NOW) == 1
    assert await again.mm.recover(crashed_at=NOW) == 1
    await again.advance(59_999)
    assert room_id in harness.repository.open
    await again.advance(1)
    assert harness.repository.endings[room_id].reason == "grace_expired"
    assert harness.repository.cooldowns[ADA, BOB] == NOW + 60_000 + DAY
    await again.advance(90_000)
    assert again.store.cached_state(ADA) is None


# The mirror


@pytest.fixture
async def with_mirror() -> MatchmakerHarness:
    """The same harness, with a mirror that joins after ten seconds."""
    harness = await MatchmakerHarness(Timing(mirror_after_ms=10_000)).begin()
    await harness.mm.connect(profile(MIRROR, mirror=True), resumed=False)
    return harness


async def test_mirror_joins_after_10_seconds_and_leaves_no_history(with_mirror: MatchmakerHarness) -> None:
    await with_mirror.wait(ADA, wish=VIDEO)
    await with_mirror.advance(9_999)
    assert with_mirror.rooms == []
    await with_mirror.advance(1)
    assert await phases(with_mirror, ADA, MIRROR) == ["in_room", "in_room"]
    await with_mirror.mm.leave_room(ADA, with_mirror.rooms[-1], "hangup")
    assert await phases(with_mirror, ADA, MIRROR) == ["idle", "idle"]
    assert (with_mirror.repository.cooldowns, with_mirror.repository.history) == ({}, [])


async def test_user_has_priority_over_the_mirror(with_mirror: MatchmakerHarness) -> None:
    await with_mirror.wait(ADA, wish=VIDEO)
    await with_mirror.advance(10_000)
    await with_mirror.wait(BOB, wish=VIDEO)
    assert with_mirror.invites[-1].users == (ADA, BOB)
    assert await phases(with_mirror, ADA, BOB, MIRROR) == ["invited", "invited", "idle"]


async def test_user_arrives_while_a_mirror_room_opens(with_mirror: MatchmakerHarness) -> None:
    await with_mirror.wait(ADA, wish=VIDEO)
    await with_mirror.mm.join(BOB, replace(VIDEO, pairing="manual"))
    with_mirror.clock.advance(10_000)
    with_mirror.repository.slow = True
    opening = asyncio.ensure_future(with_mirror.mm.context.scheduler.run_due())
    await asyncio.sleep(0)
    await with_mirror.repository.rest()
    with_mirror.repository.slow = False
    await with_mirror.mm.join(BOB, VIDEO)
    seeking = asyncio.ensure_future(with_mirror.mm.find_match(BOB))
    await asyncio.sleep(0)
    with_mirror.repository.release(0, "done")
    await asyncio.wait_for(asyncio.gather(opening, seeking), 5)
    assert with_mirror.invites[-1].users == (ADA, BOB)


async def test_next_brings_the_mirror_again(with_mirror: MatchmakerHarness) -> None:
    room_id = await with_mirror.meet(VIDEO)
    await with_mirror.mm.leave_room(ADA, room_id, "next")
    await with_mirror.advance(10_000)
    assert await phases(with_mirror, ADA, MIRROR) == ["in_room", "in_room"]


async def test_mirror_skips_users_who_blocked_it(with_mirror: MatchmakerHarness) -> None:
    with_mirror.repository.users.add(MIRROR)
    await with_mirror.mm.block(ADA, MIRROR)
    await with_mirror.wait(ADA, wish=VIDEO)
    await with_mirror.advance(30_000)
    assert with_mirror.rooms == []
