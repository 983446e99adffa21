"""Sending, changing and reading messages, as each role may."""

import asyncio

import pytest

from matchmaker.domain.errors import ChannelClosed, EditExpired, Forbidden, Invalid, LimitReached, NotFound
from matchmaker.domain.ids import UserId
from signaling.connection.channel_port import Draft
from signaling.wire.channel_events import ChannelMessage, ChannelMessageChanged
from tests.people.channels.conftest import World, bodies

REFUSED = (NotFound, ChannelClosed)


async def test_message_is_sent_once_to_other_members_and_replied_to_its_sender(world: World) -> None:
    ada, bob, dm = await world.dm()
    first, second = await world.say(ada, dm, "one"), await world.say(bob, dm, "two", reply_to=1)
    assert (first.n, second.n, second.reply_to, first.sender) == (1, 2, 1, ada)
    assert [event.message for event in world.heard.of(bob, ChannelMessage)] == [first]  # type: ignore[attr-defined]
    assert [event.message.n for event in world.heard.of(ada, ChannelMessage)] == [2]  # type: ignore[attr-defined]


async def test_same_client_id_is_the_same_message_for_ever(world: World) -> None:
    ada, bob, dm = await world.dm()
    first = await world.say(ada, dm, "one", client_id="x")
    await world.say(bob, dm, "two", client_id="x")
    await world.channels.edit(ada, dm, 1, "edited")
    again = await world.say(ada, dm, "other text", client_id="x")
    assert (again.n, again.body) == (first.n, "edited")
    assert len(world.heard.of(bob, ChannelMessage)) == 1
    assert await world.numbers(dm) == [1, 2]


async def test_concurrent_sends_leave_no_gap_and_no_duplicate(world: World) -> None:
    """Each is sent twice, into twenty channels, by two services, as two nodes would."""
    other = World(world.pool)
    pairs = [await world.dm() for _ in range(20)]
    sends = []
    for number in range(400):
        one, two, dm = pairs[number % 20]
        draft = Draft(channel_id=dm, client_id=f"m{number}", body=f"text {number}")
        user = one if number % 40 < 20 else two
        sends += [service.sending.send_and_wait(user, draft) for service in (world, other)]
    sent = await asyncio.gather(*sends)
    for first, second in zip(sent[::2], sent[1::2], strict=True):
        assert (first.channel_id, first.n) == (second.channel_id, second.n)
    for _, _, dm in pairs:
        assert await world.numbers(dm) == list(range(1, 21))
    await other.sending.close()


async def test_commit_has_at_most_128_messages(world: World) -> None:
    ada, _, dm = await world.dm()
    await asyncio.gather(*(world.say(ada, dm, str(number)) for number in range(150)))
    sizes = [size for name, size in world.commits if name == "channel_send"]
    assert (sum(sizes), max(sizes)) == (150, 128)


async def test_send_racing_a_close_is_before_it_or_refused(world: World) -> None:
    ada, _, dm = await world.dm()

    async def close() -> None:
        async with world.pool.transaction() as connection:
            await connection.execute("SELECT FROM channels WHERE channel_id = $1::uuid FOR UPDATE", dm)
            await connection.execute("UPDATE channels SET closed_at = now() WHERE channel_id = $1::uuid", dm)

    results = await asyncio.gather(
        *(world.say(ada, dm) for _ in range(10)),
        close(),
        *(world.say(ada, dm) for _ in range(20)),
        return_exceptions=True,
    )
    stored = [one.n for one in results if not isinstance(one, ChannelClosed) and one is not None]  # type: ignore[union-attr]
    assert await world.numbers(dm) == sorted(stored) == list(range(1, len(stored) + 1))
    with pytest.raises(ChannelClosed):
        await world.say(ada, dm)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"body": ""}, "body"),
        ({"body": "x" * 2_001}, "body"),
        ({"body": " ".join(f"<@{number:08x}-0000-4000-8000-000000000000>" for number in range(11))}, "body"),
        ({"reply_to": 1}, "reply_to"),
        ({"attachment_ids": ("00000000-0000-4000-8000-000000000000",)}, "attachment_ids"),
        ({"attachment_ids": ("00000000-0000-4000-8000-000000000000",) * 2}, "attachment_ids"),
    ],
)
async def test_invalid_message_is_refused_by_field_and_takes_no_number(
    world: World, fields: dict[str, object], field: str
) -> None:
    ada, _, dm = await world.dm()
    with pytest.raises(Invalid) as refused:
        await world.say(ada, dm, **({"body": "hello"} | fields))  # type: ignore[arg-type]
    assert refused.value.details == {"field": field}
    assert (await world.say(ada, dm, "x" * 2_000)).n == 1


