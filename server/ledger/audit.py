"""The audit log: append-only, and each entry carries the hash of the one before it."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import asyncpg
import msgspec

from server.ledger.pool import Pool

LOCK = 0x6175646974
"""The advisory lock of whoever appends: "audit" in ASCII. Taken last in a transaction, so nobody waits in a circle."""
BEGINNING = bytes(32)
"""What the first entry carries in place of a hash."""
PAGE = 1_000

FIELDS = "n, unix_ms(at) AS at, actor_id::text, action, subject_id::text, details::text AS details, previous, hash"
LATEST = """
SELECT l.n, unix_ms(l.at) AS at, l.actor_id::text, l.action, l.subject_id::text, l.details::text AS details,
       l.hash, u.display_name AS actor
FROM (SELECT * FROM audit_log WHERE n < $1 ORDER BY n DESC LIMIT $2) AS l
LEFT JOIN users u ON u.user_id = l.actor_id ORDER BY l.n DESC
"""
LATEST_ABOUT = LATEST.replace("WHERE n < $1", "WHERE n < $1 AND subject_id = $3::uuid")
ALL = f"SELECT {FIELDS} FROM audit_log WHERE n > $1 ORDER BY n LIMIT $2"  # noqa: S608 - constants of this code

_encode = msgspec.json.Encoder(order="sorted").encode


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was decided. Details hold ids, reasons and instants; never a name or an address of a person."""

    action: str
    at: int
    """Unix milliseconds."""
    actor: str | None = None
    """Who decided; None: a rule of the service, or its operator at the command line."""
    subject: str | None = None
    """The id of the person, or of the thing, that it is about."""
    details: dict[str, Any] = {}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log, as a moderator sees it."""

    n: int
    at: int
    action: str
    actor_id: str | None
    actor: str | None
    """Their name; None: nobody in person, or the account is no more."""
    subject_id: str | None
    details: dict[str, Any]
    hash: str


class Broken(Exception):
    """The chain does not hold at entry *n*."""

    def __init__(self, n: int, why: str) -> None:
        super().__init__(f"entry {n}: {why}")
        self.n = n


Told = tuple[int, int, str | None, str, str | None, str]
"""All that an entry says: number, instant, actor, action, subject, and the details as they are written."""


def seal(previous: bytes, told: Told) -> bytes:
    """Return the hash of an entry: SHA-256 over the previous hash and a JSON array of everything it says."""
    return sha256(previous + msgspec.json.encode(told)).digest()


async def append(connection: asyncpg.Connection, *acts: Act) -> None:
    """Write *acts* into the log, in the transaction that does what they tell of."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    last = await connection.fetchrow("SELECT n, hash FROM audit_log ORDER BY n DESC LIMIT 1")
    n, previous = (0, BEGINNING) if last is None else (last["n"], last["hash"])
    for act in acts:
        n += 1
        details = _encode(act.details).decode()
        sealed = seal(previous, (n, act.at, act.actor, act.action, act.subject, details))
        await connection.execute(
            """INSERT INTO audit_log (n, at, actor_id, action, subject_id, details, previous, hash)
               VALUES ($1, at_ms($2), $3::uuid, $4, $5::uuid, $6::text::json, $7, $8)""",
            n,
            act.at,
            act.actor,
            act.action,
            act.subject,
            details,
            previous,
            sealed,
        )
        previous = sealed


async def entries(pool: Pool, *, before: int | None, limit: int, about: str | None = None) -> list[Entry]:
    """Return the last *limit* entries before number *before*, the newest first; *about*: only those on one subject."""
    top = before if before is not None else (1 << 63) - 1
    if about is None:
        rows = await pool.fetch(LATEST, top, limit)
    else:
        rows = await pool.fetch(LATEST_ABOUT, top, limit, about)
    return [
        Entry(
            n=row["n"],
            at=row["at"],
            action=row["action"],
            actor_id=row["actor_id"],
            actor=row["actor"],
            subject_id=row["subject_id"],
            details=msgspec.json.decode(row["details"]),
            hash=row["hash"].hex(),
        )
        for row in rows
    ]


async def verify(pool: Pool) -> tuple[int, bytes]:
    """Read the whole chain; return how many entries there are, and the last hash.

    What was cut off at the end leaves no gap: whoever notes the last hash elsewhere can tell by it.

    Raises:
        Broken: an entry was changed, removed or slipped in.
    """
    count, previous = 0, BEGINNING
    async for row in _all(pool):
        count += 1
        if row["n"] != count:
            raise Broken(count, f"missing; the next one is {row['n']}")
        if row["previous"] != previous:
            raise Broken(count, "does not follow from the one before it")
        told = (row["n"], row["at"], row["actor_id"], row["action"], row["subject_id"], row["details"])
        if seal(previous, told) != row["hash"]:
            raise Broken(count, "was changed after it was written")
        previous = row["hash"]
    return count, previous


async def _all(pool: Pool) -> AsyncIterator[asyncpg.Record]:
    after = 0
    while page := await pool.fetch(ALL, after, PAGE):
        for row in page:
            yield row
        after = page[-1]["n"]


async def contains(pool: Pool, head: str) -> bool:
    """Tell whether an entry has this hash, given in hexadecimal digits."""
    return bool(
        await pool.fetchval("SELECT EXISTS (SELECT FROM audit_log WHERE encode(hash, 'hex') = lower($1))", head)
    )
