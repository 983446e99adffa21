"""The audit log: a linear chain that shows tampering."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest
from structlog.testing import capture_logs

from matchmaker.domain.ids import new_id
from server.db.pool import Pool
from server.db.safety import audit

NOW = 1_800_000_000_123


async def write(pool: Pool, *acts: audit.AuditAction) -> None:
    async with pool.transaction() as connection:
        await audit.append(connection, *acts)


def act(number: int = 0) -> audit.AuditAction:
    return audit.AuditAction(
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


async def test_empty_log_verifies(pool: Pool) -> None:
    assert await audit.verify(pool) == (0, audit.BEGINNING)


async def test_entries_are_read_newest_first(pool: Pool) -> None:
    first, second = act(1), act(2)
    await write(pool, first, second)
    found = await audit.entries(pool, before=None, limit=10)
    assert [(e.n, e.at, e.action, e.subject_id, e.details) for e in found] == [
        (2, NOW + 2, "ban.imposed", second.subject, second.details),
        (1, NOW + 1, "ban.imposed", first.subject, first.details),
    ]
    assert [e.n for e in await audit.entries(pool, before=2, limit=10)] == [1]
    assert [e.n for e in await audit.entries(pool, before=None, limit=10, about=first.subject)] == [1]


async def test_concurrent_writers_make_one_chain(pool: Pool) -> None:
    await asyncio.gather(*(write(pool, act(n), act(n + 100)) for n in range(20)))
    count, head = await audit.verify(pool)
    assert count == 40
    assert await audit.head(pool) == (40, head)
    assert await audit.verify(pool, noted=(40, head)) == (40, head)


async def test_rolled_back_entry_leaves_no_gap(pool: Pool) -> None:
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
async def test_entries_cannot_be_changed_or_deleted(pool: Pool, statement: str) -> None:
    await write(pool, act())
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await pool.execute(statement)
    assert (await audit.verify(pool))[0] == 1


async def tampering(pool: Pool, *, noted: tuple[int | None, bytes] | None = None) -> tuple[str, int]:
    """Return which kind of tampering is found, and at which entry."""
    with pytest.raises(audit.AuditChainBroken) as broken:
        await audit.verify(pool, noted=noted)
    return broken.value.kind, broken.value.n


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ('UPDATE audit_log SET details = \'{"why":"nothing"}\' WHERE n = 2', ("changed", 2)),
        ("UPDATE audit_log SET action = 'ban.lifted' WHERE n = 3", ("changed", 3)),
        ("UPDATE audit_log SET at = at + interval '1 ms' WHERE n = 1", ("changed", 1)),
        ("UPDATE audit_log SET subject_id = actor_id WHERE n = 3", ("changed", 3)),
        ("UPDATE audit_log SET actor_id = NULL WHERE n = 4", ("inserted", 4)),
        ("DELETE FROM audit_log WHERE n = 2", ("removed", 2)),
        ("DELETE FROM audit_log WHERE n = 1", ("removed", 1)),
        ("UPDATE audit_log SET n = n + 10 WHERE n = 4", ("removed", 4)),
        (
            """INSERT INTO audit_log (n, at, action, details, previous, hash, key_id)
               SELECT 5, now(), 'ban.lifted', '{}', hash, sha256('x'), key_id FROM audit_log WHERE n = 4""",
            ("inserted", 5),
        ),
        (
            """INSERT INTO audit_log (n, at, action, details, previous, hash)
               SELECT 5, now(), 'ban.lifted', '{}', hash, sha256('x') FROM audit_log WHERE n = 4""",
            ("inserted", 5),
        ),
    ],
)
async def test_verify_names_the_kind_of_tampering(
    pool: Pool, hacker: asyncpg.Connection, statement: str, found: tuple[str, int]
) -> None:
    for number in range(4):
        await write(pool, act(number))
    await hacker.execute(statement)
    assert await tampering(pool) == found


async def rewrite(
    hacker: asyncpg.Connection, *, key: audit.AuditKey | None = None, upto: int = 99, action: str = "ban.lifted"
) -> None:
    """Lift the first ban as an attacker, and recompute the following hashes as far as possible."""
    previous = audit.BEGINNING
    rows = await hacker.fetch("SELECT n, unix_ms(at) AS at, actor_id::text AS a, subject_id::text AS s FROM audit_log")
    for row in sorted(rows, key=lambda row: int(row["n"])):
        if row["n"] <= upto:
            sealed = audit.chain_hash(previous, (row["n"], row["at"], row["a"], action, row["s"], "{}"), key)
            await hacker.execute(
                """UPDATE audit_log SET action = $5, details = '{}', previous = $2, hash = $3, key_id = $4
                   WHERE n = $1""",
                row["n"],
                previous,
                sealed,
                None if key is None else key.key_id,
                action,
            )
            previous = sealed


async def test_chain_cannot_be_rewritten_without_the_key(pool: Pool, hacker: asyncpg.Connection) -> None:
    for number in range(4):
        await write(pool, act(number))
    noted = await audit.head(pool)
    await rewrite(hacker)
    assert await tampering(pool) == ("forged", 1)
    assert await tampering(pool, noted=noted) == ("forged", 4)
    await rewrite(hacker, key=audit.AuditKey.of(b"a guess"))
    assert await tampering(pool) == ("wrong key", 1)


async def test_forged_first_entries_do_not_fit(pool: Pool, hacker: asyncpg.Connection) -> None:
    for number in range(4):
        await write(pool, act(number))
    await rewrite(hacker, upto=2)
    assert await tampering(pool) == ("inserted", 2)


async def test_log_with_another_secret_has_a_wrong_key(pool: Pool, database: str) -> None:
    await write(pool, act())
    other = await Pool.open(database, secret=b"another secret of 32 bytes or so")
    assert await tampering(other) == ("wrong key", 1)
    await other.close()


async def test_entries_without_a_key_stay_verifiable_once_anchored(pool: Pool, hacker: asyncpg.Connection) -> None:
    await write(pool, act(1), act(2))
    await rewrite(hacker)  # as the release before wrote them
    assert await tampering(pool) == ("forged", 1)
    for _ in range(2):
        await audit.anchor(pool, now=NOW)
    assert (await audit.verify(pool))[0] == 3
    await rewrite(hacker, upto=1, action="nothing")
    assert await tampering(pool) == ("inserted", 1)


async def test_empty_log_is_not_anchored(pool: Pool) -> None:
    await audit.anchor(pool, now=NOW)
    assert await audit.head(pool) == (0, audit.BEGINNING)


@pytest.mark.parametrize("with_number", [True, False])
async def test_truncated_log_is_detected_by_a_recorded_head(
    pool: Pool, hacker: asyncpg.Connection, *, with_number: bool
) -> None:
    await write(pool, act(1), act(2))
    n, last = await audit.head(pool)
    await hacker.execute("DELETE FROM audit_log WHERE n = 2")
    assert (await audit.verify(pool))[0] == 1
    assert await tampering(pool, noted=(n if with_number else None, last)) == ("truncated", 2)


async def test_head_is_logged_after_the_commit_only(pool: Pool) -> None:
    with capture_logs() as undone, suppress(ZeroDivisionError):
        async with pool.transaction() as connection:
            await audit.append(connection, act())
            raise ZeroDivisionError
    assert undone == []
    with capture_logs() as done:
        await write(pool, act())
    n, last = await audit.head(pool)
    assert [(one["event"], one["n"], one["hash"]) for one in done] == [("audit_head", n, last.hex())]
