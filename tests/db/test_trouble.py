"""Backends are killed and the database is stopped under load: what was acknowledged is there once, the rest is not."""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from msgspec.structs import replace

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.errors import Unavailable, VersionConflict
from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomWrite
from server.config import assets
from server.db.maintenance.migrate import migrate
from server.db.pool import Pool
from server.db.rooms.room_repository import PostgresRoomRepository
from server.postgres import Postgres
from tests.db.users import Accounts, opening

PAIRS = 12


class UserPair:
    """Two users who meet, chat and leave repeatedly, and record what was acknowledged."""

    def __init__(self, repository: PostgresRoomRepository, accounts: Accounts, number: int) -> None:
        self._repository, self._accounts = repository, accounts
        self.names = (f"l{number}", f"r{number}")
        self.said: list[Message] = []
        self.ended: list[Room] = []
        self.room: Room | None = None
        self.refusals = 0

    async def run(self, until: asyncio.Event) -> None:
        while not until.is_set():
            try:
                await self._step()
            except Unavailable:
                self.refusals += 1
                await asyncio.sleep(0.02)
            except VersionConflict:
                # What a matchmaker does: load again. A refused ending may have taken effect.
                assert self.room is not None
                self.room = await self._repository.room(self.room.room_id)

    async def _step(self) -> None:
        if self.room is None:
            room = replace(self._accounts.room(*self.names, mode="text"), cooldown_until=None)
            await self._repository.commit(opening(room))
            self.room = replace(room, version=1)
        elif len(self.said) % 5 < 4:
            message = self._accounts.message(self.room, self.names[0], str(len(self.said)))
            after = replace(self.room, offerer=replace(self.room.offerer, said_at=len(self.said)))
            change = RoomWrite(before=self.room, after=after, message=message)
            assert await self._repository.commit(change) == message
            self.room = replace(after, version=self.room.version + 1)
            self.said.append(message)
        else:
            ending = self._accounts.end(self.room)
            assert ending.ending is not None
            await self._repository.commit(replace(ending, ending=replace(ending.ending, cooldown_until=1)))
            self.ended.append(self.room)
            self.said.append(self.said[-1])  # so that the next step sends a message
            self.room = None


async def check(repository: PostgresRoomRepository, pool: Pool, accounts: Accounts, pairs: list[UserPair]) -> None:
    """What was acknowledged is there, once; and nothing else."""
    open_now = {room.room_id: room for room, _ in await repository.rooms()}
    assert open_now == {pair.room.room_id: pair.room for pair in pairs if pair.room}
    rows = await pool.fetch("SELECT message_id::text, count(*) FROM room_messages GROUP BY 1")
    assert Counter({row[0]: row[1] for row in rows}) == Counter(
        {message.message_id for pair in pairs for message in pair.said}
    )
    for pair in pairs:
        calls, _ = await repository.calls(accounts[pair.names[0]], limit=1_000)
        remembered = {call.room_id for call in calls}
        assert remembered >= {room.room_id for room in pair.ended}
        counts = await pool.fetchrow(
            "SELECT calls, completions FROM users WHERE user_id = $1::uuid", accounts[pair.names[1]]
        )
        assert counts is not None
        assert tuple(counts) == (len(calls), len(calls))


@pytest.fixture
async def pairs(repository: PostgresRoomRepository, accounts: Accounts) -> list[UserPair]:
    pairs = [UserPair(repository, accounts, number) for number in range(PAIRS)]
    await accounts.sign_up(*(name for pair in pairs for name in pair.names))
    return pairs


async def test_killed_backends_lose_and_double_nothing(
    repository: PostgresRoomRepository, pool: Pool, accounts: Accounts, pairs: list[UserPair], database: str
) -> None:
    killer = await asyncpg.connect(database)
    over = asyncio.Event()
    tasks = [asyncio.ensure_future(pair.run(over)) for pair in pairs]
    killed = rounds = 0
    while killed <= 5 or rounds < 60 or said(pairs) <= 50:
        rounds += 1
        await asyncio.sleep(0.02)
        killed += await killer.fetchval(
            """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'rondo' AND state = 'active'"""
        )
    over.set()
    await asyncio.gather(*tasks)
    await killer.close()
    await check(repository, pool, accounts, pairs)


@pytest.fixture
async def own_postgres() -> AsyncIterator[Postgres]:
    """A server of this test's own, to be stopped and started."""
    folder = Path(tempfile.mkdtemp(prefix="rondo-test-"))
    folder.chmod(0o711)
    server = Postgres(folder, fsync=False)
    await server.start()
    await migrate(server.dsn(), assets.migrations())
    yield server
    await server.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def busy(own_postgres: Postgres, clock: ManualClock) -> AsyncIterator[list[UserPair]]:
    """Pairs of users on a server of their own; at the end their records are compared with its tables."""
    pool = await Pool.open(own_postgres.dsn())
    accounts = Accounts(pool, clock)
    repository = PostgresRoomRepository(pool, doubt_s=0.2)
    pairs = [UserPair(repository, accounts, number) for number in range(PAIRS)]
    await accounts.sign_up(*(name for pair in pairs for name in pair.names))
    over = asyncio.Event()
    tasks = [asyncio.ensure_future(pair.run(over)) for pair in pairs]
    await asyncio.sleep(0.3)
    yield pairs
    over.set()
    await asyncio.gather(*tasks)
    await check(repository, pool, accounts, pairs)
    await repository.close()
    await pool.close()


def said(pairs: list[UserPair]) -> int:
    return sum(len(pair.said) for pair in pairs)


def refused(pairs: list[UserPair]) -> int:
    return sum(pair.refusals for pair in pairs)


async def until_more_is_stored(pairs: list[UserPair]) -> None:
    started, before = time.monotonic(), said(pairs)
    while said(pairs) < before + 2 * PAIRS:
        await asyncio.sleep(0.01)
        assert time.monotonic() - started < 10


async def test_database_restart(own_postgres: Postgres, busy: list[UserPair]) -> None:
    for away_s in (0.0, 0.6):
        await own_postgres.stop()
        before = refused(busy)
        await asyncio.sleep(away_s)
        assert not away_s or refused(busy) > before + PAIRS
        await own_postgres.start()
        await until_more_is_stored(busy)


async def test_database_crash(own_postgres: Postgres, busy: list[UserPair]) -> None:
    for _ in range(3):
        connection = await asyncpg.connect(own_postgres.dsn())
        backend = await connection.fetchval(
            "SELECT min(pid) FROM pg_stat_activity WHERE application_name = 'rondo' AND pid <> pg_backend_pid()"
        )
        # The server ends all its processes, and replays its log.
        os.kill(backend, signal.SIGKILL)
        await until_more_is_stored(busy)
        connection.terminate()
