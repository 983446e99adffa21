"""What the verbs do together: stories of two or three people, and of what comes between two awaits."""

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


# How invites end (rulebook section 3)


async def test_a_direct_invite_that_is_declined(place: Place) -> None:
    invite = await place.ask()
    place.clock.advance(5)
    await place.mm.decline(BOB, invite.invite_id)
    assert closed(place, ADA) == closed(place, BOB) == [("declined", BOB, NOW + 5 + DAY)]
    assert await phases(place, ADA, BOB) == ["idle", "queued"]
    ticket = (await place.seat(BOB)).ticket
    assert ticket is not None
    assert ticket.joined_at == NOW, "in the old place"
    with pytest.raises(CooldownActive):
        await place.mm.invite(ADA, BOB, mode="text", duration_s=None)


async def test_an_inviter_who_waited_loses_the_place_when_declined_and_keeps_it_when_withdrawing(place: Place) -> None:
    for verb, by, phase in ((place.mm.decline, BOB, "idle"), (place.mm.cancel, ADA, "queued")):
        place.ledger.cooldowns.clear()
        await place.mm.remove_user(BOB, "deleted")
        await place.mm.remove_user(ADA, "deleted")
        for user in (ADA, BOB):
            await place.mm.connect(profile(user), resumed=False)
        await place.wait(BOB)
        await place.wait(ADA, wish=VIDEO)
        invite = await place.mm.invite(ADA, BOB, mode="text", duration_s=None)
        await verb(by, invite.invite_id)
        assert await phases(place, ADA, BOB) == [phase, "queued"]


async def test_a_match_that_is_declined_puts_both_back(place: Place) -> None:
    invite = await place.match()
    await place.mm.decline(ADA, invite.invite_id)
    assert await phases(place, ADA, BOB) == ["queued", "queued"]
    assert closed(place, ADA) == closed(place, BOB) == [("declined", ADA, NOW + DAY)]


async def test_an_invite_that_is_withdrawn_costs_an_hour(place: Place) -> None:
    invite = await place.ask()
    await place.mm.cancel(ADA, invite.invite_id)
    assert closed(place, BOB) == [("cancelled", ADA, NOW + HOUR)]
    assert await phases(place, ADA, BOB) == ["idle", "queued"]


async def test_at_the_twentieth_second_time_wins_even_if_no_timer_fired(place: Place) -> None:
    invite = await place.match()
    await place.mm.accept(ADA, invite.invite_id, duration_s=None)
    place.clock.advance(20_000)
    with pytest.raises(InviteGone):
        await place.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert closed(place, ADA) == closed(place, BOB) == [("expired", None, None)]
    assert await phases(place, ADA, BOB) == ["queued", "idle"], "who had not answered leaves the queue"


async def test_one_millisecond_earlier_it_is_accepted(place: Place) -> None:
    invite = await place.ask()
    place.clock.advance(19_999)
    await place.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert await phases(place, ADA, BOB) == ["in_room", "in_room"]
    told = [type(news) for news in place.news if news.to == ADA]
    assert told.index(InviteClosed) < told.index(RoomStarted)


async def test_who_expired_may_be_invited_again(place: Place) -> None:
    await place.ask()
    await place.let_pass(20_000)
    assert (await place.ask()).invite_id == place.invites[-1].invite_id


async def test_an_inviter_who_is_gone_for_five_seconds_has_withdrawn(place: Place) -> None:
    invite = await place.ask()
    await place.drop(ADA)
    place.clock.advance(5_000)
    with pytest.raises(InviteGone):  # no timer has fired
        await place.mm.accept(BOB, invite.invite_id, duration_s=None)
    assert closed(place, BOB) == [("cancelled", ADA, NOW + 5_000 + HOUR)]


async def test_an_invitee_who_is_gone_is_unavailable_and_the_inviter_is_told(place: Place) -> None:
    await place.ask()
    await place.drop(BOB)
    await place.let_pass(4_999)
    assert closed(place, ADA) == []
    await place.let_pass(1)
    assert closed(place, ADA) == [("unavailable", BOB, None)]
    assert await phases(place, ADA, BOB) == ["idle", "idle"]


async def test_a_reload_keeps_the_invite(place: Place) -> None:
    invite = await place.ask()
    await place.drop(BOB)
    await place.let_pass(4_999)
    standing = await place.mm.connect(profile(BOB), resumed=False)
    assert standing.invite is not None
    assert standing.invite.invite_id == invite.invite_id


async def test_two_who_invite_each_other_are_put_into_one_room(place: Place) -> None:
    await place.wait(ADA, BOB, wish=MatchPreferences(mode="text", pairing="manual"))
    await asyncio.gather(
        place.mm.invite(ADA, BOB, mode="text", duration_s=None), place.mm.invite(BOB, ADA, mode="text", duration_s=None)
    )
    assert len(place.ledger.open) == 1
    assert await phases(place, ADA, BOB) == ["in_room", "in_room"]


