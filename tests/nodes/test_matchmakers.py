"""What two nodes do together, and what becomes of it when one dies or Redis forgets."""

import asyncio

import pytest
from msgspec.structs import replace

from matchmaker.change import Change
from matchmaker.errors import Unavailable
from matchmaker.ids import RoomId
from matchmaker.news import (
    ChatSaid,
    ChatSeen,
    InviteClosed,
    InviteReceived,
    PeerAway,
    PeerBack,
    QueueUpdate,
    RoomEnded,
    RoomStarted,
    TorchWarning,
    UpgradeRequested,
)
from matchmaker.ticket import Wish
from tests.nodes.twins import DAN, Twins
from tests.rules.cast import ADA, BOB, CAT, profile
from tests.valkey import Valkey

TEXT = Wish(mode="text", auto_accept=True)
VIDEO = Wish(mode="video", auto_accept=True)
ASK = Wish(mode="text")


async def test_a_room_of_two_nodes_is_known_and_told_on_both(twins: Twins) -> None:
    room = RoomId(await twins.meet(TEXT))
    for twin in (twins.one, twins.two):
        entry = twin.mm.rooms.known(room)
        assert entry is not None
        assert entry.room == twins.ledger.open[room]
        assert len(twin.told(RoomStarted)) == 1
    assert await twins.one.engine.claim(room) is None
    assert twins.one.mm.peer_in(ADA, room) == BOB
    assert twins.two.mm.peer_in(BOB, room) == ADA
    assert len(twins.one.mm.rooms.now()) + len(twins.two.mm.rooms.now()) == 1, "counted once"

    said = await twins.one.mm.say(ADA, room, client_id="1", body="hello")
    await twins.rest()
    assert [news.message for news in twins.two.told(ChatSaid) if isinstance(news, ChatSaid)] == [said]
    await twins.two.mm.receive(BOB, room, said.message_id, "read")
    await twins.two.mm.say(BOB, room, client_id="1", body="hello yourself")
    await twins.rest()
    assert len(twins.one.told(ChatSeen)) == 1
    memories = [list(entry.messages) for twin in twins.alive if (entry := twin.mm.rooms.known(room))]
    assert memories[0] == memories[1] == await twins.ledger.messages(room)

    await twins.two.mm.leave_room(BOB, room, "hangup")
    await twins.rest()
    for twin in (twins.one, twins.two):
        assert twin.mm.rooms.known(room) is None
        assert len(twin.told(RoomEnded)) == 1
    for user in (ADA, BOB):
        assert (await twins.one.seat(user)).phase == "idle"
    await twins.one.mm.leave_room(ADA, room, "hangup")
    assert await twins.one.engine.due(before=twins.clock.at + 99_000_000, limit=9) == []


async def test_both_nodes_watch_the_torch_and_one_acts(twins: Twins) -> None:
    room = RoomId(await twins.meet(TEXT))
    await twins.let_pass(60_000, step=10_000)
    await twins.one.mm.say(ADA, room, client_id="1", body="hello")
    await twins.let_pass(60_000, step=10_000)
    for twin in (twins.one, twins.two):
        assert [news.idle for news in twin.told(TorchWarning) if isinstance(news, TorchWarning)] == [(BOB,)]
    await twins.let_pass(60_000, step=10_000)
    for twin in (twins.one, twins.two):
        assert [news.reason for news in twin.told(RoomEnded) if isinstance(news, RoomEnded)] == ["torch"]
    assert len(twins.ledger.history) == 2


async def test_grace_is_for_coming_back_on_any_node(twins: Twins) -> None:
    room = await twins.meet(VIDEO)
    await twins.one.drop(ADA)
    await twins.rest()
    assert len(twins.two.told(PeerAway)) == 1
    await twins.let_pass(9_999, step=9_999)
    await twins.two.come(ADA)
    await twins.rest()
    assert len(twins.two.told(PeerBack)) == 1
    assert not twins.one.engine.holds(ADA)
    assert twins.one.mm.rooms.known(RoomId(room)) is None, "nobody of it is here any more"
    assert twins.ledger.open[RoomId(room)].status == "connecting"
    await twins.let_pass(40_000, step=10_000)
    assert [news.reason for news in twins.two.told(RoomEnded) if isinstance(news, RoomEnded)] == ["connect_failed"] * 2
    assert twins.one.told(RoomEnded) == []


