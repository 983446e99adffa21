"""Opening and ending rooms in one group: one transaction, and a result for each."""

import asyncio

from msgspec.structs import replace

from matchmaker.domain.errors import CooldownActive, TargetUnavailable, Unavailable, VersionConflict
from matchmaker.domain.ids import pair_of
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Town, opening


async def opened(ledger: PostgresRoomRepository, town: Town, *pair: str) -> Room:
    room = town.room(*pair)
    await ledger.commit(opening(room))
    return replace(room, version=1)


async def test_openings_and_ends_are_one_transaction(pool: Pool, town: Town) -> None:
    commits: list[tuple[str, int]] = []
    ledger = PostgresRoomRepository(pool, on_commit=lambda name, size, seconds: commits.append((name, size)))
    await town.settle("eve", "fay")
    old = await opened(ledger, town, "ada", "bob")
    commits.clear()
    new = [town.room("cat", "dan"), town.room("eve", "fay")]
    changes = [opening(new[0]), town.end(old, live_ms=0), opening(new[1])]
    assert await asyncio.gather(*map(ledger.commit, changes)) == [None] * 3
    assert commits == [("open", 2), ("end", 1)]
    transactions = await pool.fetch(
        "SELECT xmin::text FROM active_rooms UNION ALL SELECT xmin::text FROM brief_meetings"
    )
    assert len(transactions) == 3
    assert len(set(transactions)) == 1
    assert await ledger.room(old.room_id) is None
    await ledger.close()


async def test_each_change_of_a_mixed_group_has_its_result(ledger: PostgresRoomRepository, town: Town) -> None:
    await town.settle("eve", "fay", "gil", "hal", "ian", "joe")
    old = await opened(ledger, town, "ada", "bob")
    stale = await opened(ledger, town, "cat", "dan")
    until = town.clock.now() + 5
    await ledger.extend_cooldown(pair_of(town["eve"], town["fay"]), until=until)
    await ledger.block(town["gil"], town["hal"], now=0)
    refused = [town.room("eve", "fay"), town.room("gil", "hal")]
    new = town.room("ian", "joe")
    changes = [
        opening(refused[0]), town.end(replace(stale, version=7)), opening(new), opening(refused[1]), town.end(old)
    ]  # fmt: skip
    answers = await asyncio.gather(*map(ledger.commit, changes), return_exceptions=True)
    assert [type(answer) for answer in answers] == [
        CooldownActive, VersionConflict, type(None), TargetUnavailable, type(None)
    ]  # fmt: skip
    rooms = [await ledger.room(room.room_id) for room in (old, stale, new, *refused)]
    assert [room is not None for room in rooms] == [False, True, True, False, False]


async def test_opening_after_an_end_of_the_same_user_is_in_the_next_group(pool: Pool, town: Town) -> None:
    commits: list[tuple[str, int]] = []
    ledger = PostgresRoomRepository(pool, on_commit=lambda name, size, seconds: commits.append((name, size)))
    await town.settle("eve")
    old = await opened(ledger, town, "ada", "bob")
    commits.clear()
    new, other = town.room("ada", "cat"), town.room("dan", "eve")
    changes = town.end(old), opening(new), opening(other)
    assert await asyncio.gather(*map(ledger.commit, changes)) == [None] * 3
    # In one group they would violate a constraint, be stored one by one, and be reported as one end and two openings.
    assert commits == [("end", 1), ("open", 1), ("open", 1)]
    assert await ledger.room_of(town["ada"]) == new.room_id
    await ledger.close()


async def test_deleted_user_refuses_only_their_opening(ledger: PostgresRoomRepository, town: Town) -> None:
    old = await opened(ledger, town, "ada", "bob")
    await town.settle("eve", "fay")
    rooms = town.room("cat", "dan"), town.room("eve", "fay")
    await town.die("dan")
    changes = opening(rooms[0]), town.end(old), opening(rooms[1])
    answers = await asyncio.gather(*map(ledger.commit, changes), return_exceptions=True)
    assert [type(answer) for answer in answers] == [TargetUnavailable, type(None), type(None)]
    assert await ledger.room(old.room_id) is None
    assert await ledger.room_of(town["fay"]) == rooms[1].room_id


async def test_locked_row_refuses_only_the_change_that_needs_it(
    ledger: PostgresRoomRepository, pool: Pool, town: Town
) -> None:
    await town.settle("eve", "fay", "gil", "hal", "ian", "joe")
    locked, free, old = [await opened(ledger, town, *pair) for pair in (("ada", "bob"), ("cat", "dan"), ("eve", "fay"))]
    rooms = town.room("gil", "hal"), town.room("ian", "joe")
    async with pool.transaction() as other:
        await other.execute("SELECT FROM users WHERE user_id = $1::uuid FOR UPDATE", town["gil"])
        await other.execute("SELECT FROM active_rooms WHERE room_id = $1::uuid FOR UPDATE", locked.room_id)
        answers = await asyncio.gather(
            *(ledger.commit(change) for change in (opening(rooms[0]), town.end(old), opening(rooms[1]))),
            *(ledger.commit(RoomWrite(before=room, after=replace(room, live_at=1))) for room in (locked, free)),
            return_exceptions=True,
        )
    assert [isinstance(answer, Unavailable) for answer in answers] == [True, False, False, True, False]
    assert await ledger.room(rooms[0].room_id) is None
    assert await ledger.room_of(town["joe"]) == rooms[1].room_id


async def test_close_waits_for_what_a_callback_gives(ledger: PostgresRoomRepository, town: Town) -> None:
    room = await opened(ledger, town, "ada", "bob")
    ended = asyncio.get_running_loop().create_future()
    ledger.submit(
        RoomWrite(before=room, after=replace(room, live_at=1)),
        lambda *_: ledger.submit(town.end(replace(room, version=2)), lambda _, error: ended.set_result(error)),
    )
    await ledger.close()
    assert ended.done()
    assert ended.result() is None
