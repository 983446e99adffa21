"""Reading messages back, and the marks of delivery and reading."""

import asyncio

import pytest
from msgspec.structs import replace

from matchmaker.domain.ids import MessageId, RoomId, new_id
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Accounts, opening


@pytest.fixture
async def room(repository: PostgresRoomRepository, accounts: Accounts) -> Room:
    room = accounts.room("ada", "bob", mode="text")
    await repository.commit(opening(room))
    return replace(room, version=1)


@pytest.fixture
async def said(repository: PostgresRoomRepository, accounts: Accounts, room: Room) -> list[Message]:
    """Ada sends 0, 2, 4 …, Bob 1, 3, 5 …"""
    messages = [accounts.message(room, "bob" if n % 2 else "ada", str(n)) for n in range(10)]
    for message in messages:
        await repository.commit(RoomWrite(before=room, after=room, message=message))
    return messages


def receipt(said: list[Message], n: int, by: str, *, read: bool = False, at: int = 5_000) -> Receipt:
    return Receipt(
        room_id=said[n].room_id,
        message_id=said[n].message_id,
        status="read" if read else "delivered",
        by=by,  # type: ignore[arg-type]
        at=at,
    )


async def test_last_messages_oldest_first(repository: PostgresRoomRepository, room: Room, said: list[Message]) -> None:
    assert await repository.messages(room.room_id) == said
    assert await repository.messages(room.room_id, limit=3) == said[-3:]
    assert await repository.messages(room.room_id, before=said[4].message_id, limit=3) == said[1:4]
    assert await repository.messages(room.room_id, before=said[0].message_id) == []
    assert await repository.messages(RoomId(new_id(0))) == []


async def test_cursor_of_another_room_is_refused(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room, said: list[Message]
) -> None:
    other = accounts.room("cat", "dan", mode="text")
    await repository.commit(opening(other))
    assert await repository.messages(other.room_id, before=said[4].message_id) == []
    assert await repository.messages(room.room_id, before=MessageId(new_id(0)), limit=2) == said[-2:]


async def test_receipt_marks_messages_of_the_peer_up_to_it(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room, said: list[Message]
) -> None:
    assert await repository.record_receipt(receipt(said, 4, accounts["bob"]))
    stored = await repository.messages(room.room_id)
    assert [m.delivered_at for m in stored] == [5_000, None, 5_000, None, 5_000, None, None, None, None, None]
    assert [m.read_at for m in stored] == [None] * 10


async def test_read_implies_received(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room, said: list[Message]
) -> None:
    assert await repository.record_receipt(receipt(said, 2, accounts["bob"], at=1_000))
    assert await repository.record_receipt(receipt(said, 4, accounts["bob"], read=True, at=2_000))
    stored = await repository.messages(room.room_id)
    assert [m.delivered_at for m in stored[:5:2]] == [1_000, 1_000, 2_000]
    assert [m.read_at for m in stored[:5:2]] == [2_000, 2_000, 2_000]


async def test_receipt_changes_are_returned_once(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room, said: list[Message]
) -> None:
    assert await repository.record_receipt(receipt(said, 4, accounts["bob"], read=True, at=2_000))
    assert not await repository.record_receipt(receipt(said, 4, accounts["bob"], read=True, at=3_000))
    assert not await repository.record_receipt(receipt(said, 2, accounts["bob"], read=True, at=3_000))
    assert not await repository.record_receipt(receipt(said, 4, accounts["bob"], at=3_000))
    assert (await repository.messages(room.room_id))[4].read_at == 2_000
    assert await repository.record_receipt(receipt(said, 6, accounts["bob"], read=True, at=3_000))


async def test_unknown_message_changes_nothing(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room, said: list[Message]
) -> None:
    unknown = replace(receipt(said, 4, accounts["bob"]), message_id=MessageId(new_id(0)))
    elsewhere = replace(receipt(said, 4, accounts["bob"]), room_id=RoomId(new_id(0)))
    assert await asyncio.gather(repository.record_receipt(unknown), repository.record_receipt(elsewhere)) == [
        False,
        False,
    ]
    assert all(m.delivered_at is None for m in await repository.messages(room.room_id))


async def test_concurrent_receipts_of_both_users(
    repository: PostgresRoomRepository, accounts: Accounts, room: Room, said: list[Message]
) -> None:
    assert await asyncio.gather(
        repository.record_receipt(receipt(said, 9, accounts["ada"], read=True)),
        repository.record_receipt(receipt(said, 9, accounts["bob"])),
        repository.record_receipt(receipt(said, 9, accounts["bob"])),
    ) == [True, True, False]
    stored = await repository.messages(room.room_id)
    assert all(m.delivered_at for m in stored)
    assert [bool(m.read_at) for m in stored] == [False, True] * 5


async def test_operator_view_of_messages(pool: Pool, said: list[Message]) -> None:
    rows = await pool.fetch("SELECT sender, body FROM messages_named ORDER BY n LIMIT 2")
    assert [tuple(row) for row in rows] == [("ada", "0"), ("bob", "1")]
