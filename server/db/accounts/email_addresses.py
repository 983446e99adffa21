"""E-mail addresses of accounts: log-in names, verified addresses, and pending ones. Instants are Unix milliseconds."""

from collections.abc import Iterable
from uuid import UUID

import asyncpg
import msgspec

from matchmaker.domain.errors import NotFound, StateConflict
from matchmaker.domain.ids import UserId
from server.db.accounts.sessions import PERMANENT_MS
from server.db.accounts.users import User, person_of
from server.db.notifications import security_notes
from server.db.pool import Pool
from server.domain.email_address import key_of

# The second part finds accounts of the previous release, which writes no key (`fill_keys`).
LOG_INS = """
SELECT u.user_id::text, u.password_hash, u.email, u.email_verified_at IS NOT NULL
FROM log_in_names n JOIN users u ON u.user_id = n.user_id WHERE n.email_key = $1
UNION ALL
SELECT u.user_id::text, u.password_hash, u.email, u.email_verified_at IS NOT NULL FROM users u
WHERE lower(u.email) = lower($2) AND NOT EXISTS (SELECT FROM log_in_names n WHERE n.user_id = u.user_id)
ORDER BY 4 DESC, 1
"""
PEND = """
UPDATE users SET pending_email = $2, pending_password_hash = $3 WHERE user_id = $1::uuid AND email IS NULL RETURNING *
"""
NAME = """
INSERT INTO log_in_names (user_id, email_key, is_verified) VALUES ($1::uuid, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET email_key = EXCLUDED.email_key, is_verified = EXCLUDED.is_verified
"""
IS_NAME = "SELECT EXISTS (SELECT FROM log_in_names WHERE email_key = $1)"
SET = """
WITH person AS (
    UPDATE users SET email = $2, password_hash = COALESCE($3, password_hash), email_verified_at = at_ms($4),
                     pending_email = NULL, pending_password_hash = NULL
    WHERE user_id = $1::uuid RETURNING *
), session AS (
    UPDATE sessions SET permanent = true, last_seen_at = at_ms($5), expires_at = at_ms($6)
    FROM person WHERE sessions.user_id = person.user_id AND NOT sessions.permanent
)
SELECT * FROM person
"""
PENDING = """
SELECT COALESCE(pending_email, email) AS email, pending_password_hash FROM users WHERE user_id = $1::uuid FOR UPDATE
"""
# A permanent account that had another address, or has none any more.
IS_OTHER = "SELECT password_hash IS NOT NULL AND email IS DISTINCT FROM $2 FROM users WHERE user_id = $1::uuid"
# An account that logs in with the address and has not verified it keeps the log-in name and the password.
DISPLACE = """
UPDATE users SET email = NULL WHERE user_id <> $1::uuid AND email_verified_at IS NULL
    AND (user_id IN (SELECT user_id FROM log_in_names WHERE email_key = $2) OR lower(email) = lower($3))
RETURNING user_id::text
"""
KEEP_NAME = """
INSERT INTO log_in_names (user_id, email_key, is_verified) VALUES ($1::uuid, $2, false) ON CONFLICT (user_id) DO NOTHING
"""
WITHOUT_KEY = """
SELECT u.user_id, u.email, u.email_verified_at IS NOT NULL FROM users u
WHERE u.email IS NOT NULL AND u.user_id > $1 AND NOT EXISTS (SELECT FROM log_in_names n WHERE n.user_id = u.user_id)
ORDER BY u.user_id LIMIT $2
"""
# If two accounts of the previous release have addresses that compare equal, the second keeps its old key.
FILL = """
INSERT INTO log_in_names (user_id, email_key, is_verified)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::boolean[]) AS x (user_id, email_key, is_verified)
WHERE EXISTS (SELECT FROM users u WHERE u.user_id = x.user_id) ON CONFLICT DO NOTHING
"""
AT_ONCE = 1_000


