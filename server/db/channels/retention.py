"""Retention in channels: old messages with their files, and earlier texts."""

from typing import Final

from server.db.pool import Pool

WINDOW: Final = 2_000
"""Rows of one statement."""

# The files first: those of a deleted message end with it, unless they are held as evidence.
MESSAGES = """
WITH old AS (
    SELECT channel_id, n FROM channel_messages WHERE sent_at <= at_ms($1) ORDER BY sent_at LIMIT $2
), file AS (
    UPDATE attachments a SET until_at = at_ms($1), n = NULL FROM old o WHERE a.channel_id = o.channel_id AND a.n = o.n
)
DELETE FROM channel_messages m USING old o WHERE m.channel_id = o.channel_id AND m.n = o.n
"""
VERSIONS = """
DELETE FROM message_versions WHERE (channel_id, n, version) IN (
    SELECT channel_id, n, version FROM message_versions WHERE until_at <= at_ms($1) ORDER BY until_at LIMIT $2)
"""
OLD_MESSAGES: Final = "SELECT count(*) FROM channel_messages WHERE sent_at <= at_ms($1)"
ENDED_VERSIONS: Final = "SELECT count(*) FROM message_versions WHERE until_at <= at_ms($1)"


async def forget_messages(pool: Pool, *, before: int) -> int:
    """Delete messages that were sent at or before *before*, in batches; return how many."""
    return await _in_parts(pool, MESSAGES, before)


async def forget_versions(pool: Pool, *, now: int) -> int:
    """Delete expired earlier texts, in batches; return how many."""
    return await _in_parts(pool, VERSIONS, now)


async def _in_parts(pool: Pool, statement: str, at: int) -> int:
    removed, last = 0, WINDOW
    while last == WINDOW:
        last = int((await pool.execute(statement, at, WINDOW)).removeprefix("DELETE "))
        removed += last
    return removed
