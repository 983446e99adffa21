"""The audit log: append-only; each entry carries the hash of the one before, keyed with the installation's secret."""

import hmac
import secrets
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any, Literal

import asyncpg
import msgspec

from server.db.pool import ADVISORY_WAITS, DatabaseConnection, Pool
from server.db.safety.installation_key import key_of_installation

LOCK = 0x6175646974
"""Advisory lock of an append: "audit" in ASCII. Taken last in a transaction, so that no deadlock is possible."""
BEGINNING = bytes(32)
"""The previous hash of the first entry."""
PAGE = 1_000

FIELDS = """n, unix_ms(at) AS at, actor_id::text, action, subject_id::text, details::text AS details, previous, hash,
    key_id"""
LATEST = """
SELECT l.n, unix_ms(l.at) AS at, l.actor_id::text, l.action, l.subject_id::text, l.details::text AS details,
       l.hash, u.display_name AS actor
FROM (SELECT * FROM audit_log WHERE n < $1 ORDER BY n DESC LIMIT $2) AS l
LEFT JOIN users u ON u.user_id = l.actor_id ORDER BY l.n DESC
"""
LATEST_ABOUT = LATEST.replace("WHERE n < $1", "WHERE n < $1 AND subject_id = $3::uuid")
ALL = f"SELECT {FIELDS} FROM audit_log WHERE n > $1 ORDER BY n LIMIT $2"  # noqa: S608 - constants of this code

_encode = msgspec.json.Encoder(order="sorted").encode


