"""Changing rooms by compare-and-set, and saying something in them."""

import asyncio

import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import Invalid, VersionConflict
from matchmaker.domain.room import Room, with_participant
from matchmaker.domain.transactions import RoomWrite
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Town, opening


@pytest.fixture
async def text(ledger: PostgresRoomRepository, town: Town) -> Room:
    room = town.room("ada", "bob", mode="text")
    await ledger.commit(opening(room))
    return replace(room, version=1)


async def test_every_field_of_a_room_is_stored(ledger: PostgresRoomRepository, town: Town, text: Room) -> None:
    now = town.clock.now()
    after = replace(
        text,
        offerer=replace(text.offerer, ready=True, away_until=now + 7, said_at=now + 3, asked_at=now + 16),
        answerer=replace(text.answerer, ready=True, away_until=now + 1, said_at=now + 2, asked_at=now + 15),
        duration_s=300,
        connect_by=now + 11,
        ends_at=now + 12,
        talked_ms=77,
        paused_at=now + 13,
        idle=(town["ada"], town["bob"]),
        warned_until=now + 14,
        asked_by=town["bob"],
        asked_at=now + 15,
    )
    assert await ledger.commit(RoomWrite(before=text, after=after)) is None
    stored = await ledger.room(text.room_id)
    assert stored == replace(after, version=2)
    assert stored.status == "grace"
    # … and goes again.
    await ledger.commit(RoomWrite(before=stored, after=replace(text, version=2)))
    assert await ledger.room(text.room_id) == replace(text, version=3)


