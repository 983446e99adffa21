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
from tests.db.users import Accounts, opening

ANY = "01a00000-0000-7000-8000-000000000000"


async def test_calls_are_paged_newest_first(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    rooms = []
    for n in range(7):
        # The last two begin in the same millisecond.
        accounts.clock.advance(100_000_000 if n < 6 else 0)
        room = accounts.room("ada", "bob" if n < 6 else "cat")
        await repository.commit(opening(room))
        await repository.commit(accounts.end(replace(room, version=1)))
        rooms.append(room)
    newest = [room.room_id for room in sorted(rooms, key=lambda room: (room.started_at, room.room_id), reverse=True)]
    seen: list[RoomId] = []
    cursor: str | None = None
    for size in (3, 3, 1):
        page, cursor = await repository.calls(accounts["ada"], cursor=cursor, limit=3)
        assert len(page) == size
        seen += [call.room_id for call in page]
    assert cursor is None
    assert seen == newest
    assert await repository.calls(accounts["dan"]) == ([], None)


async def test_call_of_friends_is_in_the_history_with_its_kind(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    await pool.execute(
        "INSERT INTO friendships VALUES ($1::uuid, $2::uuid, now())", *pair_of(accounts["ada"], accounts["bob"])
    )
    room = replace(accounts.room("ada", "bob"), kind="friend")
    await repository.commit(opening(room))
    await repository.commit(accounts.end(replace(room, version=1)))
    for name in ("ada", "bob"):
        [call], _ = await repository.calls(accounts[name])
        assert (call.room_id, call.kind) == (room.room_id, "friend")


@pytest.mark.parametrize("cursor", ["", "x", "1", ".", "1.x", f"-1.{ANY}", f"{'9' * 30}.{ANY}", "1.\0"])
async def test_invalid_call_cursor_is_refused(
    repository: PostgresRoomRepository, accounts: Accounts, cursor: str
) -> None:
    with pytest.raises(Invalid):
        await repository.calls(accounts["ada"], cursor=cursor)


@pytest.fixture
async def over(repository: PostgresRoomRepository, accounts: Accounts) -> tuple[Room, list[Message]]:
    room = accounts.room("ada", "bob", mode="text")
    await repository.commit(opening(room))
    room = replace(room, version=1)
    said = [accounts.message(room, "ada", str(n)) for n in range(7)]
    for message in said:
        await repository.commit(RoomWrite(before=room, after=room, message=message))
    await repository.commit(accounts.end(room))
    return room, said


async def test_messages_are_paged_oldest_first(
    repository: PostgresRoomRepository, accounts: Accounts, over: tuple[Room, list[Message]]
) -> None:
    room, said = over
    seen: list[Message] = []
    cursor: str | None = None
    for size in (3, 3, 1):
        page, cursor = await repository.transcript(accounts["bob"], room.room_id, cursor=cursor, limit=3)
        assert len(page) == size
        seen += page
    assert cursor is None
    assert seen == said


async def test_only_participants_can_read(
    repository: PostgresRoomRepository, accounts: Accounts, over: tuple[Room, list[Message]]
) -> None:
    for user, room_id in ((accounts["cat"], over[0].room_id), (accounts["ada"], RoomId(new_id(0)))):
        with pytest.raises(NotFound):
            await repository.transcript(user, room_id)


async def test_open_room_can_be_read(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    room = accounts.room("ada", "bob")
    await repository.commit(opening(room))
    assert await repository.transcript(accounts["ada"], room.room_id) == ([], None)
    with pytest.raises(NotFound):
        await repository.transcript(accounts["cat"], room.room_id)


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1" * 30, "²"])
async def test_invalid_message_cursor_is_refused(
    repository: PostgresRoomRepository, accounts: Accounts, over: tuple[Room, list[Message]], cursor: str
) -> None:
    with pytest.raises(Invalid):
        await repository.transcript(accounts["ada"], over[0].room_id, cursor=cursor)
