"""Inbox, unread counts, marks, search, hidden messages, and what a deleted account leaves."""

import asyncio

import pytest

from matchmaker.domain.errors import ChannelClosed, Invalid, NotFound
from matchmaker.domain.ids import UserId
from server.db.channels import account_deletion
from server.db.channels.messages import search
from server.db.people.dms import close_dm
from server.domain.people.marks import Mark
from signaling.wire.channel_events import ChannelMarked, ChannelMessage, ChannelMessageChanged, ChannelTypingNotice
from tests.people.channels.conftest import World, bodies

FIRST = (1 << 47, "ffffffff-ffff-ffff-ffff-ffffffffffff")


async def test_inbox_lists_channels_latest_first_with_unread(world: World) -> None:
    ada, bob, cat, dan = await world.friends(4)
    channels = [await world.channels.open_dm(ada, other) for other in (bob, cat, dan)]
    for number, (channel, other) in enumerate(zip(channels, (bob, cat, dan), strict=True)):
        world.clock.advance(1_000)
        for _ in range(number):
            await world.say(other, channel.channel_id, f"hello <@{ada}>")
    world.clock.advance(1_000)
    await world.say(ada, channels[1].channel_id, "mine")
    page, unread, place = await world.reader.inbox(ada, before=FIRST, limit=2)
    assert [channel.channel_id for channel in page] == [channels[1].channel_id, channels[2].channel_id]
    assert [(channel.unread, channel.mentions) for channel in page] == [(1, 1), (2, 2)]
    assert page[0].last_message is not None
    assert (unread, page[0].last_message.body, page[0].peer and page[0].peer.user_id) == (2, "mine", cat)
    assert place is not None
    rest, _, end = await world.reader.inbox(ada, before=place, limit=2)
    assert ([channel.channel_id for channel in rest], end) == ([channels[0].channel_id], None)


async def test_marks_rise_up_to_the_end_and_are_sent_if_both_send_receipts(world: World) -> None:
    (ada, bob, cat), group = await world.group(3)
    await world.pool.execute("UPDATE users SET sends_receipts = false WHERE user_id = $1::uuid", cat)
    await world.say(ada, group, "one")
    await world.say(ada, group, "two")
    last = (await world.reader.channel(bob, group)).last_n
    await asyncio.gather(
        *(world.channels.mark(bob, group, read=number * 7 % 50, delivered=1_000_000 - number) for number in range(50))
    )
    mine = next(one for one in await world.reader.members(bob, group) if one.profile.user_id == bob)
    assert (mine.read_n, mine.delivered_n) == (last, last)
    world.sending.mark(bob, group, read=1, delivered=0)
    world.sending.mark(cat, group, read=2, delivered=0)
    await world.marks.flush()
    told = world.heard.of(ada, ChannelMarked)
    assert {event.user_id for event in told} == {bob}  # type: ignore[attr-defined]
    assert told[-1].read == last or told[-1].delivered == last  # type: ignore[attr-defined]
    assert world.heard.of(cat, ChannelMarked) == []
    shown = {one.profile.user_id: one.read_n for one in await world.reader.members(ada, group)}
    assert shown == {ada: 0, bob: last, cat: None}
    stranger = (await world.users(1))[0]
    with pytest.raises(NotFound):
        await world.channels.mark(stranger, group, read=1, delivered=0)
    assert (await world.reader.channel(bob, group)).unread == 0


async def test_marks_are_seen_by_members_of_an_open_channel_only(world: World) -> None:
    """After an unfriend, and after leaving a group, what a user reads is not told to those who were there."""
    ada, bob, dm = await world.dm()
    (eve, fay, gus, hal), group = await world.group(4)
    for channel, user in ((dm, ada), (group, eve)):
        await world.say(user, channel, "one")
        await world.say(user, channel, "two")
    await world.channels.mark(bob, dm, read=1, delivered=2)
    for user in (fay, gus):
        await world.channels.mark(user, group, read=2, delivered=2)
    async with world.pool.transaction() as connection:
        await close_dm(connection, ada, bob, now=world.clock.now())
    await world.channels.remove_member(fay, group, fay)
    await world.block(hal, gus)
    before = len(world.heard.of(ada, ChannelMarked)), len(world.heard.of(eve, ChannelMarked))
    await world.channels.mark(bob, dm, read=3, delivered=0)
    await world.channels.mark(fay, group, read=4, delivered=0)
    assert (len(world.heard.of(ada, ChannelMarked)), len(world.heard.of(eve, ChannelMarked))) == before
    assert (await world.reader.channel(bob, dm)).unread == 0
    [own, other] = sorted(await world.reader.members(ada, dm), key=lambda one: one.profile.user_id != ada)
    assert (own.read_n, other.read_n, other.delivered_n) == (0, None, None)
    shown = {one.profile.user_id: one.read_n for one in await world.reader.members(hal, group)}
    assert shown == {eve: 0, gus: None, hal: 0}


