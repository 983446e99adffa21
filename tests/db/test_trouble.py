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
from tests.db.users import Town, opening

COUPLES = 12


class Couple:
    """Two users who meet, chat and leave repeatedly, and record what was acknowledged."""

    def __init__(self, ledger: PostgresRoomRepository, town: Town, number: int) -> None:
        self._ledger, self._town = ledger, town
        self.names = (f"l{number}", f"r{number}")
        self.said: list[Message] = []
        self.ended: list[Room] = []
        self.room: Room | None = None
        self.refusals = 0

    async def live(self, until: asyncio.Event) -> None:
        while not until.is_set():
            try:
                await self._turn()
            except Unavailable:
                self.refusals += 1
                await asyncio.sleep(0.02)
            except VersionConflict:
                # What a matchmaker does: load again. A refused ending may have taken effect.
                assert self.room is not None
                self.room = await self._ledger.room(self.room.room_id)

    async def _turn(self) -> None:
        if self.room is None:
            room = replace(self._town.room(*self.names, mode="text"), cooldown_until=None)
            await self._ledger.commit(opening(room))
            self.room = replace(room, version=1)
        elif len(self.said) % 5 < 4:
            message = self._town.message(self.room, self.names[0], str(len(self.said)))
            after = replace(self.room, offerer=replace(self.room.offerer, said_at=len(self.said)))
            change = RoomWrite(before=self.room, after=after, message=message)
            assert await self._ledger.commit(change) == message
            self.room = replace(after, version=self.room.version + 1)
            self.said.append(message)
        else:
            ending = self._town.end(self.room)
            assert ending.ending is not None
            await self._ledger.commit(replace(ending, ending=replace(ending.ending, cooldown_until=1)))
            self.ended.append(self.room)
            self.said.append(self.said[-1])  # breaks the rhythm: the next turn talks again
            self.room = None


async def check(ledger: PostgresRoomRepository, pool: Pool, town: Town, couples: list[Couple]) -> None:
    """What was acknowledged is there, once; and nothing else."""
    open_now = {room.room_id: room for room, _ in await ledger.rooms()}
    assert open_now == {couple.room.room_id: couple.room for couple in couples if couple.room}
    rows = await pool.fetch("SELECT message_id::text, count(*) FROM room_messages GROUP BY 1")
    assert Counter({row[0]: row[1] for row in rows}) == Counter(
        {message.message_id for couple in couples for message in couple.said}
    )
    for couple in couples:
        calls, _ = await ledger.calls(town[couple.names[0]], limit=1_000)
        remembered = {call.room_id for call in calls}
        assert remembered >= {room.room_id for room in couple.ended}
        counts = await pool.fetchrow(
            "SELECT calls, completions FROM users WHERE user_id = $1::uuid", town[couple.names[1]]
        )
        assert counts is not None
        assert tuple(counts) == (len(calls), len(calls))


@pytest.fixture
async def couples(ledger: PostgresRoomRepository, town: Town) -> list[Couple]:
    couples = [Couple(ledger, town, number) for number in range(COUPLES)]
    await town.settle(*(name for couple in couples for name in couple.names))
    return couples


async def test_killed_backends_lose_and_double_nothing(
    ledger: PostgresRoomRepository, pool: Pool, town: Town, couples: list[Couple], database: str
) -> None:
    killer = await asyncpg.connect(database)
    over = asyncio.Event()
    lives = [asyncio.ensure_future(couple.live(over)) for couple in couples]
    killed = rounds = 0
    while killed <= 5 or rounds < 60 or said(couples) <= 50:
        rounds += 1
        await asyncio.sleep(0.02)
        killed += await killer.fetchval(
            """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'rondo' AND state = 'active'"""
        )
    over.set()
    await asyncio.gather(*lives)
    await killer.close()
    await check(ledger, pool, town, couples)


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
async def busy(own_postgres: Postgres, clock: ManualClock) -> AsyncIterator[list[Couple]]:
    """Couples on a server of their own; at the end their records are compared with its tables."""
    pool = await Pool.open(own_postgres.dsn())
    town = Town(pool, clock)
    ledger = PostgresRoomRepository(pool, doubt_s=0.2)
    couples = [Couple(ledger, town, number) for number in range(COUPLES)]
    await town.settle(*(name for couple in couples for name in couple.names))
    over = asyncio.Event()
    lives = [asyncio.ensure_future(couple.live(over)) for couple in couples]
    await asyncio.sleep(0.3)
    yield couples
    over.set()
    await asyncio.gather(*lives)
    await check(ledger, pool, town, couples)
    await ledger.close()
    await pool.close()


def said(couples: list[Couple]) -> int:
    return sum(len(couple.said) for couple in couples)


def refused(couples: list[Couple]) -> int:
    return sum(couple.refusals for couple in couples)


async def life_goes_on(couples: list[Couple]) -> None:
    started, before = time.monotonic(), said(couples)
    while said(couples) < before + 2 * COUPLES:
        await asyncio.sleep(0.01)
        assert time.monotonic() - started < 10


async def test_database_restart(own_postgres: Postgres, busy: list[Couple]) -> None:
    for away_s in (0.0, 0.6):
        await own_postgres.stop()
        before = refused(busy)
        await asyncio.sleep(away_s)
        assert not away_s or refused(busy) > before + COUPLES
        await own_postgres.start()
        await life_goes_on(busy)


async def test_database_crash(own_postgres: Postgres, busy: list[Couple]) -> None:
    for _ in range(3):
        connection = await asyncpg.connect(own_postgres.dsn())
        backend = await connection.fetchval(
            "SELECT min(pid) FROM pg_stat_activity WHERE application_name = 'rondo' AND pid <> pg_backend_pid()"
        )
        # The server ends all its processes, and replays its log.
        os.kill(backend, signal.SIGKILL)
        await life_goes_on(busy)
        connection.terminate()
