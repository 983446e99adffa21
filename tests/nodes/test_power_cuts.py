"""The power goes between two steps of a node: what it has stored and not told, or begun and not finished."""

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from matchmaker.ids import RoomId, UserId
from matchmaker.news import ChatSaid, PeerAway, PeerBack, QueueUpdate, RoomEnded, UpgradeRequested
from matchmaker.ticket import Wish
from tests.nodes.twins import DAN, Twin, Twins
from tests.rules.cast import ADA, BOB, CAT, profile
from tests.valkey import Valkey

TEXT = Wish(mode="text", auto_accept=True)
VIDEO = Wish(mode="video", auto_accept=True)


async def in_a_call(twins: Twins) -> RoomId:
    """Let Ada and Bob talk."""
    room = RoomId(await twins.meet(VIDEO))
    for user, twin in ((ADA, twins.one), (BOB, twins.two)):
        await twin.mm.ready(user, room)
    await twins.rest()
    return room


async def test_what_was_said_last_is_heard(twins: Twins) -> None:
    room = RoomId(await twins.meet(TEXT))
    twins.clock.at += 1_000
    await twins.one.pipe.close()
    await twins.one.mm.say(ADA, room, client_id="1", body="do you hear me?")
    await twins.kill(twins.one)
    await twins.two.mm.inherit(ADA, node="one")
    await twins.let_pass(6_000)
    # Her client, which was never answered, says it again.
    await twins.two.come(ADA)
    await twins.two.mm.say(ADA, room, client_id="1", body="do you hear me?")
    await twins.let_pass(6_000)
    assert [news.to for news in twins.two.told(ChatSaid)] == [BOB]


async def test_what_was_said_last_in_a_call_is_heard_though_a_third_node_buries(twins: Twins) -> None:
    room = await in_a_call(twins)
    three = await twins.join("three")
    await twins.one.pipe.close()
    await twins.one.mm.say(ADA, room, client_id="1", body="call me on 555-1234")
    await twins.kill(twins.one)
    await three.mm.inherit(ADA, node="one")
    await twins.let_pass(6_000)
    await three.come(ADA)
    await three.mm.say(ADA, room, client_id="1", body="call me on 555-1234")
    await twins.let_pass(6_000)
    assert [news.to for news in twins.two.told(ChatSaid)] == [BOB]


async def test_what_was_asked_last_is_told_though_a_third_node_buries(twins: Twins) -> None:
    room = RoomId(await twins.meet(TEXT))
    three = await twins.join("three")
    await twins.one.pipe.close()
    await twins.one.mm.upgrade(ADA, room)
    await twins.kill(twins.one)
    await three.mm.inherit(ADA, node="one")  # which changes the room once more, and says so
    await twins.let_pass(6_000)
    assert [news.to for news in twins.two.told(UpgradeRequested)] == [BOB]


async def test_who_had_just_come_back_is_missed_again(twins: Twins) -> None:
    await in_a_call(twins)
    await twins.one.drop(ADA)
    await twins.rest()
    assert len(twins.two.told(PeerAway)) == 1
    await twins.let_pass(2_000)
    twins.ledger.slow = True
    coming = asyncio.ensure_future(twins.one.mm.arrive(profile(ADA), resumed=True))
    await twins.ledger_is_asked()
    twins.ledger.release(0, "late")
    await twins.ledger_is_asked()
    await twins.kill(twins.one)
    coming.cancel()
    await asyncio.gather(coming, return_exceptions=True)
    twins.ledger.waiting.clear()
    twins.ledger.slow = False
    await twins.two.mm.inherit(ADA, node="one")
    await twins.let_pass(11_000)
    assert [news.to for news in twins.two.told(RoomEnded) if news.to == BOB] == [BOB]