async def test_marks_of_a_second_are_one_write_and_reading_includes_delivery(world: World) -> None:
    ada, bob, dm = await world.dm()
    for _ in range(3):
        await world.say(ada, dm)
    world.heard.told.clear()
    for n in (1, 3, 2):
        world.sending.mark(bob, dm, read=n, delivered=0)
    running = asyncio.create_task(world.marks.run())
    await asyncio.wait_for(world.heard.told.wait(), 8)
    running.cancel()
    [event] = world.heard.of(ada, ChannelMarked)
    assert event == ChannelMarked(channel_id=dm, user_id=bob, read=3)
    assert Mark(2, 5).raised(read=7) == Mark(7, 7)


async def test_unread_counts_undeleted_messages_of_others_up_to_100(world: World) -> None:
    ada, bob, dm = await world.dm()
    await world.say(bob, dm, "mine")
    await asyncio.gather(*(world.say(ada, dm, str(number)) for number in range(103)))
    assert (await world.reader.channel(bob, dm)).unread == 100
    await world.channels.mark(bob, dm, read=100, delivered=0)
    assert (await world.reader.channel(bob, dm)).unread == 4
    await world.channels.delete(ada, dm, 104)
    assert (await world.reader.channel(bob, dm)).unread == 3


async def test_channel_is_unread_by_one_message_behind_many_of_ones_own(world: World) -> None:
    ada, bob, dm = await world.dm()
    for _ in range(6):
        await world.say(ada, dm, "mine")
    assert (await world.reader.inbox(ada, before=FIRST, limit=1))[1] == 0
    await world.say(bob, dm, "yours")
    assert (await world.reader.inbox(ada, before=FIRST, limit=1))[1] == 1


async def test_typing_is_forwarded_once_in_three_seconds_to_others_only(world: World) -> None:
    (ada, bob, cat), group = await world.group(3)
    await world.block(cat, ada)
    stranger = (await world.users(1))[0]
    answers: list[Exception | None] = []
    for user in (ada, ada, stranger):
        world.sending.typing(user, group, answers.append)
    world.clock.advance(2_999)
    world.sending.typing(ada, group, answers.append)
    await world.sending.close()
    assert answers.count(None) == 3
    assert [type(one) for one in answers if one] == [NotFound]
    assert [event.sender for event in world.heard.of(bob, ChannelTypingNotice)] == [ada]  # type: ignore[attr-defined]
    assert world.heard.of(cat, ChannelTypingNotice) == []
    world.clock.advance(1)
    world.sending.typing(ada, group, answers.append)
    await world.sending.close()
    assert len(world.heard.of(bob, ChannelTypingNotice)) == 2


async def test_messages_of_a_blocked_user_are_hidden_in_groups_for_the_blocker_alone(world: World) -> None:
    (ada, bob, cat), group = await world.group(3)
    await world.block(cat, ada)
    await world.say(ada, group, f"secret <@{cat}>")
    await search.index(world.pool, now=world.clock.now())
    hidden = world.heard.of(cat, ChannelMessage)[-1].message  # type: ignore[attr-defined]
    assert (hidden.hidden, hidden.n, hidden.channel_id) == (True, 2, group)
    assert b"secret" not in bytes(repr(hidden), "utf-8")
    assert world.heard.of(bob, ChannelMessage)[-1].message.body.startswith("secret")  # type: ignore[attr-defined]
    assert (await world.reader.before(cat, group, None, limit=1)).messages == [hidden]
    shown = await world.reader.channel(cat, group)
    assert (shown.last_message, shown.unread, shown.mentions) == (hidden, 0, 0)
    assert (await world.reader.inbox(cat, before=FIRST, limit=9))[1] == 0
    assert (await world.reader.channel(bob, group)).unread == 1
    found, _ = await world.reader.search(cat, "secret", channel_id=None, before=None, limit=10)
    assert found == []
    found, _ = await world.reader.search(bob, "secret", channel_id=None, before=None, limit=10)
    assert [str(body).partition(" ")[0] for body in bodies(found)] == ["secret"]


