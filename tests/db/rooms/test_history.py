"""History, page by page, for its participants."""

import pytest
from msgspec.structs import replace

from matchmaker.domain.errors import Invalid, NotFound
from matchmaker.domain.ids import RoomId, new_id, pair_of
from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Town, opening

ANY = "01a00000-0000-7000-8000-000000000000"


async def test_calls_are_paged_newest_first(ledger: PostgresRoomRepository, town: Town) -> None:
    rooms = []
    for n in range(7):
        # The last two begin in the same millisecond.
        town.clock.advance(100_000_000 if n < 6 else 0)
        room = town.room("ada", "bob" if n < 6 else "cat")
        await ledger.commit(opening(room))
        await ledger.commit(town.end(replace(room, version=1)))
        rooms.append(room)
    newest = [room.room_id for room in sorted(rooms, key=lambda room: (room.started_at, room.room_id), reverse=True)]
    seen: list[RoomId] = []
    cursor: str | None = None
    for size in (3, 3, 1):
        page, cursor = await ledger.calls(town["ada"], cursor=cursor, limit=3)
        assert len(page) == size
        seen += [call.room_id for call in page]
    assert cursor is None
    assert seen == newest
    assert await ledger.calls(town["dan"]) == ([], None)


async def test_call_of_friends_is_in_the_history_with_its_kind(
    ledger: PostgresRoomRepository, pool: Pool, town: Town
) -> None:
    await pool.execute("INSERT INTO friendships VALUES ($1::uuid, $2::uuid, now())", *pair_of(town["ada"], town["bob"]))
    room = replace(town.room("ada", "bob"), kind="friend")
    await ledger.commit(opening(room))
    await ledger.commit(town.end(replace(room, version=1)))
    for name in ("ada", "bob"):
        [call], _ = await ledger.calls(town[name])
        assert (call.room_id, call.kind) == (room.room_id, "friend")


@pytest.mark.parametrize("cursor", ["", "x", "1", ".", "1.x", f"-1.{ANY}", f"{'9' * 30}.{ANY}", "1.\0"])
async def test_invalid_call_cursor_is_refused(ledger: PostgresRoomRepository, town: Town, cursor: str) -> None:
    with pytest.raises(Invalid):
        await ledger.calls(town["ada"], cursor=cursor)


@pytest.fixture
async def over(ledger: PostgresRoomRepository, town: Town) -> tuple[Room, list[Message]]:
    room = town.room("ada", "bob", mode="text")
    await ledger.commit(opening(room))
    room = replace(room, version=1)
    said = [town.message(room, "ada", str(n)) for n in range(7)]
    for message in said:
        await ledger.commit(RoomWrite(before=room, after=room, message=message))
    await ledger.commit(town.end(room))
    return room, said


async def test_messages_are_paged_oldest_first(
    ledger: PostgresRoomRepository, town: Town, over: tuple[Room, list[Message]]
) -> None:
    room, said = over
    seen: list[Message] = []
    cursor: str | None = None
    for size in (3, 3, 1):
        page, cursor = await ledger.transcript(town["bob"], room.room_id, cursor=cursor, limit=3)
        assert len(page) == size
        seen += page
    assert cursor is None
    assert seen == said


async def test_only_participants_can_read(
    ledger: PostgresRoomRepository, town: Town, over: tuple[Room, list[Message]]
) -> None:
    for user, room_id in ((town["cat"], over[0].room_id), (town["ada"], RoomId(new_id(0)))):
        with pytest.raises(NotFound):
            await ledger.transcript(user, room_id)


async def test_open_room_can_be_read(ledger: PostgresRoomRepository, town: Town) -> None:
    room = town.room("ada", "bob")
    await ledger.commit(opening(room))
    assert await ledger.transcript(town["ada"], room.room_id) == ([], None)
    with pytest.raises(NotFound):
        await ledger.transcript(town["cat"], room.room_id)


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1" * 30, "²"])
async def test_invalid_message_cursor_is_refused(
    ledger: PostgresRoomRepository, town: Town, over: tuple[Room, list[Message]], cursor: str
) -> None:
    with pytest.raises(Invalid):
        await ledger.transcript(town["ada"], over[0].room_id, cursor=cursor)
