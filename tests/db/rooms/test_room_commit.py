"""Opening and ending rooms in one group: one transaction, and a result for each."""

import asyncio

from msgspec.structs import replace

from matchmaker.domain.errors import CooldownActive, TargetUnavailable, Unavailable, VersionConflict
from matchmaker.domain.ids import pair_of
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Accounts, opening


async def opened(repository: PostgresRoomRepository, accounts: Accounts, *pair: str) -> Room:
    room = accounts.room(*pair)
    await repository.commit(opening(room))
    return replace(room, version=1)


async def test_openings_and_ends_are_one_transaction(pool: Pool, accounts: Accounts) -> None:
    commits: list[tuple[str, int]] = []
    repository = PostgresRoomRepository(pool, on_commit=lambda name, size, seconds: commits.append((name, size)))
    await accounts.sign_up("eve", "fay")
    old = await opened(repository, accounts, "ada", "bob")
    commits.clear()
    new = [accounts.room("cat", "dan"), accounts.room("eve", "fay")]
    changes = [opening(new[0]), accounts.end(old, live_ms=0), opening(new[1])]
    assert await asyncio.gather(*map(repository.commit, changes)) == [None] * 3
    assert commits == [("open", 2), ("end", 1)]
    transactions = await pool.fetch(
        "SELECT xmin::text FROM active_rooms UNION ALL SELECT xmin::text FROM brief_meetings"
    )
    assert len(transactions) == 3
    assert len(set(transactions)) == 1
    assert await repository.room(old.room_id) is None
    await repository.close()


async def test_each_change_of_a_mixed_group_has_its_result(
    repository: PostgresRoomRepository, accounts: Accounts
) -> None:
    await accounts.sign_up("eve", "fay", "gil", "hal", "ian", "joe")
    old = await opened(repository, accounts, "ada", "bob")
    stale = await opened(repository, accounts, "cat", "dan")
    until = accounts.clock.now() + 5
    await repository.extend_cooldown(pair_of(accounts["eve"], accounts["fay"]), until=until)
    await repository.block(accounts["gil"], accounts["hal"], now=0)
    refused = [accounts.room("eve", "fay"), accounts.room("gil", "hal")]
    new = accounts.room("ian", "joe")
    changes = [
        opening(refused[0]),
        accounts.end(replace(stale, version=7)),
        opening(new),
        opening(refused[1]),
        accounts.end(old),
    ]
    answers = await asyncio.gather(*map(repository.commit, changes), return_exceptions=True)
    assert [type(answer) for answer in answers] == [
        CooldownActive, VersionConflict, type(None), TargetUnavailable, type(None)
    ]  # fmt: skip
    rooms = [await repository.room(room.room_id) for room in (old, stale, new, *refused)]
    assert [room is not None for room in rooms] == [False, True, True, False, False]


async def test_opening_after_an_end_of_the_same_user_is_in_the_next_group(pool: Pool, accounts: Accounts) -> None:
    commits: list[tuple[str, int]] = []
    repository = PostgresRoomRepository(pool, on_commit=lambda name, size, seconds: commits.append((name, size)))
    await accounts.sign_up("eve")
    old = await opened(repository, accounts, "ada", "bob")
    commits.clear()
    new, other = accounts.room("ada", "cat"), accounts.room("dan", "eve")
    changes = accounts.end(old), opening(new), opening(other)
    assert await asyncio.gather(*map(repository.commit, changes)) == [None] * 3
    # In one group they would violate a constraint, be stored one by one, and be reported as one end and two openings.
    assert commits == [("end", 1), ("open", 1), ("open", 1)]
    assert await repository.room_of(accounts["ada"]) == new.room_id
    await repository.close()


async def test_deleted_user_refuses_only_their_opening(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    old = await opened(repository, accounts, "ada", "bob")
    await accounts.sign_up("eve", "fay")
    rooms = accounts.room("cat", "dan"), accounts.room("eve", "fay")
    await accounts.delete("dan")
    changes = opening(rooms[0]), accounts.end(old), opening(rooms[1])
    answers = await asyncio.gather(*map(repository.commit, changes), return_exceptions=True)
    assert [type(answer) for answer in answers] == [TargetUnavailable, type(None), type(None)]
    assert await repository.room(old.room_id) is None
    assert await repository.room_of(accounts["fay"]) == rooms[1].room_id


async def test_locked_row_refuses_only_the_change_that_needs_it(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts
) -> None:
    await accounts.sign_up("eve", "fay", "gil", "hal", "ian", "joe")
    locked, free, old = [
        await opened(repository, accounts, *pair) for pair in (("ada", "bob"), ("cat", "dan"), ("eve", "fay"))
    ]
    rooms = accounts.room("gil", "hal"), accounts.room("ian", "joe")
    async with pool.transaction() as other:
        await other.execute("SELECT FROM users WHERE user_id = $1::uuid FOR UPDATE", accounts["gil"])
        await other.execute("SELECT FROM active_rooms WHERE room_id = $1::uuid FOR UPDATE", locked.room_id)
        answers = await asyncio.gather(
            *(repository.commit(change) for change in (opening(rooms[0]), accounts.end(old), opening(rooms[1]))),
            *(repository.commit(RoomWrite(before=room, after=replace(room, live_at=1))) for room in (locked, free)),
            return_exceptions=True,
        )
    assert [isinstance(answer, Unavailable) for answer in answers] == [True, False, False, True, False]
    assert await repository.room(rooms[0].room_id) is None
    assert await repository.room_of(accounts["joe"]) == rooms[1].room_id


async def test_close_waits_for_what_a_callback_gives(repository: PostgresRoomRepository, accounts: Accounts) -> None:
    room = await opened(repository, accounts, "ada", "bob")
    ended = asyncio.get_running_loop().create_future()
    repository.submit(
        RoomWrite(before=room, after=replace(room, live_at=1)),
        lambda *_: repository.submit(accounts.end(replace(room, version=2)), lambda _, error: ended.set_result(error)),
    )
    await repository.close()
    assert ended.done()
    assert ended.result() is None