async def test_blocker_does_not_see_the_dm_and_the_other_finds_it_closed(world: World) -> None:
    ada, bob, dm = await world.dm()
    await world.say(ada, dm, "hello")
    await world.pool.execute("UPDATE channels SET closed_at = now() WHERE channel_id = $1::uuid", dm)
    await world.block(ada, bob)
    await world.channels.announce_block(ada, bob)
    assert (await world.reader.inbox(ada, before=FIRST, limit=9))[0] == []
    found, _ = await world.reader.search(ada, "hello", channel_id=None, before=None, limit=10)
    assert found == []
    [shown] = (await world.reader.inbox(bob, before=FIRST, limit=9))[0]
    assert (shown.channel_id, shown.writable) == (dm, False)
    with pytest.raises(ChannelClosed):
        await world.say(bob, dm)


async def test_search_finds_current_text_newest_first_by_page(world: World) -> None:
    ada, bob, dm = await world.dm()
    (_, _, cat), group = await world.group(3)
    await world.befriend(ada, cat)
    other = (await world.channels.open_dm(ada, cat)).channel_id
    for number in range(5):
        world.clock.advance(1_000)
        await world.say(ada, dm if number % 2 else other, f"Blue whale {number}")
    await world.say(cat, group, "blue elsewhere")
    assert await search.index(world.pool, now=world.clock.now()) == 6
    assert await world.pool.fetchval(search.MERGE) == 0  # No lookup has to read a pending list.
    assert await search.index(world.pool, now=world.clock.now()) == 0
    found, place = await world.reader.search(ada, "BLUE", channel_id=None, before=None, limit=3)
    assert (bodies(found), place is not None) == (["Blue whale 4", "Blue whale 3", "Blue whale 2"], True)
    rest, end = await world.reader.search(ada, "blue", channel_id=None, before=place, limit=3)
    assert (bodies(rest), end) == (["Blue whale 1", "Blue whale 0"], None)
    elsewhere = await world.reader.search(ada, "blue", channel_id=other, before=None, limit=1)
    assert (bodies(elsewhere[0]), elsewhere[1] is not None) == (["Blue whale 4"], True)
    second = await world.reader.search(ada, "blue", channel_id=other, before=elsewhere[1], limit=1)
    third = await world.reader.search(ada, "blue", channel_id=other, before=second[1], limit=1)
    assert (bodies(second[0]), bodies(third[0]), third[1]) == (["Blue whale 2"], ["Blue whale 0"], None)
    within, _ = await world.reader.search(bob, '"blue whale" -3', channel_id=dm, before=None, limit=9)
    assert bodies(within) == ["Blue whale 1"]
    await world.channels.edit(ada, dm, 1, "green")
    await world.channels.delete(ada, dm, 2)
    nothing, _ = await world.reader.search(bob, "blue", channel_id=dm, before=None, limit=9)
    assert nothing == []
    world.clock.advance(5_000)
    await search.index(world.pool, now=world.clock.now())
    assert bodies((await world.reader.search(bob, "green", channel_id=dm, before=None, limit=9))[0]) == ["green"]
    for words in ("", "   ", "...", "''"):
        with pytest.raises(Invalid):
            await world.reader.search(ada, words, channel_id=None, before=None, limit=9)
    with pytest.raises(NotFound):
        await world.reader.search(cat, "blue", channel_id=dm, before=None, limit=9)


async def test_index_is_complete_for_any_number_of_messages_of_one_instant(world: World) -> None:
    ada, bob, dm = await world.dm()
    # Those that are not indexed fill a transaction of the job before it sees the first of the others.
    many = 2 * search.CHUNK
    await world.pool.execute(
        """INSERT INTO channel_messages (channel_id, n, sender_id, client_id, body, sent_at)
           SELECT $1::uuid, x, $2::uuid, 'm' || x, CASE WHEN x <= $4 THEN '' ELSE 'whale' END, at_ms($5)
           FROM generate_series(1, $3) AS x""",
        *(dm, ada, many + 5, many, world.clock.now() - 1),
    )
    await world.pool.execute("UPDATE channels SET last_n = $2 WHERE channel_id = $1::uuid", dm, many + 5)
    assert await search.index(world.pool, now=world.clock.now()) == 5
    found, _ = await world.reader.search(bob, "whale", channel_id=dm, before=None, limit=9)
    assert len(found) == 5
    assert await search.index(world.pool, now=world.clock.now()) == 0


async def leave(world: World, user: UserId, *, erase: bool) -> None:
    async with world.pool.transaction() as connection:
        notices = await account_deletion.leave(connection, user, erase=erase, now=world.clock.now())
        await connection.execute("DELETE FROM users WHERE user_id = $1::uuid", user)
    await world.channels.announce_departure(notices)