async def test_invites_cross_nodes(twins: Twins) -> None:
    await twins.two.wait(BOB, ASK)
    invite = await twins.one.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await twins.rest()
    assert [news.invite.invite_id for news in twins.two.told(InviteReceived) if isinstance(news, InviteReceived)] == [
        invite.invite_id
    ]
    await twins.two.mm.decline(BOB, invite.invite_id)
    await twins.rest()
    assert [news.outcome for news in twins.one.told(InviteClosed) if isinstance(news, InviteClosed)] == ["declined"]
    assert twins.one.mm.house.avoidance.known(ADA) == {BOB: twins.clock.at + twins.rules.cooldown_ms}
    await twins.one.wait(ADA, TEXT)
    await twins.rest()
    assert (await twins.one.seat(ADA)).phase == "queued", "they are apart for a day"
    await twins.one.wait(CAT, ASK)
    await twins.rest()
    assert (await twins.two.seat(CAT)).phase == "invited", "somebody else is not"


async def test_of_two_answers_at_once_on_two_nodes_one_counts(twins: Twins) -> None:
    for n in range(5):
        users = (ADA, BOB) if n % 2 else (CAT, DAN)
        twins.ledger.cooldowns.clear()
        for twin in twins.alive:
            for user in users:
                twin.mm.house.avoidance.forget(user)
        await twins.two.wait(users[1], ASK)
        invite = await twins.one.mm.invite(users[0], users[1], mode="text", duration_s=None)
        answers = (
            twins.two.mm.accept(users[1], invite.invite_id, duration_s=None),
            twins.one.mm.cancel(users[0], invite.invite_id),
        )
        await asyncio.gather(*answers, return_exceptions=True)
        await twins.rest()
        outcomes = [
            news.outcome
            for twin in twins.alive
            for news in twin.told(InviteClosed)
            if isinstance(news, InviteClosed) and news.invite_id == invite.invite_id
        ]
        assert len(outcomes) == 2
        assert len(set(outcomes)) == 1
        rooms = [seat.room for user in users if (seat := await twins.one.seat(user)).room is not None]
        assert len(rooms) == (2 if outcomes[0] == "accepted" else 0)
        for room in set(rooms):
            await twins.one.mm.leave_room(users[0], RoomId(room), "hangup")
        for user in users:
            await twins.one.mm.leave_queue(user)
        await twins.rest()


async def test_two_who_invite_each_other_at_once_on_two_nodes_get_one_room(twins: Twins) -> None:
    for one, other in ((ADA, BOB), (CAT, DAN)):
        await twins.one.wait(one, replace(ASK, pairing="manual"))
        await twins.two.wait(other, replace(ASK, pairing="manual"))
        await asyncio.gather(
            twins.one.mm.invite(one, other, mode="text", duration_s=None),
            twins.two.mm.invite(other, one, mode="text", duration_s=None),
        )
        await twins.rest()
        rooms = {(await twins.one.seat(user)).room for user in (one, other)}
        assert len(rooms) == 1
        assert rooms <= set(twins.ledger.open)


async def test_introductions_and_blocks_reach_those_on_other_nodes(twins: Twins) -> None:
    await twins.one.mm.block(ADA, BOB)
    await twins.one.wait(ADA, ASK)
    await twins.two.wait(BOB, ASK)
    await twins.rest()
    assert (await twins.one.seat(ADA)).phase == "queued"
    await twins.one.mm.unblock(ADA, BOB)
    await twins.rest()
    assert (await twins.one.seat(ADA)).phase == "invited"
    await twins.one.mm.introduce(CAT, DAN, by="Eve")
    await twins.rest()
    assert twins.two.mm.house.introductions._known.get(DAN, {CAT: "Eve"}) == {CAT: "Eve"}