async def test_rights_by_role(world: World) -> None:
    """Stranger, member, owner, former member, user in a closed DM, and one who has blocked the other user of it."""
    (owner, member, former), group = await world.group(3)
    stranger, friend, blocker = await world.users(3)
    await world.say(member, group, "text")
    await world.channels.remove_member(former, group, former)
    await world.befriend(blocker, friend)
    dm = (await world.channels.open_dm(blocker, friend)).channel_id
    for user in (friend, blocker):
        await world.say(user, dm, "before")
    await world.pool.execute("UPDATE channels SET closed_at = now() WHERE channel_id = $1::uuid", dm)
    await world.block(blocker, friend)

    async def outcome(call: object) -> str:
        try:
            await call  # type: ignore[misc]
        except (*REFUSED, Forbidden, EditExpired, Invalid, LimitReached) as refusal:
            return refusal.code
        return "ok"

    async def rights(user: UserId, channel_id: str, n: int) -> list[str]:
        channels = world.channels
        return [
            await outcome(world.reader.channel(user, channel_id)),
            await outcome(world.reader.before(user, channel_id, None, limit=1)),
            await outcome(world.say(user, channel_id)),
            await outcome(channels.edit(user, channel_id, n, "other")),
            await outcome(channels.react(user, channel_id, n, "👍", add=True)),
            await outcome(channels.rename(user, channel_id, "New")),
            await outcome(channels.delete(user, channel_id, n)),
        ]

    nothing = ["not_found"] * 7
    assert await rights(stranger, group, 2) == nothing
    assert await rights(blocker, dm, 2) == nothing
    assert await rights(former, group, 2) == [
        "ok",
        "ok",
        "channel_closed",
        "forbidden",
        "channel_closed",
        "not_found",
        "forbidden",
    ]
    assert await rights(friend, dm, 1) == [
        "ok",
        "ok",
        "channel_closed",
        "channel_closed",
        "channel_closed",
        "forbidden",
        "ok",
    ]
    assert await rights(member, group, 2) == ["ok", "ok", "ok", "ok", "ok", "forbidden", "ok"]
    await world.say(member, group, "another")
    n = (await world.reader.before(owner, group, None, limit=1)).messages[0].n
    assert await rights(owner, group, n) == ["ok", "ok", "ok", "forbidden", "ok", "ok", "ok"]


async def test_edit_keeps_earlier_text_and_ends_after_fifteen_minutes(world: World) -> None:
    (ada, bob), group = await world.group(2)
    sent = await world.say(ada, group, f"hello <@{bob}>")
    world.clock.advance(899_999)
    edited = await world.channels.edit(ada, group, sent.n, "goodbye")
    assert (edited.body, edited.rev, edited.edited_at) == ("goodbye", 1, world.clock.now())
    [event] = world.heard.of(bob, ChannelMessageChanged)
    assert event.message == edited  # type: ignore[attr-defined]
    assert await world.pool.fetchval("SELECT count(*) FROM mentions") == 0
    assert await world.pool.fetchval("SELECT body FROM message_versions") == f"hello <@{bob}>"
    same = await world.channels.edit(ada, group, sent.n, "goodbye")
    assert same.rev == 1
    world.clock.advance(1)
    with pytest.raises(EditExpired):
        await world.channels.edit(ada, group, sent.n, "late")


