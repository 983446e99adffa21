"""Changing rooms by compare-and-set, and saying something in them."""

import asyncio

import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import Invalid, VersionConflict
from matchmaker.domain.room import Room, with_participant
from matchmaker.domain.transactions import RoomWrite
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Accounts, opening


@pytest.fixture
async def text(repository: PostgresRoomRepository, accounts: Accounts) -> Room:
    room = accounts.room("ada", "bob", mode="text")
    await repository.commit(opening(room))
    return replace(room, version=1)


async def test_every_field_of_a_room_is_stored(
    repository: PostgresRoomRepository, accounts: Accounts, text: Room
) -> None:
    now = accounts.clock.now()
    after = replace(
        text,
        offerer=replace(text.offerer, ready=True, away_until=now + 7, said_at=now + 3, asked_at=now + 16),
        answerer=replace(text.answerer, ready=True, away_until=now + 1, said_at=now + 2, asked_at=now + 15),
        duration_s=300,
        connect_by=now + 11,
        ends_at=now + 12,
        talked_ms=77,
        paused_at=now + 13,
        idle=(accounts["ada"], accounts["bob"]),
        warned_until=now + 14,
        asked_by=accounts["bob"],
        asked_at=now + 15,
    )
    assert await repository.commit(RoomWrite(before=text, after=after)) is None
    stored = await repository.room(text.room_id)
    assert stored == replace(after, version=2)
    assert stored.status == "grace"
    # … and goes again.
    await repository.commit(RoomWrite(before=stored, after=replace(text, version=2)))
    assert await repository.room(text.room_id) == replace(text, version=3)


