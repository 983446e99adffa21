"""The power goes between two steps of a node: what it has stored and not told, or begun and not finished."""

import asyncio

from matchmaker.ids import RoomId
from matchmaker.news import ChatSaid, PeerAway, RoomEnded, UpgradeRequested
from matchmaker.ticket import Wish
from tests.nodes.twins import Twins
from tests.rules.cast import ADA, BOB, profile

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