def cut_before(twin: Twin, is_it: Callable[[Any], bool]) -> None:
    """Let nothing leave *twin* any more from the first question on of which *is_it* is true: there the power goes."""
    put, dead = twin.pipe._put, False

    def until_then(ask: Any) -> None:
        nonlocal dead
        if is_it(ask) and not dead:
            dead = True
            twin.pipe._flush()  # what was asked in this turn before has left
        if dead:
            ask.lose()
        else:
            put(ask)

    twin.pipe._put = until_then  # type: ignore[method-assign]


def changes_records(ask: Any) -> bool:
    """Tell whether a commit stores anything, and does not just tell."""
    return ask.words[0] == "EVALSHA" and len(ask.words) > 6 and ask.words[6] != 0


async def test_whose_partner_hung_up_last_is_told(twins: Twins) -> None:
    room = await in_a_call(twins)
    cut_before(twins.one, changes_records)  # the room is over in the ledger, the seats do not follow
    await twins.one.mm.leave_room(ADA, room, "hangup")
    await twins.kill(twins.one)
    await twins.two.mm.inherit(ADA, node="one")
    await twins.let_pass(8_000)
    assert [news.to for news in twins.two.told(RoomEnded) if news.to == BOB] == [BOB]
    assert (await twins.two.seat(BOB)).phase == "idle"
    await twins.two.mm.join(BOB, TEXT)


async def test_nobody_sits_in_a_room_that_never_opened(shaken: Twins, bad_redis: Valkey) -> None:
    """Redis forgets the claim while the ledger is asked, which refuses: the seats are put back as they were."""
    twins, missed = shaken, list[UserId]()
    for twin in twins.alive:
        twin.mm.on_missed(missed.append)
    await twins.one.mm.join(ADA, TEXT)
    await twins.two.mm.join(BOB, TEXT)
    twins.ledger.slow = True
    seeking = asyncio.ensure_future(twins.one.mm.seek(ADA))
    await twins.ledger_is_asked()
    bad_redis.ask("FLUSHALL")
    twins.ledger.release(0, "lost")
    twins.ledger.slow = False
    await asyncio.gather(seeking, return_exceptions=True)
    for twin in twins.alive:
        twin.engine._interrupted()
    await twins.let_pass(12_000)
    assert [(await twins.two.seat(user)).room for user in (ADA, BOB)] == [None, None]
    assert sorted(missed) == [ADA, BOB]


async def go_deaf(twins: Twins, twin: Twin) -> None:
    """Let *twin* hear nothing of what the others say; Redis answers it."""
    wire = twin.pipe._wire
    assert wire is not None
    wire.say("UNSUBSCRIBE")
    await twins.rest()


async def deaf_while_the_room_ends(twins: Twins) -> list[UserId]:
    """Let Ada hang up while Bob's node hears nothing; return who is found to have missed something, as they are."""
    missed: list[UserId] = []
    twins.two.mm.on_missed(missed.append)
    room = await in_a_call(twins)
    await go_deaf(twins, twins.two)
    await twins.one.mm.leave_room(ADA, room, "hangup")
    await twins.rest()
    assert twins.two.told(RoomEnded) == []
    return missed


async def hears_again(twins: Twins) -> None:
    is_up = asyncio.Event()
    twins.two.pipe.on_up(is_up.set)
    twins.two.pipe.renew()
    await asyncio.wait_for(is_up.wait(), 5)
    await twins.let_pass(3_000)


async def test_who_missed_something_is_found(twins: Twins) -> None:
    missed = await deaf_while_the_room_ends(twins)
    await hears_again(twins)
    assert missed == [BOB]


async def test_who_missed_something_is_found_though_their_seat_was_read_meanwhile(twins: Twins) -> None:
    missed = await deaf_while_the_room_ends(twins)
    twins.two.mm.house.timekeeper.watch(("orphans", ""), twins.clock.at)
    await twins.let_pass(3_000)
    assert twins.two.mm.rooms.all() == []
    await hears_again(twins)
    assert missed == [BOB] or twins.two.told(RoomEnded)


