"""Groups: members, ownership, limits and races."""

import asyncio
from contextlib import suppress

import pytest

from matchmaker.domain.errors import Forbidden, LimitReached, NotFound, StateConflict, Unavailable
from matchmaker.domain.ids import UserId
from server.db.retention import export
from signaling.wire.channel_events import ChannelChanged, ChannelGone, ChannelMessage, ChannelMessageChanged
from tests.people.channels.conftest import World


def notices(world: World, user: UserId) -> list[object]:
    told = [event.message.details for event in world.heard.of(user, ChannelMessage)]  # type: ignore[attr-defined]
    return [details["notice"] for details in told if "notice" in details]


async def test_group_events_reach_all_members(world: World) -> None:
    ada, bob, cat = await world.friends(3)
    group = await world.channels.create_group(ada, "Chess", [bob])
    assert (group.owner_id, group.last_n, [member.user_id for member in group.members]) == (ada, 1, [ada, bob])
    await world.channels.add_member(ada, group.channel_id, cat)
    await world.channels.add_member(ada, group.channel_id, cat)
    await world.channels.rename(ada, group.channel_id, "Go")
    await world.channels.remove_member(ada, group.channel_id, cat)
    await world.channels.remove_member(ada, group.channel_id, ada)
    assert notices(world, bob) == ["created", "added", "renamed", "removed", "left", "owner_changed"]
    assert notices(world, cat) == ["added", "renamed"]
    assert [event.channel_id for event in world.heard.of(cat, ChannelGone)] == [group.channel_id]  # type: ignore[attr-defined]
    last = world.heard.of(bob, ChannelChanged)[-1].channel  # type: ignore[attr-defined]
    assert (last.name, last.owner_id, [member.user_id for member in last.members]) == ("Go", bob, [bob])
    assert last.unread == 0
    assert await world.numbers(group.channel_id) == list(range(1, 7))


async def test_members_read_from_joining_until_leaving(world: World) -> None:
    (ada, bob), group = await world.group(2)
    cat = (await world.users(1))[0]
    await world.befriend(ada, cat)
    await world.say(ada, group, "before")
    await world.channels.add_member(ada, group, cat)
    await world.say(ada, group, "between")
    await world.channels.remove_member(bob, group, bob)
    await world.say(ada, group, "after")
    texts = [
        message.body for message in (await world.reader.before(cat, group, None, limit=50)).messages if message.body
    ]
    assert texts == ["between", "after"]
    page = await world.reader.before(bob, group, None, limit=50)
    assert [message.body for message in page.messages if message.body] == ["before", "between"]
    assert (page.has_after, page.last_n) == (False, 4)
    view = await world.reader.channel(bob, group)
    assert (view.writable, view.members, view.last_message and view.last_message.body) == (False, (), "between")
    channel = await world.reader.channel(cat, group)
    assert channel.unread == 2
    with pytest.raises(NotFound):
        await world.channels.react(cat, group, 2, "👍", add=True)


