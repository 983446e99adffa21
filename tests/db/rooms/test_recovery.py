"""A new process takes over what the old one left."""

import asyncio

from msgspec.structs import replace

from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from server.db.rooms.room_rows import as_stored
from tests.db.users import Accounts, opening


async def test_open_rooms_are_paged_with_their_last_messages(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    await accounts.sign_up(*(f"p{n}" for n in range(6)))
    rooms = {}
    for n in range(0, 6, 2):
        room = accounts.room(f"p{n}", f"p{n + 1}", mode="text" if n else "video")
        await repository.commit(opening(room))
        rooms[room.room_id] = as_stored(replace(room, version=1))
    talkative = room = rooms[max(rooms)]
    said = [accounts.message(room, "p4", str(n)) for n in range(53)]
    for message in said:
        await repository.commit(RoomWrite(before=room, after=room, message=message))
    new_process = PostgresRoomRepository(pool)
    first = await new_process.rooms(limit=2)
    rest = await new_process.rooms(after=first[-1][0].room_id, limit=2)
    assert [room for room, _ in first + rest] == [rooms[room_id] for room_id in sorted(rooms)]
    assert {room.room_id: messages for room, messages in first + rest}[talkative.room_id] == said[-50:]
    assert await new_process.rooms(after=max(rooms)) == []


async def test_thousand_rooms_are_loaded_in_pages_of_short_statements(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    names = [f"p{n}" for n in range(2_000)]
    await accounts.sign_up(*names)
    rooms = [accounts.room(*names[n : n + 2], mode="text") for n in range(0, 2_000, 2)]
    await asyncio.gather(*(repository.commit(opening(room)) for room in rooms))
    for n in range(0, 60, 10):  # a busy machine may not get all of it done within the time of one statement
        await pool.execute(
            """INSERT INTO room_messages (message_id, room_id, sender_id, client_id, body, sent_at)
               SELECT gen_random_uuid(), room_id, offerer_id, n::text, repeat('x', 40), now()
               FROM active_rooms, generate_series($1::int + 1, $1 + 10) n""",
            n,
        )
    # All of them at once, 50,000 messages, took longer than a statement may on a busy machine: no room was loaded.
    found: list[tuple[Room, list[Message]]] = []
    while page := await repository.rooms(after=found[-1][0].room_id if found else None):
        assert sum(len(messages) for _, messages in page) <= 10_000
        found += page
    assert sorted(room.room_id for room, _ in found) == sorted(room.room_id for room in rooms)
    assert {len(messages) for _, messages in found} == {50}