async def test_one_person_cannot_be_in_two_invites(place: Place) -> None:
    await place.wait(BOB, CAT, wish=MatchPreferences(mode="text", pairing="manual"))
    results = await asyncio.gather(
        *(place.mm.invite(ADA, whom, mode="text", duration_s=None) for whom in (BOB, CAT)), return_exceptions=True
    )
    assert [type(result) for result in results].count(WrongPhase) == 1
    assert len(place.invites) == 1


async def test_who_cannot_be_invited(place: Place) -> None:
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


async def test_only_those_who_are_asked_may_answer(place: Place) -> None:
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


# What comes between two awaits


async def test_a_room_that_cannot_be_stored_gives_the_invite_back_even_when_its_time_is_over(place: Place) -> None:
    invite = await place.ask()
    place.ledger.slow = True
    accepting = asyncio.ensure_future(place.mm.accept(BOB, invite.invite_id, duration_s=None))
    await asyncio.sleep(0)
    await place.ledger.rest()
    place.clock.advance(25_000)
    place.ledger.slow = False
    place.ledger.release(0, "lost")
    with pytest.raises(Unavailable):
        await accepting
    await place.rest()
    assert closed(place, ADA) == closed(place, BOB) == [("expired", None, None)]
    assert await phases(place, ADA, BOB) == ["idle", "idle"]


async def test_who_arrives_while_the_room_is_opening_is_told_how_it_came_out(place: Place) -> None:
    invite = await place.ask()
    for fate, phase in (("lost", "invited"), ("done", "in_room")):
        place.ledger.slow = True
        accepting = asyncio.ensure_future(place.mm.accept(BOB, invite.invite_id, duration_s=None))
        await asyncio.sleep(0)
        arriving = asyncio.ensure_future(place.mm.connect(profile(ADA), resumed=True))
        await asyncio.sleep(0)
        await place.ledger.rest()
        assert not arriving.done()
        place.ledger.slow = False
        place.ledger.release(0, fate)  # type: ignore[arg-type]
        standing = await arriving
        await asyncio.gather(accepting, return_exceptions=True)
        assert standing.state.phase == phase
        assert (standing.invite is None, standing.room is None) == (phase == "in_room", phase == "invited")


async def test_who_joined_while_a_room_failed_to_open_does_not_keep_waiting(place: Place) -> None:
    eager = MatchPreferences(mode="text", auto_accept=True)
    await place.wait(ADA, wish=eager)
    await place.mm.join(BOB, eager)
    await place.mm.context.exclusions_of(CAT)
    await place.mm.context.introductions_of(CAT)
    place.ledger.slow = True
    seeking = asyncio.ensure_future(place.mm.find_match(BOB))
    await asyncio.sleep(0)
    await place.ledger.rest()
    place.ledger.slow = False
    await place.wait(CAT, wish=eager)
    place.ledger.release(0, "lost")
    await seeking
    await place.mm.leave_queue(BOB)
    await place.let_pass(1_000)
    assert await phases(place, ADA, BOB, CAT) == ["in_room", "idle", "in_room"]


async def test_two_accepts_at_once_open_one_room(place: Place) -> None:
    invite = await place.ask()
    results = await asyncio.gather(
        *(place.mm.accept(BOB, invite.invite_id, duration_s=None) for _ in range(2)), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), InviteGone]
    assert len(place.ledger.open) == 1


async def test_nothing_spins_while_an_invite_is_being_closed(place: Place) -> None:
    invite = await place.match()
    place.ledger.slow = True
    declining = asyncio.ensure_future(place.mm.decline(ADA, invite.invite_id))
    await asyncio.sleep(0)
    await place.drop(BOB)
    await place.let_pass(5_000)
    assert (await place.seat(BOB)).ticket is None, "the place is lost all the same"
    assert ("seat", BOB) not in place.mm.context.scheduler._due
    place.ledger.release(0, "done")
    await declining
    await place.let_pass(90_000)
    assert place.store.cached_state(BOB) is None


async def test_an_ending_nobody_heard_of_is_told_when_it_comes_to_light(place: Place) -> None:
    room_id = await place.meet()
    place.ledger.slow = True
    leaving = asyncio.ensure_future(place.mm.leave_room(ADA, room_id, "hangup"))
    await asyncio.sleep(0)
    await place.ledger.rest()
    place.ledger.release(0, "unheard")
    with pytest.raises(Unavailable):
        await leaving
    place.ledger.slow = False
    with pytest.raises(NotInRoom):
        await place.mm.send(BOB, room_id, client_id="1", body="still there?")
    assert [(news.to, news.reason, news.by) for news in place.news if isinstance(news, RoomEnded)] == [
        (ADA, "hangup", ADA),
        (BOB, "hangup", ADA),
    ]
    await place.mm.leave_room(ADA, room_id, "hangup")
    assert await phases(place, ADA, BOB) == ["idle", "idle"]