async def test_fifty_concurrent_adds_give_ten_members(world: World) -> None:
    users, group = await world.group(2)
    others = await world.users(25)
    await world.befriend(users[0], *others)
    await world.befriend(users[1], *others)

    async def add(number: int, other: UserId) -> None:
        while True:
            with suppress(Unavailable):  # fifty wait for one lock: on a busy machine some of them for too long
                return await world.channels.add_member(users[number % 2], group, other)

    outcomes = await asyncio.gather(
        *(add(number, other) for number, other in enumerate(others * 2)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert {type(outcome) for outcome in refused} == {LimitReached}
    assert len(await world.reader.members(users[0], group)) == 10
    assert await world.numbers(group) == list(range(1, 10))


async def test_race_for_the_last_place_leaves_one_outside(world: World) -> None:
    users, group = await world.group(9)
    one, other = await world.users(2)
    await world.befriend(users[0], one, other)
    await world.befriend(users[1], other)
    outcomes = await asyncio.gather(
        world.channels.add_member(users[0], group, one),
        world.channels.add_member(users[1], group, other),
        return_exceptions=True,
    )
    assert sorted(map(str, map(type, outcomes))) == sorted(map(str, (type(None), LimitReached)))


async def test_former_member_is_not_added_again_within_a_day(world: World) -> None:
    (ada, bob, cat), group = await world.group(3)
    await world.channels.remove_member(bob, group, bob)
    await world.channels.remove_member(ada, group, cat)
    for user in (bob, cat):
        with pytest.raises(StateConflict) as refused:
            await world.channels.add_member(ada, group, user)
        assert refused.value.details["until_at"] == world.clock.now() + 86_400_000
    world.clock.advance(86_400_000)
    await world.channels.add_member(ada, group, bob)
    assert [member.profile.user_id for member in await world.reader.members(ada, group)] == [ada, bob]


async def test_returned_member_deletes_own_messages_of_the_first_stay(world: World) -> None:
    """By the sender at any time; nothing else of the first stay is theirs to see or change."""
    (ada, bob, cat), group = await world.group(3)
    mine = await world.say(bob, group, "mine")
    other = await world.say(cat, group, "of another member")
    await world.channels.remove_member(ada, group, bob)
    world.clock.advance(86_400_000)
    await world.channels.add_member(ada, group, bob)
    await world.channels.delete(bob, group, mine.n)
    await world.channels.delete(bob, group, mine.n)
    for change in (
        world.channels.delete(bob, group, other.n),
        world.channels.edit(bob, group, mine.n, "again"),
        world.channels.react(bob, group, mine.n, "👍", add=True),
    ):
        with pytest.raises(NotFound):
            await change
    page = await world.reader.around(ada, group, mine.n, limit=4)
    assert [one.body for one in page.messages if one.kind == "text"] == ["", "of another member"]


async def test_only_own_friends_are_added_and_only_the_owner_removes(world: World) -> None:
    (ada, bob, cat), group = await world.group(3)
    stranger = (await world.users(1))[0]
    for call, refusal in (
        (world.channels.add_member(ada, group, stranger), NotFound),
        (world.channels.add_member(stranger, group, ada), NotFound),
        (world.channels.remove_member(bob, group, cat), Forbidden),
        (world.channels.remove_member(stranger, group, cat), NotFound),
        (world.channels.rename(bob, group, "Mine"), Forbidden),
        (world.channels.create_group(ada, "Ten", await world.users(10)), LimitReached),
        (world.channels.create_group(ada, "Two", [stranger]), NotFound),
        (world.channels.open_dm(ada, stranger), NotFound),
        (world.channels.open_dm(ada, ada), NotFound),
    ):
        with pytest.raises(refusal):
            await call
    await world.channels.remove_member(ada, group, stranger)  # no member: nothing to do


async def test_removal_racing_a_send_stores_it_before_or_refuses(world: World) -> None:
    users, group = await world.group(3)
    outcomes = await asyncio.gather(
        *(world.say(users[2], group) for _ in range(10)),
        world.channels.remove_member(users[0], group, users[2]),
        *(world.say(users[2], group) for _ in range(10)),
        return_exceptions=True,
    )
    stored = [one.n for one in outcomes if one is not None and not isinstance(one, Exception)]  # type: ignore[union-attr]
    left_n = await world.pool.fetchval("SELECT left_n FROM channel_members WHERE user_id = $1::uuid", users[2])
    assert all(n <= left_n for n in stored)
    assert await world.numbers(group) == list(range(1, len(stored) + 3))


async def test_ownership_passes_to_the_longest_member_and_the_last_one_deletes_the_group(world: World) -> None:
    (ada, bob, cat), group = await world.group(3)
    world.clock.advance(1)
    await world.channels.remove_member(ada, group, ada)
    assert (await world.reader.channel(bob, group)).owner_id == bob
    await world.channels.remove_member(bob, group, cat)
    await world.channels.remove_member(bob, group, bob)
    assert await world.pool.fetchval("SELECT count(*) FROM channels") == 0
    with pytest.raises(NotFound):
        await world.reader.channel(ada, group)


async def test_groups_per_user_are_limited(world: World) -> None:
    ada, bob = await world.friends(2)
    await world.pool.execute(
        """WITH made AS (INSERT INTO channels (channel_id, kind, name, created_at, last_at)
             SELECT gen_random_uuid(), 'group', 'x', now(), now() FROM generate_series(1, 200) RETURNING channel_id)
           INSERT INTO channel_members (channel_id, user_id, slot, joined_at)
           SELECT channel_id, $1::uuid, 1, now() FROM made""",
        bob,
    )
    with pytest.raises(LimitReached) as refused:
        await world.channels.create_group(ada, "One more", [bob])
    assert refused.value.details == {"limit": "groups_max", "max": 200}


async def test_later_members_are_not_sent_changes_of_earlier_messages(world: World) -> None:
    (ada, bob, cat), group = await world.group(3)
    said = [(await world.say(ada, group, "for the three of us")).n for _ in range(2)]
    await world.channels.remove_member(cat, group, cat)
    (dan,) = await world.users(1)
    await world.befriend(ada, dan)
    await world.channels.add_member(ada, group, dan)
    await world.channels.edit(ada, group, said[0], "still for the three of us")
    await world.channels.react(bob, group, said[1], "\N{HEAVY BLACK HEART}", add=True)
    await world.channels.delete(ada, group, said[1])
    assert [event.message.n for event in world.heard.of(bob, ChannelMessageChanged)] == [said[0], said[1], said[1]]  # type: ignore[attr-defined]
    assert world.heard.of(dan, ChannelMessageChanged) == []
    after = await world.say(bob, group, "for all")
    await world.channels.edit(bob, group, after.n, "for all of us")
    assert [event.message.n for event in world.heard.of(dan, ChannelMessageChanged)] == [after.n]  # type: ignore[attr-defined]


async def test_former_members_see_the_group_as_it_was_when_they_left(world: World) -> None:
    (ada, bob, cat), group = await world.group(3)
    world.clock.advance(1_000)
    await world.channels.remove_member(ada, group, cat)
    left_at = world.clock.now()
    world.clock.advance(1_000)
    await world.channels.rename(ada, group, "Without Cat")
    await world.say(bob, group)
    shown = await world.reader.channel(cat, group)
    assert (shown.name, shown.last_at, shown.last_n, shown.owner_id) == ("Chess", left_at, 1, None)
    exported: list[bytes] = []
    await export.write(world.pool, cat, exported.append)
    assert b"Chess" in b"".join(exported)
    assert b"Without Cat" not in b"".join(exported)
    world.clock.advance(86_400_000)
    await world.channels.add_member(ada, group, cat)
    again = await world.reader.channel(cat, group)
    assert (again.name, again.last_at, again.owner_id) == ("Without Cat", world.clock.now(), ada)