async def test_second_of_two_changes_conflicts(ledger: PostgresRoomRepository, town: Town, text: Room) -> None:
    first = replace(text, asked_by=town["ada"], asked_at=1_000)
    second = replace(text, asked_by=town["bob"], asked_at=2_000)
    answers = await asyncio.gather(
        *(ledger.commit(RoomWrite(before=text, after=after)) for after in (first, second)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [type(None), VersionConflict]
    assert await ledger.room(text.room_id) == replace(first, version=2)


async def test_one_of_many_concurrent_changes_succeeds(pool: Pool, town: Town, text: Room) -> None:
    nodes = [PostgresRoomRepository(pool) for _ in range(5)]
    changes = [RoomWrite(before=text, after=replace(text, asked_by=town["ada"], asked_at=n)) for n in range(40)]
    answers = await asyncio.gather(
        *(nodes[n % 5].commit(change) for n, change in enumerate(changes)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["VersionConflict"] * 39
    stored = await nodes[0].room(text.room_id)
    assert stored is not None
    assert (stored.version, stored.asked_at) == (2, answers.index(None))


async def test_upgrade_deletes_the_torch(ledger: PostgresRoomRepository, pool: Pool, town: Town, text: Room) -> None:
    video = replace(text, mode="video", live_at=None, talked_ms=9_000, duration_s=300, connect_by=town.clock.now())
    await ledger.commit(RoomWrite(before=text, after=video))
    stored = await ledger.room(text.room_id)
    assert stored is not None
    assert (stored.mode, stored.status, stored.talked_ms) == ("video", "connecting", 9_000)
    assert await pool.fetchval("SELECT count(*) FROM text_room_activity") == 0


async def test_message_is_stored_with_its_change(ledger: PostgresRoomRepository, town: Town, text: Room) -> None:
    message = town.message(text, "ada", "hello 😀\nyou")
    after = with_participant(text, replace(text.offerer, said_at=town.clock.now() + 9))
    assert await ledger.commit(RoomWrite(before=text, after=after, message=message)) == message
    assert await ledger.room(text.room_id) == replace(after, version=2)
    assert await ledger.messages(text.room_id) == [message]


async def test_message_alone_keeps_the_version(ledger: PostgresRoomRepository, town: Town, text: Room) -> None:
    for body in ("one", "two"):
        await ledger.commit(RoomWrite(before=text, after=text, message=town.message(text, "ada", body)))
    assert await ledger.room(text.room_id) == text
    assert [message.body for message in await ledger.messages(text.room_id)] == ["one", "two"]


async def test_repeated_message_is_the_same_message(ledger: PostgresRoomRepository, town: Town, text: Room) -> None:
    first = town.message(text, "ada", "hello", client_id="1")
    await ledger.commit(RoomWrite(before=text, after=text, message=first))
    again = town.message(text, "ada", "changed my mind", client_id="1")
    after = with_participant(text, replace(text.offerer, said_at=town.clock.now() + 9))
    # Whatever else the change would do, and at whatever version it was made.
    assert await ledger.commit(RoomWrite(before=text, after=after, message=again)) == first
    assert await ledger.commit(RoomWrite(before=replace(text, version=9), after=after, message=again)) == first
    assert await ledger.room(text.room_id) == text
    assert await ledger.messages(text.room_id) == [first]
    # The same name from the other person is another message.
    other = town.message(text, "bob", "hi", client_id="1")
    assert await ledger.commit(RoomWrite(before=text, after=text, message=other)) == other


async def test_concurrent_repeats_of_a_message(pool: Pool, town: Town, text: Room) -> None:
    nodes = [PostgresRoomRepository(pool), PostgresRoomRepository(pool)]
    sent = [town.message(text, "ada", f"take {n}", client_id="x") for n in range(20)]
    answers = await asyncio.gather(
        *(nodes[n % 2].commit(RoomWrite(before=text, after=text, message=message)) for n, message in enumerate(sent))
    )
    assert len({answer.message_id for answer in answers if answer}) == 1
    assert await nodes[0].messages(text.room_id) == [answers[0]]


async def test_messages_of_a_room_keep_their_order(ledger: PostgresRoomRepository, town: Town, text: Room) -> None:
    sent = [town.message(text, "ada", str(n)) for n in range(30)]
    await asyncio.gather(*(ledger.commit(RoomWrite(before=text, after=text, message=message)) for message in sent))
    assert await ledger.messages(text.room_id) == sent


async def test_message_to_an_ended_or_changed_room_is_refused(
    ledger: PostgresRoomRepository, town: Town, text: Room
) -> None:
    stale = replace(text, version=7)
    with pytest.raises(VersionConflict):
        await ledger.commit(RoomWrite(before=stale, after=stale, message=town.message(text, "ada")))
    await ledger.commit(town.end(text))
    with pytest.raises(VersionConflict):
        await ledger.commit(RoomWrite(before=text, after=text, message=town.message(text, "ada")))
    assert await ledger.messages(text.room_id) == []


@pytest.mark.parametrize("body", ["x" * 501, "a\0b"])
async def test_one_refused_message_does_not_fail_its_group(
    ledger: PostgresRoomRepository, town: Town, text: Room, body: str
) -> None:
    other = town.room("cat", "dan", mode="text")
    await ledger.commit(opening(other))
    other = replace(other, version=1)
    bad = town.message(text, "ada", body)
    good = town.message(other, "cat")
    answers = await asyncio.gather(
        ledger.commit(RoomWrite(before=text, after=text, message=bad)),
        ledger.commit(RoomWrite(before=other, after=other, message=good)),
        return_exceptions=True,
    )
    assert isinstance(answers[0], Invalid)
    assert answers[1] == good
    assert await ledger.messages(text.room_id) == []


async def test_many_rooms_are_updated_at_once(ledger: PostgresRoomRepository, town: Town, text: Room) -> None:
    other = town.room("cat", "dan", mode="text")
    await ledger.commit(opening(other))
    other = replace(other, version=1)
    pairs = [
        (room, replace(room, paused_at=5_000, offerer=replace(room.offerer, away_until=9_000)))
        for room in (text, other)
    ]
    stale = replace(other, version=4)
    revised = await ledger.update_rooms([pairs[0], (stale, stale)])
    assert revised == [replace(pairs[0][1], version=2)]
    assert await ledger.room(text.room_id) == revised[0]
    assert await ledger.update_rooms([]) == []
    assert await ledger.update_rooms(iter(pairs)) == [replace(pairs[1][1], version=2)]