async def test_deleted_user_leaves_groups_and_closes_dms_and_messages_stay(world: World) -> None:
    (ada, bob, cat), group = await world.group(3)
    dm = (await world.channels.open_dm(ada, bob)).channel_id
    await world.say(ada, dm, "from ada")
    await leave(world, ada, erase=False)
    view = await world.reader.channel(bob, dm)
    assert (view.writable, view.peer and (view.peer.user_id, view.peer.display_name, view.peer.deleted)) == (
        False,
        (ada, "deleted user", True),
    )
    page = await world.reader.before(bob, dm, None, limit=9)
    assert [(message.sender, message.body) for message in page.messages] == [(ada, "from ada"), (None, "")]
    left = await world.reader.channel(cat, group)
    assert (left.owner_id, [member.user_id for member in left.members]) == (bob, [bob, cat])


async def test_dm_stays_invisible_to_the_blocker_when_the_blocked_user_is_deleted(world: World) -> None:
    ada, bob, dm = await world.dm()
    await world.say(ada, dm, "unwanted")
    await world.block(bob, ada)
    await world.channels.announce_block(bob, ada)
    await leave(world, ada, erase=False)
    assert (await world.reader.inbox(bob, before=FIRST, limit=9))[0] == []
    with pytest.raises(NotFound):
        await world.reader.before(bob, dm, None, limit=9)


async def test_group_messages_stay_hidden_from_the_blocker_when_the_blocked_user_is_deleted(world: World) -> None:
    (ada, bob, cat), group = await world.group(3)
    said = await world.say(ada, group, "unwanted words")
    await world.block(bob, ada)
    await leave(world, ada, erase=False)
    world.clock.advance(1_000)
    await search.index(world.pool, now=world.clock.now())
    page = await world.reader.before(bob, group, None, limit=9)
    assert [message.n for message in page.messages if message.hidden] == [said.n]
    assert "unwanted words" not in bodies(page.messages)
    assert "unwanted words" in bodies((await world.reader.before(cat, group, None, limit=9)).messages)
    assert (await world.reader.search(bob, "unwanted", channel_id=None, before=None, limit=9))[0] == []
    assert bodies((await world.reader.search(cat, "unwanted", channel_id=None, before=None, limit=9))[0]) != []
    world.heard.events.clear()
    await world.channels.react(cat, group, said.n, "\N{THUMBS UP SIGN}", add=True)
    [change] = world.heard.of(bob, ChannelMessageChanged)
    assert (change.message.n, change.message.hidden) == (said.n, True)  # type: ignore[attr-defined]


async def test_last_message_stays_hidden_from_a_former_member_when_its_sender_is_deleted(world: World) -> None:
    (ada, bob, _), group = await world.group(3)
    await world.block(bob, ada)
    said = await world.say(ada, group, "unwanted")
    await world.channels.remove_member(bob, group, bob)
    await leave(world, ada, erase=False)
    last = (await world.reader.channel(bob, group)).last_message
    assert last is not None
    assert (last.n, last.hidden) == (said.n, True)


async def test_erasure_resumes_after_a_stop(
    world: World,
) -> None:
    ada, bob, dm = await world.dm()
    await asyncio.gather(*(world.say(ada, dm, f"secret {number}") for number in range(510)))
    await world.say(bob, dm, "kept")
    await world.pool.execute("UPDATE channel_messages SET body = '' WHERE n = 3")  # it had a file only
    await world.channels.edit(ada, dm, 1, "secret edited")
    await world.channels.delete(ada, dm, 2)
    await search.index(world.pool, now=world.clock.now())
    await leave(world, ada, erase=True)
    assert await account_deletion.erase(world.pool, now=world.clock.now()) == (500, True)
    assert await account_deletion.erase(world.pool, now=world.clock.now()) == (9, True)
    assert await account_deletion.erase(world.pool, now=world.clock.now()) == (0, True)
    assert await account_deletion.erase(world.pool, now=world.clock.now()) == (0, False)
    rows = await world.pool.fetch("SELECT body FROM channel_messages WHERE body <> ''")
    assert [row[0] for row in rows] == ["kept"]
    for table in ("message_versions", "message_erasures"):
        assert await world.pool.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await world.pool.fetchval("SELECT count(*) FROM message_search") == 1
    page = await world.reader.changed_after(bob, dm, 0, limit=5)
    assert page.rev == await world.pool.fetchval("SELECT max(rev) FROM channel_messages")
    assert len(await world.pool.fetch("SELECT DISTINCT rev FROM channel_messages WHERE rev > 0")) == 510