class AuditAction(msgspec.Struct, frozen=True, kw_only=True):
    """A decision. Details hold ids, reasons and instants; never the name or address of a user."""

    action: str
    at: int
    """Unix milliseconds."""
    actor: str | None = None
    """Who decided; None: a rule of the service, or its operator at the command line."""
    subject: str | None = None
    """The id of the user, or of the object, that it is about."""
    details: dict[str, Any] = {}


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log, as a moderator sees it."""

    n: int
    at: int
    action: str
    actor_id: str | None
    actor: str | None
    """Display name; None: no account acted, or the account was deleted."""
    subject_id: str | None
    details: dict[str, Any]
    hash: str


Tampering = Literal["changed", "removed", "inserted", "truncated", "wrong key", "forged"]


class AuditChainBroken(Exception):
    """The chain breaks at entry *n*; the text says how."""

    def __init__(self, kind: Tampering, n: int, why: str) -> None:
        super().__init__(f"{kind}: entry {n} {why}")
        self.kind = kind
        self.n = n


Told = tuple[int, int, str | None, str, str | None, str]
"""The hashed contents: number, instant, actor, action, subject, and the details as written."""


class AuditKey(msgspec.Struct, frozen=True):
    """The key of the hashes, derived from that of the installation."""

    key: bytes
    key_id: bytes
    """Identifies the key without revealing it."""

    @classmethod
    def of(cls, secret: bytes) -> "AuditKey":
        """Return the key for an installation with this *secret*."""
        key = hmac.digest(secret, b"audit log", "sha256")
        return cls(key, hmac.digest(key, b"id", "sha256")[:8])


def chain_hash(previous: bytes, told: Told, key: AuditKey | None) -> bytes:
    """Return the hash of an entry, over the previous hash and a JSON array of all its fields.

    An HMAC-SHA256 with *key*; None: a plain SHA-256, as before there was a key.
    """
    message = previous + msgspec.json.encode(told)
    return sha256(message).digest() if key is None else hmac.digest(key.key, message, "sha256")


async def key_of(connection: DatabaseConnection) -> AuditKey:
    """Return the key of this installation: the secret that the pool was given, or the one in the database."""
    # Not cached: a transaction that creates the key may be rolled back. Decisions are few.
    secret = connection.secret or await key_of_installation(connection, secrets.token_bytes(32))
    return AuditKey.of(secret)


async def append(connection: DatabaseConnection, *acts: AuditAction) -> None:
    """Append *acts* to the log, in the transaction of the decisions; the pool logs the head afterwards."""
    await connection.execute(f"SELECT {ADVISORY_WAITS}, pg_advisory_xact_lock($1)", LOCK)
    key = await key_of(connection)
    last = await connection.fetchrow("SELECT n, hash FROM audit_log ORDER BY n DESC LIMIT 1")
    n, previous = (0, BEGINNING) if last is None else (last["n"], last["hash"])
    for act in acts:
        n += 1
        details = _encode(act.details).decode()
        sealed = chain_hash(previous, (n, act.at, act.actor, act.action, act.subject, details), key)
        await connection.execute(
            """INSERT INTO audit_log (n, at, actor_id, action, subject_id, details, previous, hash,
                                      key_id)
               VALUES ($1, at_ms($2), $3::uuid, $4, $5::uuid, $6::text::json, $7, $8, $9)""",
            n,
            act.at,
            act.actor,
            act.action,
            act.subject,
            details,
            previous,
            sealed,
            key.key_id,
        )
        previous = sealed
    connection.audit_head = (n, previous)


async def anchor(pool: Pool, *, now: int) -> None:
    """Append an entry with a key, if the last one has none, which authenticates all before it. Called at each start."""
    async with pool.transaction() as connection:
        if await connection.fetchval("SELECT key_id IS NULL FROM audit_log ORDER BY n DESC LIMIT 1"):
            await append(connection, AuditAction(action="audit.anchored", at=now))


async def head(pool: Pool) -> tuple[int, bytes]:
    """Return the number and the hash of the last entry; 0 and `BEGINNING` if there is none."""
    row = await pool.fetchrow("SELECT n, hash FROM audit_log ORDER BY n DESC LIMIT 1")
    return (0, BEGINNING) if row is None else (row["n"], row["hash"])


async def entries(pool: Pool, *, before: int | None, limit: int, about: str | None = None) -> list[AuditEntry]:
    """Return the last *limit* entries before number *before*, the newest first; *about*: only those on one subject."""
    top = before if before is not None else (1 << 63) - 1
    if about is None:
        rows = await pool.fetch(LATEST, top, limit)
    else:
        rows = await pool.fetch(LATEST_ABOUT, top, limit, about)
    return [
        AuditEntry(
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


async def verify(pool: Pool, *, noted: tuple[int | None, bytes] | None = None) -> tuple[int, bytes]:
    """Read the whole chain; return how many entries there are, and the last hash.

    *noted*: number (None: not noted) and hash of an entry that was the last one once, kept outside of the database.

    Raises:
        AuditChainBroken: an entry was changed, removed or inserted, the end was cut off, all of it was rewritten, or it
            was sealed with another key.
    """
    async with pool.connection() as connection:
        key = await key_of(connection)
    check = _Check(key, noted)
    async for row in _all(pool):
        check.add(row)
    return check.finish()


class _Check:
    """One walk along the chain. An entry with a wrong hash is judged when the next one is known."""

    def __init__(self, key: AuditKey, noted: tuple[int | None, bytes] | None) -> None:
        self._key = key
        self._noted = noted
        self._has_noted = noted is None or noted[1] == BEGINNING
        self._count = 0
        self._keyed = 0
        self._previous = BEGINNING
        self._doubtful: asyncpg.Record | None = None

    def add(self, row: asyncpg.Record) -> None:
        """Check the next entry."""
        n = self._count + 1
        if self._doubtful is not None:
            self._judge(self._doubtful, row)
        if row["n"] != n:
            raise AuditChainBroken("removed", n, f"is missing; the next one is {row['n']}")
        if row["key_id"] is None and self._keyed:
            raise AuditChainBroken(
                "inserted", n, "carries no key, after entries that do: forged, or by an older release"
            )
        if row["key_id"] is not None and row["key_id"] != self._key.key_id:
            raise AuditChainBroken(
                "wrong key", n, "was sealed with another key than this installation has (RONDO_SECRET)"
            )
        told = (row["n"], row["at"], row["actor_id"], row["action"], row["subject_id"], row["details"])
        sealed = chain_hash(row["previous"], told, None if row["key_id"] is None else self._key)
        if row["previous"] != self._previous:
            if hmac.compare_digest(sealed, row["hash"]) and self._count:
                raise AuditChainBroken("inserted", self._count, "is not the one that the entry after it follows")
            raise AuditChainBroken("inserted", n, "does not follow from the one before it")
        if not hmac.compare_digest(sealed, row["hash"]):
            self._doubtful = row
        if self._noted is not None and row["hash"] == self._noted[1]:
            self._has_noted = True
        elif self._noted is not None and n == self._noted[0]:
            raise AuditChainBroken("forged", n, "has another hash than was noted: the log was rewritten")
        self._count, self._keyed, self._previous = n, self._keyed + (row["key_id"] is not None), row["hash"]

    def finish(self) -> tuple[int, bytes]:
        """Return the result of `verify`, after the last entry."""
        if self._doubtful is not None:
            raise AuditChainBroken("inserted", self._doubtful["n"], "was not written by this service, or was changed")
        if self._count and not self._keyed:
            raise AuditChainBroken("forged", 1, "and all others carry no key: rewritten, or never anchored by a start")
        if not self._has_noted:
            raise AuditChainBroken("truncated", self._count + 1, "and what followed, up to the noted hash, was cut off")
        return self._count, self._previous

    @staticmethod
    def _judge(row: asyncpg.Record, following: asyncpg.Record) -> None:
        if following["previous"] == row["hash"]:
            raise AuditChainBroken("changed", row["n"], "was changed after it was written")
        raise AuditChainBroken("inserted", row["n"], "was not written by this service")


async def _all(pool: Pool) -> AsyncIterator[asyncpg.Record]:
    after = 0
    while page := await pool.fetch(ALL, after, PAGE):
        for row in page:
            yield row
        after = page[-1]["n"]