async def test_what_a_dead_node_watched_is_done_by_another_within_a_second(twins: Twins) -> None:
    await twins.one.wait(CAT, ASK)
    await twins.two.wait(DAN, ASK)
    await twins.one.wait(ADA, VIDEO)
    await twins.two.wait(BOB, VIDEO)
    await twins.rest()
    first = next(news.invite for news in twins.two.told(InviteReceived) if isinstance(news, InviteReceived))
    twins.two.mm.house.timekeeper.watch(("invite", first.invite_id), None)
    await twins.kill(twins.one)
    twins.two.mm.rooms.forget(RoomId(str((await twins.two.seat(BOB)).room)))
    await twins.let_pass(first.expires_at - twins.clock.at)
    assert twins.two.told(InviteClosed) == []
    await twins.let_pass(1_000)
    assert [news.outcome for news in twins.two.told(InviteClosed) if isinstance(news, InviteClosed)] == ["expired"]
    await twins.let_pass(11_000)
    assert [news.reason for news in twins.two.told(RoomEnded) if isinstance(news, RoomEnded)] == ["connect_failed"]
    assert not twins.ledger.open


async def test_who_was_on_a_dead_node_is_away_for_the_one_that_recovers(twins: Twins) -> None:
    room = RoomId(await twins.meet(VIDEO))
    await twins.kill(twins.one)
    await twins.kill(twins.two)
    heir = await twins.join("heir")
    assert await heir.mm.recover(crashed_at=twins.clock.at) == 1
    await heir.come(ADA)
    await heir.mm.rooms.attend(BOB)  # as whoever finds the room changed by another does
    found = twins.ledger.open[room]
    assert found.me(ADA).away_until is None
    assert found.me(BOB).away_until is not None, "their node is dead, whatever their seat says"
    assert not (await heir.seat(BOB)).connected
    await heir.come(BOB)
    assert twins.ledger.open[room].me(BOB).away_until is None


async def test_who_left_just_before_their_node_died_is_missed(twins: Twins) -> None:
    room = RoomId(await twins.meet(VIDEO))
    twins.ledger.slow = True
    await twins.one.drop(ADA)
    await twins.rest()
    await twins.ledger_is_asked()
    await twins.kill(twins.one)
    twins.ledger.waiting.clear()
    twins.ledger.slow = False
    assert not (await twins.two.seat(ADA)).connected, "this the dead node could say"
    assert twins.ledger.open[room].me(ADA).away_until is None, "and this not any more"
    await twins.two.mm.inherit(ADA, node="one")
    await twins.rest()
    assert [news.to for news in twins.two.told(PeerAway)] == [BOB]
    assert (await twins.two.seat(ADA)).node == "two"
    await twins.let_pass(10_000)
    assert {news.reason for news in twins.two.told(RoomEnded) if isinstance(news, RoomEnded)} == {"grace_expired"}


async def test_nobody_is_kept_in_a_room_whose_end_their_node_could_not_tell(twins: Twins) -> None:
    for user in (ADA, CAT):
        await twins.one.wait(user, VIDEO)
    await twins.rest()
    (room,) = twins.ledger.open
    await twins.one.drop(CAT)
    await twins.one.pipe.close()
    await twins.one.mm.leave_room(ADA, room, "hangup")
    await twins.kill(twins.one)
    assert not twins.ledger.open
    for user in (ADA, CAT):
        assert (await twins.two.seat(user)).room == room
        await twins.two.mm.inherit(user, node="one")
    await twins.let_pass(twins.rules.resume_ms + 1_000, step=1_000)
    assert await twins.two.engine.recall([ADA, CAT]) == [None, None], "and forgotten in the end"


