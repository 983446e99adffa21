"""Ownership of rooms in PostgreSQL, and live processes: real connections and locks."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from matchmaker.domain.errors import TakenOver, VersionConflict
from matchmaker.domain.room_transitions import ready
from matchmaker.domain.transactions import RoomWrite
from server.db.nodes.room_owners import PostgresRoomOwners
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from tests.db.users import Accounts, opening

WITHIN_S = 10.0
LAST_SEEN = """
UPDATE nodes SET seen_at = clock_timestamp() - interval '5 s' WHERE node_id = $1 RETURNING unix_ms(seen_at)
"""


class Process:
    """What one process has of the database."""

    def __init__(self, pool: Pool, dsn: str, node: str) -> None:
        self.node = node
        self.owners = PostgresRoomOwners(pool, dsn, node)
        self.rooms = PostgresRoomRepository(pool, node=node)

    async def close(self) -> None:
        await self.owners.close()
        await self.rooms.close()


@pytest.fixture
async def processes(pool: Pool, database: str) -> AsyncIterator[tuple[Process, Process]]:
    one, two = Process(pool, database, "one"), Process(pool, database, "two")
    for process in (one, two):
        await process.owners.open()
        await pool.execute(
            "INSERT INTO nodes (node_id, started_at, seen_at) VALUES ($1, clock_timestamp(), clock_timestamp())",
            process.node,
        )
    yield one, two
    for process in (one, two):
        await process.close()


async def test_one_of_two_takes_a_room_over_and_late_writes_of_its_owner_fail(
    processes: tuple[Process, Process], pool: Pool, accounts: Accounts
) -> None:
    one, two = processes
    room = accounts.room("ada", "bob")
    await one.rooms.commit(opening(room))
    seen_at = await pool.fetchval(LAST_SEEN, "one")
    found = await two.owners.room_of(accounts["ada"])
    assert found is not None
    assert found.owner_seen_at == seen_at
    assert (found.room_id, found.owner, set(found.users)) == (room.room_id, "one", {accounts["ada"], accounts["bob"]})
    before = await one.rooms.room(room.room_id)
    assert before is not None
    assert await two.owners.take_over(found)
    assert not await two.owners.take_over(found), "the version has changed"
    assert await two.owners.owners([room.room_id]) == {room.room_id: "two"}
    after = ready(before, by=accounts["ada"], now=accounts.clock.now()).room
    with pytest.raises((VersionConflict, TakenOver)):
        await one.rooms.commit(RoomWrite(before=before, after=after))
    assert (await one.owners.beat()).lost == 1
    assert (await two.owners.beat()).lost == 0


async def test_owner_is_told_of_a_takeover(processes: tuple[Process, Process], accounts: Accounts) -> None:
    one, two = processes
    room = accounts.room("ada", "bob")
    await one.rooms.commit(opening(room))
    found = await two.owners.room_of(accounts["bob"])
    assert found is not None
    one.owners.poll_now.clear()
    await two.owners.take_over(found)
    async with asyncio.timeout(WITHIN_S):
        await one.owners.poll_now.wait()
    assert not two.owners.poll_now.is_set()


async def test_only_rooms_without_a_live_owner_are_orphans(
    processes: tuple[Process, Process], pool: Pool, accounts: Accounts
) -> None:
    one, two = processes
    seen_at = await pool.fetchval(LAST_SEEN, "two")
    kept, left = accounts.room("ada", "bob"), accounts.room("cat", "dan")
    await one.rooms.commit(opening(kept))
    await two.rooms.commit(opening(left))
    assert await one.owners.claim_orphans(["one"], ends_within_ms=1_000) == [], "no clock runs"
    orphans = await one.owners.claim_orphans(["one"])
    assert [(room.room_id, room.owner, room.owner_seen_at) for room in orphans] == [(left.room_id, "one", seen_at)]
    assert await one.owners.claim_orphans(["one"]) == []
    assert (await two.owners.beat()).lost == 1


async def test_process_whose_connection_is_gone_has_ended(processes: tuple[Process, Process], pool: Pool) -> None:
    one, two = processes
    assert (await one.owners.beat()).ended == frozenset()
    assert (await two.owners.beat()).older == {"one"}
    await two.owners.close()  # as its death does
    async with asyncio.timeout(WITHIN_S):
        while (await one.owners.beat()).ended != {"two"}:  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.02)


async def test_liveness_returns_after_a_lost_connection(processes: tuple[Process, Process], database: str) -> None:
    one, two = processes
    operator = await asyncpg.connect(database)
    await operator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    await operator.close()
    async with asyncio.timeout(WITHIN_S):
        await asyncio.sleep(0)
        while (await one.owners.beat()).ended or (await two.owners.beat()).ended:  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.02)
        one.owners.poll_now.clear()
