"""Connections are shared, bounded, and replaced when they break."""

import asyncio
import re
import time

import asyncpg
import pytest

from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from server.db.pool import ConnectionLost, LockTimeout, Pool, fault_of
from server.db.user_locks import lock_users
from tests.db.wire import Wire


def refusals(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the reasons of the log lines `database_refused`."""
    return re.findall(r"database_refused .*reason=(\w+)", capsys.readouterr().out)


async def test_few_connections_serve_many_callers(database: str) -> None:
    pool = await Pool.open(database, size=3)
    pids = await asyncio.gather(*(pool.fetchval("SELECT pg_backend_pid() FROM pg_sleep(0.01)") for _ in range(30)))
    assert len(set(pids)) == 3
    # One after the other they use the same one.
    assert len({await pool.fetchval("SELECT pg_backend_pid()") for _ in range(5)}) == 1
    await pool.close()


async def test_failing_statement_affects_only_its_caller(pool: Pool) -> None:
    pid = await pool.fetchval("SELECT pg_backend_pid()")
    for call in (pool.fetch, pool.fetchrow, pool.fetchval, pool.execute):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await call("SELECT 1 / 0")
    assert await pool.fetchval("SELECT pg_backend_pid()") == pid


async def test_transaction_is_atomic(pool: Pool) -> None:
    async def fail() -> None:
        async with pool.transaction() as connection:
            await connection.execute("INSERT INTO nodes VALUES ('a', now(), now())")
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    async with pool.transaction() as connection:
        await connection.execute("INSERT INTO nodes VALUES ('b', now(), now())")
    assert [row[0] for row in await pool.fetch("SELECT node_id FROM nodes")] == ["b"]


async def test_statement_refused_for_want_of_space_is_logged_with_the_reason(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = await Pool.open(database, size=1)
    await pool.execute("SET temp_file_limit = '1MB'")
    with pytest.raises(Unavailable):
        await pool.fetch("SELECT x FROM generate_series(1, 500000) AS x ORDER BY random()")
    assert await pool.fetchval("SELECT 1") == 1
    assert refusals(capsys) == ["database_full"]
    await pool.close()


async def test_refused_connection_has_its_reason_also_before_the_next_attempt(database: str, pool: Pool) -> None:
    await pool.execute("CREATE ROLE unwanted LOGIN CONNECTION LIMIT 0")
    refused = Pool(database.replace("//rondo@", "//unwanted@"))
    for _ in range(2):
        with pytest.raises(Unavailable) as error:
            await refused.fetch("SELECT 1")
        assert fault_of(error.value) == "database_full"
    await refused.close()
    await pool.execute("DROP ROLE unwanted")


async def test_killed_connection_is_replaced(database: str) -> None:
    pool = await Pool.open(database, size=1)
    other = await asyncpg.connect(database)
    pid = await pool.fetchval("SELECT pg_backend_pid()")
    sleeping = asyncio.ensure_future(pool.fetch("SELECT pg_sleep(5)"))
    await asyncio.sleep(0.05)
    await other.execute("SELECT pg_terminate_backend($1)", pid)
    with pytest.raises(ConnectionLost):
        await sleeping
    assert await pool.fetchval("SELECT pg_backend_pid()") != pid
    await other.close()
    await pool.close()


async def test_cancelled_caller_keeps_the_connection_usable(database: str) -> None:
    pool = await Pool.open(database, size=1)
    for _ in range(3):
        impatient = asyncio.ensure_future(pool.fetch("SELECT pg_sleep(5)"))
        await asyncio.sleep(0.02)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        assert await pool.fetchval("SELECT 1") == 1
    holder = asyncio.ensure_future(pool.fetch("SELECT pg_sleep(0.1)"))
    await asyncio.sleep(0.02)
    first, second = (asyncio.ensure_future(pool.fetchval("SELECT 2")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 2
    await holder
    await pool.close()


async def test_unreachable_database_fails_without_waiting(database: str) -> None:
    async with Wire(database) as wire:
        pool = await Pool.open(wire.dsn, size=2)
        wire.is_down = True
        wire.cut()
        started = time.monotonic()
        answers = await asyncio.gather(*(pool.fetch("SELECT 1") for _ in range(200)), return_exceptions=True)
        assert all(isinstance(answer, Unavailable) for answer in answers)
        assert time.monotonic() - started < 4, "one after another would rest for 10 s"
        with pytest.raises(Unavailable):
            await Pool.open(wire.dsn)
        wire.up()
        await asyncio.sleep(0.15)
        assert await pool.fetchval("SELECT 1") == 1
        await pool.close()


async def test_unresponsive_database_times_out(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    pool = await Pool.open(database, size=1)
    await pool.execute("SET statement_timeout = '50ms'")
    with pytest.raises(Unavailable) as refusal:
        await pool.fetch("SELECT pg_sleep(5)")
    assert not isinstance(refusal.value, ConnectionLost)  # the server reported an abort: the outcome is known
    assert refusals(capsys) == ["statement_timeout"]
    await pool.close()


async def test_closed_pool_refuses(database: str) -> None:
    pool = await Pool.open(database, size=1)
    holder = asyncio.ensure_future(pool.fetchval("SELECT 1 FROM pg_sleep(1)"))
    await asyncio.sleep(0.02)
    waiting = asyncio.ensure_future(pool.fetch("SELECT 1"))
    await asyncio.sleep(0)
    await pool.close()
    with pytest.raises(Unavailable):
        await waiting
    assert await holder == 1
    with pytest.raises(Unavailable):
        await pool.fetch("SELECT 1")
    await pool.close()


async def test_caller_without_a_connection_is_refused_after_a_while(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = await Pool.open(database, size=1)
    async with pool.connection() as connection:
        with pytest.raises(Unavailable):
            await pool.fetch("SELECT 1")
        assert refusals(capsys) == ["no_free_connection"]
        assert await connection.fetchval("SELECT 1") == 1
    await pool.close()


async def test_advisory_lock_is_waited_for_longer_than_a_row(pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
    """Decisions about a user take their turns; a group of rooms must not wait for one row."""
    await pool.execute("CREATE TABLE things (n int PRIMARY KEY); INSERT INTO things VALUES (1)")

    async def decide() -> None:
        async with pool.transaction() as connection:
            await lock_users(connection, UserId("ada"))

    async with pool.transaction() as other:
        await lock_users(other, UserId("ada"))
        await other.execute("UPDATE things SET n = 3")
        decision = asyncio.create_task(decide())
        waiting = "SELECT count(*) FROM pg_locks, pg_sleep(0.01) WHERE locktype = 'advisory' AND NOT granted"
        while not await pool.fetchval(waiting):
            pass
        with pytest.raises(LockTimeout):
            await pool.execute("UPDATE things SET n = 2")
        assert refusals(capsys) == ["lock_timeout"]
    await decision