async def test_what_a_node_made_durable_and_could_not_tell_is_told_by_another(twins: Twins) -> None:
    room = RoomId(await twins.meet(TEXT))
    await twins.one.pipe.close()
    await twins.one.mm.upgrade(ADA, room)
    await twins.kill(twins.one)
    await twins.let_pass(900)
    assert twins.two.told(UpgradeRequested) == [], "whoever did it may be about to tell"
    await twins.let_pass(5_100)
    assert [news.to for news in twins.two.told(UpgradeRequested)] == [BOB]
    await twins.let_pass(20_000)
    assert len(twins.two.told(UpgradeRequested)) == 1


async def test_a_room_that_its_node_could_not_open_any_more_is_given_up(twins: Twins) -> None:
    await twins.one.mm.join(ADA, TEXT)
    await twins.two.mm.join(BOB, TEXT)
    twins.ledger.slow = True
    seeking = asyncio.ensure_future(twins.one.mm.seek(ADA))
    await twins.ledger_is_asked()
    await twins.kill(twins.one)
    seeking.cancel()
    twins.ledger.waiting.clear()
    twins.ledger.slow = False
    (lost,) = {(await twins.two.seat(user)).room for user in (ADA, BOB)}
    assert lost is not None
    with pytest.raises(Unavailable):
        await twins.two.mm.standing(BOB)
    await twins.let_pass(10_000)
    assert twins.two.told(RoomStarted) == []
    await twins.let_pass(1_000)
    # Both waited again, in their old places, and were brought together at once.
    (found,) = {(await twins.two.seat(user)).room for user in (ADA, BOB)}
    assert [news.room.room_id for news in twins.two.told(RoomStarted) if isinstance(news, RoomStarted)] == [found]
    assert list(twins.ledger.open) == [found] != [lost]


async def test_a_room_that_was_opened_and_not_told_of_is_told_of(twins: Twins) -> None:
    await twins.one.mm.join(ADA, TEXT)
    await twins.two.mm.join(BOB, TEXT)
    twins.ledger.slow = True
    seeking = asyncio.ensure_future(twins.one.mm.seek(ADA))
    await twins.ledger_is_asked()
    twins.ledger.release(0, "late")
    await twins.ledger_is_asked()
    await twins.kill(twins.one)
    seeking.cancel()
    twins.ledger.waiting.clear()
    twins.ledger.slow = False
    await twins.let_pass(11_000)
    assert [news.room for news in twins.two.told(RoomStarted) if isinstance(news, RoomStarted)] == [
        *twins.ledger.open.values()
    ]


async def test_an_answer_that_its_node_could_not_finish_is_open_again(twins: Twins) -> None:
    await twins.two.wait(BOB, ASK)
    invite = await twins.one.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await twins.rest()
    twins.ledger.slow = True
    declining = asyncio.ensure_future(twins.two.mm.decline(BOB, invite.invite_id))
    await twins.ledger_is_asked()
    await twins.kill(twins.two)
    declining.cancel()
    twins.ledger.waiting.clear()
    twins.ledger.slow = False
    stored = await twins.one.engine.invite(invite.invite_id)
    assert stored is not None
    assert stored.closing
    await twins.let_pass(9_500)
    assert await twins.one.engine.invite(invite.invite_id) == stored
    await twins.let_pass(12_000)
    assert [news.outcome for news in twins.one.told(InviteClosed) if isinstance(news, InviteClosed)] == ["expired"]


async def test_a_seat_in_a_room_that_is_over_is_given_back_on_arrival(twins: Twins) -> None:
    await twins.one.engine.commit(Change(seats=(replace(await twins.one.seat(ADA), room=RoomId("gone")),)))
    await twins.two.come(ADA)
    assert (await twins.two.seat(ADA)).phase == "idle"