async def test_a_block_while_the_room_is_opening_ends_it(place: Place) -> None:
    await place.wait(ADA, wish=MatchPreferences(mode="text", auto_accept=True))
    await place.mm.join(BOB, MatchPreferences(mode="text", auto_accept=True))
    place.ledger.slow = True
    seeking = asyncio.ensure_future(place.mm.find_match(BOB))
    await asyncio.sleep(0)
    await place.ledger.rest()
    blocking = asyncio.ensure_future(place.mm.block(BOB, ADA))
    await asyncio.sleep(0)
    await place.ledger.rest()
    place.ledger.slow = False
    place.ledger.release(1, "done")
    await asyncio.sleep(0)
    await place.ledger.rest()
    place.ledger.release(0, "done")
    await asyncio.gather(seeking, blocking)
    assert place.ledger.open == {}
    assert "in_room" not in await phases(place, ADA, BOB)


async def test_a_late_end_of_an_older_socket_changes_nothing(place: Place) -> None:
    first = (await place.mm.connect(profile(ADA), resumed=False)).state.epoch
    second = (await place.mm.connect(profile(ADA), resumed=True)).state.epoch
    await place.mm.disconnect(ADA, epoch=first)
    assert (await place.seat(ADA)).connected
    await place.mm.disconnect(ADA, epoch=second)
    assert not (await place.seat(ADA)).connected


# Queue


async def test_a_place_in_the_queue_is_held_for_five_seconds(place: Place) -> None:
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


async def test_joining_again_keeps_the_place_and_changes_the_wish(place: Place) -> None:
    await place.wait(ADA)
    place.clock.advance(500)
    await place.wait(ADA, wish=VIDEO)
    ticket = (await place.seat(ADA)).ticket
    assert ticket is not None
    assert (ticket.joined_at, ticket.wish) == (NOW, VIDEO)


async def test_who_is_busy_cannot_join(place: Place) -> None:
    await place.match()
    with pytest.raises(WrongPhase):
        await place.mm.join(ADA, TEXT)
    await place.mm.accept(ADA, place.invites[0].invite_id, duration_s=None)
    await place.mm.accept(BOB, place.invites[0].invite_id, duration_s=None)
    with pytest.raises(WrongPhase):
        await place.mm.join(ADA, TEXT)


async def test_two_who_waited_out_their_cooldown_are_paired_at_its_instant(place: Place) -> None:
    invite = await place.match()
    await place.mm.decline(ADA, invite.invite_id)
    await place.let_pass(DAY - 1)
    assert len(place.invites) == 2
    await place.let_pass(1)
    assert len(place.invites) == 4


async def test_a_block_taken_back_lets_two_who_wait_meet(place: Place) -> None:
    await place.mm.block(ADA, BOB)
    await place.wait(ADA, BOB)
    assert place.invites == []
    await place.mm.unblock(ADA, BOB)
    await place.rest()
    assert len(place.invites) == 2


async def test_another_gender_fits_other_people(place: Place) -> None:
    await place.wait(ADA, BOB, wish=MatchPreferences(mode="text", want=frozenset(("female",))))
    await place.mm.update_profile(profile(ADA, gender="female"))
    assert place.invites == []
    await place.mm.update_profile(profile(BOB, gender="female"))
    await place.rest()
    assert len(place.invites) == 2


async def test_discovery_repeats_nobody_and_shows_neither_oneself_nor_the_blocked(place: Place) -> None:
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
async def test_who_leaves_with_next_is_back_in_the_queue(place: Place, reason: str, phase: str) -> None:
    room_id = await place.meet()
    await place.mm.leave_room(ADA, room_id, reason)  # type: ignore[arg-type]
    assert await phases(place, ADA, BOB) == [phase, "idle"]
    await place.mm.leave_room(ADA, room_id, "hangup")
    await place.mm.leave_room(BOB, room_id, "hangup")
    assert len(place.told(BOB, RoomEnded)) == 1


async def test_two_who_failed_to_connect_meet_somebody_new_first(place: Place) -> None:
    room_id = await place.meet(replace(VIDEO, auto_next=True))
    await place.wait(CAT, wish=VIDEO)
    await place.mm.leave_room(ADA, room_id, "connect_failed")
    assert [*place.ledger.cooldowns.values()] == [NOW + HOUR]
    await place.rest()
    assert CAT in place.invites[-1].users


