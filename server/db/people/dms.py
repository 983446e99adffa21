"""The DM of two users, as used by friendships: closing and reopening, in the caller's transaction."""

import asyncpg

from matchmaker.domain.ids import UserId, pair_of

# A notice of the service takes the next number. The update waits for the lock of the row, and reads it as of then.
_NOTICE = """, notice AS (
    INSERT INTO channel_messages (channel_id, n, kind, details, sent_at)
    SELECT channel_id, last_n, 'notice', '{"notice": "%s"}', at_ms(%s) FROM changed
)
SELECT channel_id::text, last_n FROM changed
"""
CLOSE = f"""
WITH changed AS (
    UPDATE channels SET closed_at = at_ms($3), last_n = last_n + 1, last_at = at_ms($3)
    WHERE kind = 'dm' AND low = $1::uuid AND high = $2::uuid AND closed_at IS NULL RETURNING channel_id, last_n
){_NOTICE % ("closed", "$3")}"""  # noqa: S608 - constants of this code
CLOSE_ALL = f"""
WITH locked AS (
    SELECT channel_id FROM channels
    WHERE kind = 'dm' AND (low = $1::uuid OR high = $1::uuid) AND closed_at IS NULL ORDER BY channel_id FOR UPDATE
), changed AS (
    UPDATE channels c SET closed_at = at_ms($2), last_n = c.last_n + 1, last_at = at_ms($2)
    FROM locked l WHERE c.channel_id = l.channel_id RETURNING c.channel_id, c.last_n
){_NOTICE % ("closed", "$2")}"""  # noqa: S608 - constants of this code
REOPEN = f"""
WITH changed AS (
    UPDATE channels SET closed_at = NULL, last_n = last_n + 1, last_at = at_ms($3)
    WHERE kind = 'dm' AND low = $1::uuid AND high = $2::uuid AND closed_at IS NOT NULL RETURNING channel_id, last_n
){_NOTICE % ("reopened", "$3")}"""  # noqa: S608 - constants of this code


async def close_all_dms(connection: asyncpg.Connection, user: UserId, *, now: int) -> list[tuple[str, int]]:
    """Close every DM of *user*, who is banned permanently or deletes the account.

    Return those that were open, each with the number of its notice.
    """
    return [(row[0], row[1]) for row in await connection.fetch(CLOSE_ALL, user, now)]


async def close_dm(connection: asyncpg.Connection, one: UserId, other: UserId, *, now: int) -> str | None:
    """Close the DM of two former friends; return its id, None: none is open."""
    channel_id: str | None = await connection.fetchval(CLOSE, *pair_of(one, other), now)
    return channel_id


async def reopen_dm(connection: asyncpg.Connection, one: UserId, other: UserId, *, now: int) -> str | None:
    """Reopen the DM of two users who are friends again; return its id, None: none is closed."""
    channel_id: str | None = await connection.fetchval(REOPEN, *pair_of(one, other), now)
    return channel_id