async def test_deleted_message_has_no_content_and_keeps_its_number(world: World) -> None:
    (ada, bob), group = await world.group(2)
    sent = await world.say(ada, group, f"<@{bob}> secret")
    await world.channels.react(bob, group, sent.n, "🎉", add=True)
    await world.channels.delete(ada, group, sent.n)
    await world.channels.delete(ada, group, sent.n)
    [message] = (await world.reader.before(bob, group, None, limit=1)).messages
    assert (message.n, message.body, message.reactions, message.sender) == (sent.n, "", (), ada)
    assert message.deleted_at == world.clock.now()
    assert message.rev == 2
    with pytest.raises(NotFound):
        await world.channels.edit(ada, group, sent.n, "again")
    assert await world.pool.fetchval("SELECT count(*) FROM reactions") == 0
    channel = await world.reader.channel(bob, group)
    assert (channel.unread, channel.mentions) == (0, 0)


async def test_reaction_is_one_emoji_once_per_user_twenty_per_message(world: World) -> None:
    ada, bob, dm = await world.dm()
    await world.say(ada, dm)
    for emoji in ("no", "", "👍👍", "1", "👩‍👩‍👧‍👦" * 4):
        with pytest.raises(Invalid):
            await world.channels.react(bob, dm, 1, emoji, add=True)
    for emoji in ("👩‍👩‍👧‍👦", "👍🏽", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🇩🇪", "1️⃣", "❤️"):
        await world.channels.react(bob, dm, 1, emoji, add=True)
        await world.channels.react(bob, dm, 1, emoji, add=True)
    await world.channels.react(ada, dm, 1, "❤️", add=True)
    for number in range(14):
        await world.channels.react(bob, dm, 1, chr(0x1F600 + number), add=True)
    with pytest.raises(LimitReached) as refused:
        await world.channels.react(ada, dm, 1, "🦊", add=True)
    assert refused.value.details == {"limit": "reactions", "max": 20}
    await world.channels.react(ada, dm, 1, chr(0x1F600), add=True)
    await world.channels.react(bob, dm, 1, "👍🏽", add=False)
    await world.channels.react(bob, dm, 1, "👍🏽", add=False)
    [message] = (await world.reader.before(bob, dm, None, limit=1)).messages
    shown = {reaction.emoji: (reaction.count, reaction.mine) for reaction in message.reactions}  # type: ignore[union-attr]
    assert len(shown) == 19
    assert (shown["❤️"], shown["🇩🇪"]) == ((2, True), (1, True))
    assert message.rev == (await world.reader.channel(ada, dm)).rev == 6 + 1 + 14 + 1 + 1


async def test_sixty_concurrent_changes_raise_rev_to_sixty(world: World) -> None:
    ada, bob, dm = await world.dm()
    for number in range(3):
        await world.say(ada, dm, f"text {number}")
    await asyncio.gather(
        *(world.channels.edit(ada, dm, 1 + number % 3, f"edit {number}") for number in range(30)),
        *(world.channels.react(bob, dm, 1, chr(0x1F600 + number // 2), add=number % 2 == 0) for number in range(30)),
    )
    page = await world.reader.changed_after(bob, dm, 0, limit=50)
    revisions = sorted(event.message.rev for event in world.heard.of(bob, ChannelMessageChanged))  # type: ignore[attr-defined]
    assert revisions == list(range(1, page.rev + 1))
    assert {message.n for message in page.messages} == {1, 2, 3}


async def test_concurrent_edit_and_delete_end_deleted(world: World) -> None:
    ada, _, dm = await world.dm()
    for n in range(1, 11):
        await world.say(ada, dm, "text")
        outcomes = await asyncio.gather(
            world.channels.edit(ada, dm, n, "edited"), world.channels.delete(ada, dm, n), return_exceptions=True
        )
        assert outcomes[1] is None
        assert not isinstance(outcomes[0], Exception) or isinstance(outcomes[0], NotFound)
    page = await world.reader.after(ada, dm, 0, limit=20)
    assert set(bodies(page.messages)) == {""}


async def test_delete_racing_repeated_sends_ends_deleted_under_one_number(world: World) -> None:
    ada, bob, dm = await world.dm()
    first = await world.say(ada, dm, "one", client_id="x")
    again = await asyncio.gather(
        *(world.say(ada, dm, "one", client_id="x") for _ in range(5)),
        world.channels.delete(ada, dm, first.n),
        *(world.say(ada, dm, "one", client_id="x") for _ in range(5)),
    )
    assert {message.n for message in again if message is not None} == {first.n}
    after = await world.say(ada, dm, "one", client_id="x")
    assert (after.n, after.body, after.deleted_at is not None) == (first.n, "", True)
    assert [message.body for message in (await world.reader.before(bob, dm, None, limit=9)).messages] == [""]
    assert [event.message.deleted_at is not None for event in world.heard.of(bob, ChannelMessageChanged)] == [True]  # type: ignore[attr-defined]


async def test_reply_racing_the_deletion_of_its_target_keeps_the_number(world: World) -> None:
    ada, bob, dm = await world.dm()
    target = await world.say(ada, dm, "one")
    replies = await asyncio.gather(
        *(world.say(bob, dm, "two", reply_to=target.n) for _ in range(5)),
        world.channels.delete(ada, dm, target.n),
        *(world.say(bob, dm, "two", reply_to=target.n) for _ in range(5)),
    )
    assert {reply.reply_to for reply in replies if reply is not None} == {target.n}


async def test_pages_in_both_directions(world: World) -> None:
    ada, bob, dm = await world.dm()
    for number in range(1, 8):
        await world.say(ada, dm, str(number))
    channels = world.channels
    last = await world.reader.before(bob, dm, None, limit=3)
    assert (bodies(last.messages), last.has_before, last.has_after, last.last_n) == (["5", "6", "7"], True, False, 7)
    first = await world.reader.before(bob, dm, 4, limit=3)
    assert (bodies(first.messages), first.has_before, first.has_after) == (["1", "2", "3"], False, True)
    after = await world.reader.after(bob, dm, 3, limit=3)
    assert (bodies(after.messages), after.has_before, after.has_after) == (["4", "5", "6"], True, True)
    around = await world.reader.around(bob, dm, 4, limit=3)
    assert (bodies(around.messages), around.has_before, around.has_after) == (["3", "4", "5"], True, True)
    await channels.edit(ada, dm, 2, "two")
    await channels.edit(ada, dm, 1, "one")
    changed = await world.reader.changed_after(bob, dm, 0, limit=50)
    assert bodies(changed.messages) == ["two", "one"]
    assert bodies((await world.reader.changed_after(bob, dm, 1, limit=50)).messages) == ["one"]


async def test_has_before_ends_where_the_reader_joined_and_where_retention_ended(world: World) -> None:
    (ada, bob), group = await world.group(2)
    [cat] = await world.users(1)
    await world.befriend(ada, cat)
    early = [(await world.say(ada, group, str(number))).n for number in range(2)]
    await world.channels.add_member(ada, group, cat)
    late = [(await world.say(ada, group, str(number))).n for number in range(2, 4)]

    async def has_before(user: UserId, n: int) -> list[bool]:
        """Return it for the pages that begin with *n*, by each way to ask."""
        after, before = world.reader.after, world.reader.before
        pages = [await after(user, group, n - 1, limit=1), await before(user, group, n + 1, limit=1)]
        assert [page.messages[0].n for page in pages] == [n, n]
        return [page.has_before for page in pages]

    joined = (await world.reader.after(cat, group, 0, limit=1)).messages[0].n
    assert early[-1] < joined < late[0]
    assert (await has_before(cat, joined), await has_before(cat, joined + 1)) == ([False, False], [True, True])
    # An empty page, above the last message.
    assert (await world.reader.after(cat, group, late[-1], limit=1)).has_before
    await world.pool.execute("DELETE FROM channel_messages WHERE channel_id = $1::uuid AND n < $2", group, late[-1])
    assert (await has_before(bob, late[-1]), await has_before(cat, late[-1])) == ([False, False], [False, False])
