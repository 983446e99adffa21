"""Tokens of e-mails for verification and password reset, and passwords. Instants are Unix milliseconds."""

from typing import Literal

import asyncpg

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId
from server.db.notifications import security_notes
from server.db.pool import Pool

Purpose = Literal["verify", "reset"]

WRITE = """
INSERT INTO letters (user_id, purpose, token_hash, sent_at, expires_at)
SELECT user_id, $2, $3, at_ms($4), at_ms($5) FROM users WHERE user_id = $1::uuid
ON CONFLICT (user_id, purpose) DO UPDATE SET
    token_hash = EXCLUDED.token_hash, sent_at = EXCLUDED.sent_at, expires_at = EXCLUDED.expires_at
"""
# Deleted when used: of two concurrent uses, one finds nothing. $4: only an e-mail of this account.
USE = """
DELETE FROM letters WHERE token_hash = $1 AND purpose = $2 AND expires_at > at_ms($3)
    AND user_id = COALESCE($4::uuid, user_id) RETURNING user_id::text
"""
IS_VERIFIED = "SELECT email_verified_at IS NOT NULL FROM users WHERE user_id = $1::uuid FOR UPDATE"
SET_PASSWORD = "UPDATE users SET password_hash = $2 WHERE user_id = $1::uuid AND password_hash IS NOT NULL"  # noqa: S105
END_SESSIONS = """
DELETE FROM sessions WHERE user_id = $1::uuid AND session_id IS DISTINCT FROM $2::uuid RETURNING session_id::text
"""
END_RESETS = "DELETE FROM letters WHERE user_id = $1::uuid AND purpose = 'reset'"
FORGET = "DELETE FROM letters WHERE expires_at <= at_ms($1)"


async def write(
    source: Pool | asyncpg.Connection, user: UserId, purpose: Purpose, *, token_hash: bytes, now: int, expires_at: int
) -> None:
    """Record an e-mail to *user*; the previous one for this purpose becomes invalid."""
    await source.execute(WRITE, user, purpose, token_hash, now, expires_at)


async def use(
    connection: asyncpg.Connection, token_hash: bytes, purpose: Purpose, *, now: int, user: UserId | None = None
) -> UserId:
    """Consume the token of an e-mail and return its recipient; *user*: only an e-mail to this user.

    Raises:
        NotFound: there is no such token, or it was used or has expired.
    """
    found = await connection.fetchval(USE, token_hash, purpose, now, user)
    if found is None:
        raise NotFound("this letter is too old, or it was used already")
    return UserId(found)


async def reset(pool: Pool, token_hash: bytes, *, sealed: str, now: int) -> tuple[UserId, list[str]]:
    """Set a new password for the account that got this token, and end all of its sessions; return both.

    Raises:
        NotFound: there is no such token, it was used or has expired, or the address is not verified.
    """
    async with pool.transaction() as connection:
        user = await use(connection, token_hash, "reset", now=now)
        if not await connection.fetchval(IS_VERIFIED, user):
            raise NotFound("this letter is too old, or it was used already")
        return user, await _set_password(connection, user, sealed, keep=None, now=now)


async def change_password(pool: Pool, user: UserId, *, sealed: str, keep: str, now: int) -> list[str]:
    """Set a new password for *user*, and end every session but *keep*; return the ended ones."""
    async with pool.transaction() as connection:
        return await _set_password(connection, user, sealed, keep=keep, now=now)


async def forget(pool: Pool, *, now: int) -> int:
    """Delete expired tokens, and return how many there were."""
    return int((await pool.execute(FORGET, now)).removeprefix("DELETE "))


async def _set_password(
    connection: asyncpg.Connection, user: UserId, sealed: str, *, keep: str | None, now: int
) -> list[str]:
    await connection.execute(SET_PASSWORD, user, sealed)
    await security_notes.add(connection, user, "password_changed", now=now)
    await connection.execute(END_RESETS, user)
    return [row[0] for row in await connection.fetch(END_SESSIONS, user, keep)]