async def test_who_missed_something_is_found_though_the_comparison_began_twice(twins: Twins) -> None:
    missed = await deaf_while_the_room_ends(twins)
    put, lost = twins.two.pipe._put, list[Any]()

    def once(ask: Any) -> None:
        if not lost and ask.words[0] == "HGET" and ask.words[1].endswith(f":seat:{DAN}"):
            lost.append(ask)
            ask.lose()
        else:
            put(ask)

    twins.two.pipe._put = once  # type: ignore[method-assign]
    await hears_again(twins)
    assert lost
    assert missed == [BOB]


async def test_who_goes_on_is_told_so_though_redis_answers_late(shaken: Twins, bad_redis: Valkey) -> None:
    twins = shaken
    for user in (ADA, CAT):
        await twins.one.wait(user, replace(VIDEO, auto_next=True))
    await twins.rest()
    (room,) = twins.ledger.open
    bad_redis.pause()
    await twins.one.mm.leave_room(ADA, room, "next")
    assert sorted(news.to for news in twins.one.told(RoomEnded)) == [ADA, CAT], "told all the same"
    bad_redis.go_on()
    await twins.redis_is(True)
    await twins.rest()
    await twins.let_pass(1_000)
    assert sorted(news.to for news in twins.one.told(QueueUpdate)) == [ADA, CAT]
    assert (await twins.one.seat(ADA)).phase == "queued"
    assert len(twins.one.told(RoomEnded)) == 2


async def test_who_was_on_a_node_that_died_with_what_redis_knew_is_missed(shaken: Twins, bad_redis: Valkey) -> None:
    twins = shaken
    await in_a_call(twins)
    await twins.kill(twins.one)
    bad_redis.ask("FLUSHALL")
    twins.two.engine._interrupted()
    await twins.let_pass(11_000)
    assert [news.to for news in twins.two.told(PeerAway)] == [BOB]
    await twins.let_pass(10_000)
    assert [news.to for news in twins.two.told(RoomEnded) if news.to == BOB] == [BOB]


async def test_who_is_still_here_and_was_missed_is_not_thrown_out(shaken: Twins, bad_redis: Valkey) -> None:
    twins = shaken
    await in_a_call(twins)
    bad_redis.ask("FLUSHALL")
    twins.two.engine._interrupted()
    await twins.rest()
    await twins.two.mm._sweep.unseated(ADA)
    assert [news.to for news in twins.two.told(PeerAway)] == [BOB], "her node is slow to put her back"
    twins.one.engine._interrupted()
    await twins.let_pass(6_000)
    seat = await twins.one.seat(ADA)
    assert (seat.connected, seat.node) == (True, "one")
    assert [news.to for news in twins.two.told(PeerBack)] == [BOB]


async def ada_leaves_a_deaf_node(twins: Twins) -> RoomId:
    """Let Ada go on with her call at the second node, of which the first hears nothing."""
    room = await in_a_call(twins)
    await go_deaf(twins, twins.one)
    await twins.one.drop(ADA)
    await twins.rest()
    await twins.two.come(ADA)
    return room


async def test_a_deaf_node_does_not_miss_who_has_gone_to_another(twins: Twins) -> None:
    room = await ada_leaves_a_deaf_node(twins)
    twins.one.mm.house.timekeeper.watch(("orphans", ""), twins.clock.at)
    await twins.let_pass(2_000)
    assert twins.ledger.open[room].me(ADA).away_until is None
    assert len(twins.two.told(PeerAway)) == 1


async def test_who_is_missed_by_a_deaf_node_is_back_at_once(twins: Twins) -> None:
    room = await ada_leaves_a_deaf_node(twins)
    entry = twins.one.mm.rooms.known(room)
    assert entry is not None
    entry.room = twins.ledger.open[room]  # this it knows, and not that she is at the other node
    await twins.one.mm.rooms.attend(ADA)
    assert twins.ledger.open[room].me(ADA).away_until is not None
    await twins.rest()
    assert twins.ledger.open[room].me(ADA).away_until is None
    assert len(twins.two.told(PeerBack)) == len(twins.two.told(PeerAway)) == 2