async def test_two_whose_call_failed_are_kept_apart_for_an_hour_here_too(place: Place) -> None:
    room_id = await place.meet(VIDEO)
    place.clock.advance(25_000)
    await place.mm.leave_room(ADA, room_id, "connect_failed")
    for user in (ADA, BOB):
        assert [n.cooldown_until for n in place.told(user, RoomEnded) if isinstance(n, RoomEnded)] == [NOW + HOUR]
        assert (await place.mm.context.exclusions.of(user)) == {BOB if user == ADA else ADA: NOW + HOUR}


async def test_nobody_outside_learns_whether_a_room_exists(place: Place) -> None:
    room_id = await place.meet()
    for name in (room_id, "nowhere"):
        with pytest.raises(NotInRoom):
            await place.mm.leave_room(CAT, name, "hangup")  # type: ignore[arg-type]
        with pytest.raises(NotInRoom):
            await place.mm.send(CAT, name, client_id="1", body="hi")  # type: ignore[arg-type]


async def test_a_ban_takes_effect_at_once(place: Place) -> None:
    room_id = await place.meet()
    await place.mm.remove_user(ADA, "banned")
    assert place.store.cached_state(ADA) is None
    assert [news.reason for news in place.told(BOB, RoomEnded) if isinstance(news, RoomEnded)] == ["banned"]
    assert room_id not in place.ledger.open
    await place.mm.remove_user(ADA, "banned")


async def test_a_recovered_room_to_which_nobody_returns_ends_and_is_forgotten(place: Place) -> None:
    room_id = await place.meet()
    after = Place()
    after.ledger = place.ledger
    again = Place.__new__(Place)
    again.__dict__.update(after.__dict__)
    again.mm = type(after.mm)(
        store=after.store, repository=place.ledger, clock=after.clock, rules=Timing(), on_fault=after._fail
    )
    again.mm.context.scheduler.disarm()
    assert await again.mm.recover(crashed_at=NOW) == 1
    assert await again.mm.recover(crashed_at=NOW) == 1
    await again.let_pass(59_999)
    assert room_id in place.ledger.open
    await again.let_pass(1)
    assert place.ledger.endings[room_id].reason == "grace_expired"
    assert place.ledger.cooldowns[ADA, BOB] == NOW + 60_000 + DAY
    await again.let_pass(90_000)
    assert again.store.cached_state(ADA) is None


# The mirror


@pytest.fixture
async def glass() -> Place:
    """The same place, with a mirror that comes after ten seconds."""
    place = await Place(Timing(mirror_after_ms=10_000)).begin()
    await place.mm.connect(profile(GLASS, mirror=True), resumed=False)
    return place


async def test_the_mirror_comes_after_ten_seconds_alone_and_leaves_no_trace(glass: Place) -> None:
    await glass.wait(ADA, wish=VIDEO)
    await glass.let_pass(9_999)
    assert glass.rooms == []
    await glass.let_pass(1)
    assert await phases(glass, ADA, GLASS) == ["in_room", "in_room"]
    await glass.mm.leave_room(ADA, glass.rooms[-1], "hangup")
    assert await phases(glass, ADA, GLASS) == ["idle", "idle"]
    assert (glass.ledger.cooldowns, glass.ledger.history) == ({}, [])


async def test_a_person_goes_before_the_mirror(glass: Place) -> None:
    await glass.wait(ADA, wish=VIDEO)
    await glass.let_pass(10_000)
    await glass.wait(BOB, wish=VIDEO)
    assert glass.invites[-1].users == (ADA, BOB)
    assert await phases(glass, ADA, BOB, GLASS) == ["invited", "invited", "idle"]


async def test_a_person_comes_while_the_mirror_is_still_opening_its_room(glass: Place) -> None:
    await glass.wait(ADA, wish=VIDEO)
    await glass.mm.join(BOB, replace(VIDEO, pairing="manual"))
    glass.clock.advance(10_000)
    glass.ledger.slow = True
    opening = asyncio.ensure_future(glass.mm.context.scheduler.run_due())
    await asyncio.sleep(0)
    await glass.ledger.rest()
    glass.ledger.slow = False
    await glass.mm.join(BOB, VIDEO)
    seeking = asyncio.ensure_future(glass.mm.find_match(BOB))
    await asyncio.sleep(0)
    glass.ledger.release(0, "done")
    await asyncio.wait_for(asyncio.gather(opening, seeking), 5)
    assert glass.invites[-1].users == (ADA, BOB)


async def test_the_mirror_comes_again_to_who_said_next(glass: Place) -> None:
    room_id = await glass.meet(VIDEO)
    await glass.mm.leave_room(ADA, room_id, "next")
    await glass.let_pass(10_000)
    assert await phases(glass, ADA, GLASS) == ["in_room", "in_room"]


async def test_whoever_blocked_the_mirror_is_left_alone(glass: Place) -> None:
    glass.ledger.users.add(GLASS)
    await glass.mm.block(ADA, GLASS)
    await glass.wait(ADA, wish=VIDEO)
    await glass.let_pass(30_000)
    assert glass.rooms == []