class LogIn(msgspec.Struct, frozen=True):
    """An account that logs in with some address."""

    user: UserId
    sealed: str
    email: str | None
    is_verified: bool


async def log_ins(pool: Pool, email: str) -> list[LogIn]:
    """Return the accounts that log in with *email*, the one that verified it first; rarely more than one."""
    rows = await pool.fetch(LOG_INS, key_of(email), email)
    return [LogIn(UserId(user), sealed, written, verified) for user, sealed, written, verified in rows]


async def owner_of(pool: Pool, email: str) -> LogIn | None:
    """Return the account that has verified *email*."""
    found: Iterable[LogIn] = await log_ins(pool, email)
    return next((one for one in found if one.is_verified), None)


async def pend(connection: asyncpg.Connection, user: UserId, *, email: str, sealed: str) -> User:
    """Store the address and password that *user* gets when the address is verified.

    Raises:
        StateConflict: the account has an address.
    """
    row = await connection.fetchrow(PEND, user, email, sealed)
    if row is None:
        raise StateConflict("this account has an e-mail address already")
    return person_of(row)


async def set_log_in_name(connection: asyncpg.Connection, user: UserId, *, email: str, sealed: str, now: int) -> User:
    """Make *user* permanent with an unverified address, where no e-mail is sent.

    Raises:
        StateConflict: another account logs in with it, or this account has an address.
    """
    if await connection.fetchval("SELECT email IS NOT NULL FROM users WHERE user_id = $1::uuid FOR UPDATE", user):
        raise StateConflict("this account has an e-mail address already")
    key = key_of(email)
    try:
        if await connection.fetchval(IS_NAME, key):
            raise StateConflict("this e-mail address is in use")
        await connection.execute(NAME, user, key, False)
        return await _set(connection, user, email, sealed, verified_at=None, now=now)
    except asyncpg.UniqueViolationError:
        raise StateConflict("this e-mail address is in use") from None


async def pending_of(connection: asyncpg.Connection, user: UserId) -> tuple[str, str | None]:
    """Return the address that *user* may verify, and the password that comes with it; their row is locked.

    Raises:
        NotFound: there is no pending address.
    """
    row = await connection.fetchrow(PENDING, user)
    if row is None or row["email"] is None:
        raise NotFound("there is no address to verify")
    return row["email"], row["pending_password_hash"]


async def set_verified(
    connection: asyncpg.Connection, user: UserId, *, email: str, sealed: str | None, now: int
) -> User:
    """Give *user* the verified address, and the password (None: unchanged) that comes with it.

    Raises:
        StateConflict: another account verified it first.
    """
    key = key_of(email)
    is_other = await connection.fetchval(IS_OTHER, user, email)
    try:
        for (displaced,) in await connection.fetch(DISPLACE, user, key, email):
            await connection.execute(KEEP_NAME, displaced, key)
        await connection.execute(NAME, user, key, True)
        person = await _set(connection, user, email, sealed, verified_at=now, now=now)
    except asyncpg.UniqueViolationError:
        raise StateConflict("another account has verified this e-mail address") from None
    if is_other:
        await security_notes.add(connection, user, "address_changed", now=now)
    return person


async def fill_keys(pool: Pool) -> int:
    """Set the comparison key of accounts of the previous release; return how many."""
    filled, upto = 0, UUID(int=0)
    while rows := await pool.fetch(WITHOUT_KEY, upto, AT_ONCE):
        users, emails, verified = zip(*rows, strict=True)
        tag = await pool.execute(FILL, users, [key_of(email) for email in emails], verified)
        filled, upto = filled + int(tag.rpartition(" ")[2]), users[-1]
    return filled


async def _set(
    connection: asyncpg.Connection, user: UserId, email: str, sealed: str | None, *, verified_at: int | None, now: int
) -> User:
    row = await connection.fetchrow(SET, user, email, sealed, verified_at, now, now + PERMANENT_MS)
    if row is None:
        raise NotFound("this account was deleted")
    return person_of(row)