async def test_second_of_two_changes_conflicts(
    repository: PostgresRoomRepository, accounts: Accounts, text: Room
) -> None:
    first = replace(text, asked_by=accounts["ada"], asked_at=1_000)
    second = replace(text, asked_by=accounts["bob"], asked_at=2_000)
    answers = await asyncio.gather(
        *(repository.commit(RoomWrite(before=text, after=after)) for after in (first, second)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [type(None), VersionConflict]
    assert await repository.room(text.room_id) == replace(first, version=2)


async def test_one_of_many_concurrent_changes_succeeds(pool: Pool, accounts: Accounts, text: Room) -> None:
    nodes = [PostgresRoomRepository(pool) for _ in range(5)]
    changes = [RoomWrite(before=text, after=replace(text, asked_by=accounts["ada"], asked_at=n)) for n in range(40)]
    answers = await asyncio.gather(
        *(nodes[n % 5].commit(change) for n, change in enumerate(changes)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["VersionConflict"] * 39
    stored = await nodes[0].room(text.room_id)
    assert stored is not None
    assert (stored.version, stored.asked_at) == (2, answers.index(None))


async def test_upgrade_deletes_the_torch(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts, text: Room
) -> None:
    video = replace(text, mode="video", live_at=None, talked_ms=9_000, duration_s=300, connect_by=accounts.clock.now())
    await repository.commit(RoomWrite(before=text, after=video))
    stored = await repository.room(text.room_id)
    assert stored is not None
    assert (stored.mode, stored.status, stored.talked_ms) == ("video", "connecting", 9_000)
    assert await pool.fetchval("SELECT count(*) FROM text_room_activity") == 0


async def test_message_is_stored_with_its_change(
    repository: PostgresRoomRepository, accounts: Accounts, text: Room
) -> None:
    message = accounts.message(text, "ada", "hello 😀\nyou")
    after = with_participant(text, replace(text.offerer, said_at=accounts.clock.now() + 9))
    assert await repository.commit(RoomWrite(before=text, after=after, message=message)) == message
    assert await repository.room(text.room_id) == replace(after, version=2)
    assert await repository.messages(text.room_id) == [message]


async def test_message_alone_keeps_the_version(
    repository: PostgresRoomRepository, accounts: Accounts, text: Room
) -> None:
    for body in ("one", "two"):
        await repository.commit(RoomWrite(before=text, after=text, message=accounts.message(text, "ada", body)))
    assert await repository.room(text.room_id) == text
    assert [message.body for message in await repository.messages(text.room_id)] == ["one", "two"]


async def test_repeated_message_is_the_same_message(
    repository: PostgresRoomRepository, accounts: Accounts, text: Room
) -> None:
    first = accounts.message(text, "ada", "hello", client_id="1")
    await repository.commit(RoomWrite(before=text, after=text, message=first))
    again = accounts.message(text, "ada", "changed my mind", client_id="1")
    after = with_participant(text, replace(text.offerer, said_at=accounts.clock.now() + 9))
    # Whatever else the change would do, and at whatever version it was made.
    assert await repository.commit(RoomWrite(before=text, after=after, message=again)) == first
    assert await repository.commit(RoomWrite(before=replace(text, version=9), after=after, message=again)) == first
    assert await repository.room(text.room_id) == text
    assert await repository.messages(text.room_id) == [first]
    # The same name from the other person is another message.
    other = accounts.message(text, "bob", "hi", client_id="1")
    assert await repository.commit(RoomWrite(before=text, after=text, message=other)) == other


async def test_concurrent_repeats_of_a_message(pool: Pool, accounts: Accounts, text: Room) -> None:
    nodes = [PostgresRoomRepository(pool), PostgresRoomRepository(pool)]
    sent = [accounts.message(text, "ada", f"take {n}", client_id="x") for n in range(20)]
    answers = await asyncio.gather(
        *(nodes[n % 2].commit(RoomWrite(before=text, after=text, message=message)) for n, message in enumerate(sent))
    )
    assert len({answer.message_id for answer in answers if answer}) == 1
    assert await nodes[0].messages(text.room_id) == [answers[0]]


async def test_messages_of_a_room_keep_their_order(
    repository: PostgresRoomRepository, accounts: Accounts, text: Room
) -> None:
    sent = [accounts.message(text, "ada", str(n)) for n in range(30)]
    await asyncio.gather(*(repository.commit(RoomWrite(before=text, after=text, message=message)) for message in sent))
    assert await repository.messages(text.room_id) == sent


async def test_message_to_an_ended_or_changed_room_is_refused(
    repository: PostgresRoomRepository, accounts: Accounts, text: Room
) -> None:
    stale = replace(text, version=7)
    with pytest.raises(VersionConflict):
        await repository.commit(RoomWrite(before=stale, after=stale, message=accounts.message(text, "ada")))
    await repository.commit(accounts.end(text))
    with pytest.raises(VersionConflict):
        await repository.commit(RoomWrite(before=text, after=text, message=accounts.message(text, "ada")))
    assert await repository.messages(text.room_id) == []


@pytest.mark.parametrize("body", ["x" * 501, "a\0b"])
async def test_one_refused_message_does_not_fail_its_group(
    repository: PostgresRoomRepository, accounts: Accounts, text: Room, body: str
) -> None:
    other = accounts.room("cat", "dan", mode="text")
    await repository.commit(opening(other))
    other = replace(other, version=1)
    bad = accounts.message(text, "ada", body)
    good = accounts.message(other, "cat")
    answers = await asyncio.gather(
        repository.commit(RoomWrite(before=text, after=text, message=bad)),
        repository.commit(RoomWrite(before=other, after=other, message=good)),
        return_exceptions=True,
    )
    assert isinstance(answers[0], Invalid)
    assert answers[1] == good
    assert await repository.messages(text.room_id) == []


async def test_many_rooms_are_updated_at_once(
    repository: PostgresRoomRepository, accounts: Accounts, text: Room
) -> None:
    other = accounts.room("cat", "dan", mode="text")
    await repository.commit(opening(other))
    other = replace(other, version=1)
    pairs = [
        (room, replace(room, paused_at=5_000, offerer=replace(room.offerer, away_until=9_000)))
        for room in (text, other)
    ]
    stale = replace(other, version=4)
    revised = await repository.update_rooms([pairs[0], (stale, stale)])
    assert revised == [replace(pairs[0][1], version=2)]
    assert await repository.room(text.room_id) == revised[0]
    assert await repository.update_rooms([]) == []
    assert await repository.update_rooms(iter(pairs)) == [replace(pairs[1][1], version=2)]
