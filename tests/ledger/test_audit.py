"""The audit log: a chain that is linear, and that shows where somebody laid hands on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from matchmaker.ids import new_id
from server.ledger import audit
from server.ledger.pool import Pool

NOW = 1_800_000_000_123


async def write(pool: Pool, *acts: audit.Act) -> None:
    async with pool.transaction() as connection:
        await audit.append(connection, *acts)


def act(number: int = 0) -> audit.Act:
    return audit.Act(
        action="ban.imposed",
        at=NOW + number,
        actor=new_id(NOW),
        subject=new_id(NOW),
        details={"why": "ü\n", "n": number},
    )


@pytest.fixture
async def hacker(pool: Pool) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who may do everything in the database, and has switched the triggers off."""
    async with pool.connection() as connection:
        await connection.execute("SET session_replication_role = replica")
        yield connection
        await connection.execute("RESET session_replication_role")


async def test_an_empty_log_holds(pool: Pool) -> None:
    assert await audit.verify(pool) == (0, audit.BEGINNING)


async def test_what_is_written_is_read_back_newest_first(pool: Pool) -> None:
    first, second = act(1), act(2)
    await write(pool, first, second)
    found = await audit.entries(pool, before=None, limit=10)
    assert [(e.n, e.at, e.action, e.subject_id, e.details) for e in found] == [
        (2, NOW + 2, "ban.imposed", second.subject, second.details),
        (1, NOW + 1, "ban.imposed", first.subject, first.details),
    ]
    assert [e.n for e in await audit.entries(pool, before=2, limit=10)] == [1]
    assert [e.n for e in await audit.entries(pool, before=None, limit=10, about=first.subject)] == [1]


async def test_many_who_write_at_once_make_one_chain(pool: Pool) -> None:
    await asyncio.gather(*(write(pool, act(n), act(n + 100)) for n in range(20)))
    count, head = await audit.verify(pool)
    assert count == 40
    assert await audit.contains(pool, head.hex())
    assert not await audit.contains(pool, audit.BEGINNING.hex())


async def test_what_is_undone_leaves_no_gap(pool: Pool) -> None:
    await write(pool, act())
    with suppress(ZeroDivisionError):
        async with pool.transaction() as connection:
            await audit.append(connection, act())
            raise ZeroDivisionError
    await write(pool, act())
    assert (await audit.verify(pool))[0] == 2


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"]
)
async def test_nothing_is_changed_or_removed(pool: Pool, statement: str) -> None:
    await write(pool, act())
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await pool.execute(statement)
    assert (await audit.verify(pool))[0] == 1


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ('UPDATE audit_log SET details = \'{"why":"nothing"}\' WHERE n = 2', 2),
        ("UPDATE audit_log SET action = 'ban.lifted' WHERE n = 3", 3),
        ("UPDATE audit_log SET at = at + interval '1 ms' WHERE n = 1", 1),
        ("UPDATE audit_log SET actor_id = NULL WHERE n = 4", 4),
        ("UPDATE audit_log SET subject_id = actor_id WHERE n = 4", 4),
        ("DELETE FROM audit_log WHERE n = 2", 2),
        ("UPDATE audit_log SET n = n + 10 WHERE n = 4", 4),
    ],
)
async def test_who_lays_hands_on_it_is_found_out(
    pool: Pool, hacker: asyncpg.Connection, statement: str, broken_at: int
) -> None:
    for number in range(4):
        await write(pool, act(number))
    await hacker.execute(statement)
    with pytest.raises(audit.Broken) as broken:
        await audit.verify(pool)
    assert broken.value.n == broken_at


async def test_who_seals_a_forged_entry_anew_breaks_the_next(pool: Pool, hacker: asyncpg.Connection) -> None:
    for number in range(3):
        await write(pool, act(number))
    row = await hacker.fetchrow("SELECT previous, unix_ms(at) AS at, subject_id::text AS s FROM audit_log WHERE n = 2")
    assert row is not None
    forged = audit.seal(row["previous"], (2, row["at"], None, "nothing", row["s"], "{}"))
    await hacker.execute(
        "UPDATE audit_log SET actor_id = NULL, action = 'nothing', details = '{}', hash = $1 WHERE n = 2", forged
    )
    with pytest.raises(audit.Broken) as broken:
        await audit.verify(pool)
    assert broken.value.n == 3


async def test_what_was_cut_off_is_missed_by_whoever_noted_the_last_hash(
    pool: Pool, hacker: asyncpg.Connection
) -> None:
    await write(pool, act(1), act(2))
    _, head = await audit.verify(pool)
    await hacker.execute("DELETE FROM audit_log WHERE n = 2")
    assert (await audit.verify(pool))[0] == 1
    assert not await audit.contains(pool, head.hex())