async def test_who_waited_waits_again_when_redis_was_emptied(shaken: Twins, bad_redis: Valkey) -> None:
    twins = shaken
    await twins.one.wait(CAT, replace(VIDEO, want=frozenset(("male",))))
    room = RoomId(await twins.meet(TEXT))
    await twins.two.wait(DAN, ASK)
    waiting = await twins.one.seat(CAT)
    bad_redis.ask("FLUSHALL")
    with pytest.raises(Unavailable):
        await twins.one.mm.leave_queue(CAT)
    with pytest.raises(Unavailable):
        await twins.two.mm.leave_queue(DAN)
    await twins.rest()
    again = await twins.two.seat(CAT)
    assert again == replace(waiting, version=waiting.version + 1)
    assert await twins.two.engine.depth() == {"video": 1, "text": 1}
    assert (await twins.one.seat(BOB)).room == room
    await twins.one.mm.leave_room(ADA, room, "hangup")
    await twins.rest()
    assert len(twins.one.told(RoomEnded)) == len(twins.two.told(RoomEnded)) == 1
    await twins.one.wait(ADA, ASK)
    await twins.rest()
    assert (await twins.one.seat(ADA)).phase == (await twins.one.seat(DAN)).phase == "invited"


async def test_who_comes_to_another_node_while_redis_is_empty_stays_there(shaken: Twins, bad_redis: Valkey) -> None:
    twins = shaken
    room = RoomId(await twins.meet(TEXT))
    bad_redis.ask("FLUSHALL")
    twins.clock.at += 100
    # Their own node has not put anything back yet, and does not even know that Redis is empty.
    await twins.two.engine.begin()
    await twins.two.mm.take_over(ADA)
    standing = await twins.two.mm.arrive(profile(ADA), resumed=False)
    assert standing.room is not None
    assert standing.room.room_id == room
    await twins.rest()
    for twin in (twins.one, twins.two):
        twin.engine._interrupted()
    await twins.rest()
    for user in (ADA, BOB):
        seat = await twins.one.seat(user)
        assert (seat.room, seat.node, seat.connected) == (room, "two", True)
    assert not twins.one.engine.holds(ADA)
    assert twins.two.engine.holds(ADA)
    await twins.let_pass(30_000)
    assert twins.two.told(RoomEnded) == []


async def test_an_invite_that_redis_has_lost_is_told_to_both(shaken: Twins, bad_redis: Valkey) -> None:
    twins = shaken
    await twins.two.wait(BOB, ASK)
    await twins.one.mm.invite(ADA, BOB, mode="text", duration_s=None)
    await twins.rest()
    bad_redis.kill()
    await twins.redis_is(False)
    bad_redis.start()
    await twins.redis_is(True)
    await twins.rest()
    for twin in (twins.one, twins.two):
        assert [news.outcome for news in twin.told(InviteClosed) if isinstance(news, InviteClosed)] == ["unavailable"]
    assert [news.queued for news in twins.two.told(QueueUpdate) if isinstance(news, QueueUpdate)] == [True]
    assert (await twins.one.seat(ADA)).phase == "idle"
    assert (await twins.one.seat(BOB)).phase == "queued"


async def test_a_room_within_a_node_goes_on_and_ends_without_redis(shaken: Twins, bad_redis: Valkey) -> None:
    twins = shaken
    await twins.one.wait(ADA, TEXT)
    await twins.one.wait(CAT, TEXT)
    await twins.rest()
    room = RoomId(str((await twins.one.seat(ADA)).room))
    bad_redis.kill()
    await twins.one.mm.say(ADA, room, client_id="1", body="are you there?")
    assert len(twins.one.told(ChatSaid)) == 1
    with pytest.raises(Unavailable):
        await twins.two.mm.join(BOB, TEXT)
    await twins.one.mm.leave_room(CAT, room, "hangup")
    assert len(twins.one.told(RoomEnded)) == 2
    bad_redis.start()
    await twins.redis_is(True)
    await twins.let_pass(1_000)
    assert len(twins.one.told(RoomEnded)) == 2, "once"
    for user in (ADA, CAT):
        assert (await twins.two.seat(user)).phase == "idle"
