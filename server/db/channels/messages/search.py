"""Full-text search in a user's channels, and the background index (`message_search`) that it reads.

The channel is an additional word of each message ('#' and its id), so that one GIN index finds "word in channel".
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from matchmaker.domain.errors import Invalid
from matchmaker.domain.ids import UserId
from server.db.channels.messages.views import FIELDS, HIDDEN_SENDERS, SEEN, SeenMessage, read_seen
from server.db.pool import DatabaseConnection, Pool

OVERLAP_MS = 60_000
"""How far back each run reads again: a message that was sent then can have been committed late."""
CHUNK = 2_000
"""Messages that one transaction of the job looks at, at most."""
NEW = 100
"""Messages that one transaction of the job indexes: about 5 ms of PostgreSQL, which calls may be waiting for."""
REST_S = 0.02
"""Time from one transaction of the job to the next."""
NO_ID = "00000000-0000-0000-0000-000000000000"
LOCK = 0x736561726368
"""The advisory lock of the job: "search" in ASCII."""

WORDS = "SELECT numnode(websearch_to_tsquery('simple', $1))"
CHANNELS = """
SELECT m.channel_id, m.joined_n, COALESCE(m.left_n, c.last_n) AS last_n, c.kind
FROM channel_members m JOIN channels c USING (channel_id)
WHERE m.user_id = $2::uuid AND CASE WHEN $3::uuid IS NULL THEN m.left_at IS NULL ELSE m.channel_id = $3::uuid END
  AND NOT (c.kind = 'dm' AND c.closed_at IS NOT NULL AND EXISTS (
    SELECT FROM blocks b WHERE b.user_id = $2::uuid
       AND b.target_id = CASE WHEN c.low = $2::uuid THEN c.high ELSE c.low END))
ORDER BY c.last_at DESC LIMIT $4
"""
_QUERY = "(SELECT websearch_to_tsquery('simple', $1))"
# What the index has is checked: against the current text (an edit is not in the index yet, what was deleted has no
# text), and against the cursor of the page.
_CHECKED = f"""
JOIN channel_messages m ON m.channel_id = mine.channel_id AND m.n = s.n
WHERE (m.sent_at, m.channel_id, m.n) < (at_ms($5), $6::uuid, $7::bigint) AND m.kind = 'text' AND m.deleted_at IS NULL
  AND to_tsvector('simple', m.body) @@ {_QUERY}
  AND NOT (mine.kind = 'group' AND m.sender_id = ANY (ARRAY({HIDDEN_SENDERS})))
ORDER BY s.n DESC LIMIT $8
"""
# Of each channel up to a page of the newest matches. A frequent word is soon found among the newest `$9` messages; the
# index would have to read every message that has it. OFFSET 0 keeps the planner from merging the steps.
SEARCH = f"""
WITH mine AS MATERIALIZED (
    {CHANNELS}
), hit AS MATERIALIZED (
    SELECT mine.channel_id, found.n, found.sent_at FROM mine CROSS JOIN LATERAL (
        WITH near AS MATERIALIZED (
            SELECT m.n, m.sent_at FROM (
                SELECT s.n FROM (
                    SELECT x.n, x.terms FROM message_search x WHERE x.channel_id = mine.channel_id
                       AND x.n > GREATEST(mine.joined_n, mine.last_n - $9) AND x.n <= mine.last_n
                    ORDER BY x.n DESC OFFSET 0
                ) AS s WHERE s.terms @@ {_QUERY} ORDER BY s.n DESC OFFSET 0
            ) AS s {_CHECKED}
        )
        SELECT * FROM near UNION ALL SELECT * FROM (
            SELECT m.n, m.sent_at FROM (
                SELECT s.n FROM (
                    SELECT x.n FROM message_search x
                    WHERE x.terms @@ (('''#' || mine.channel_id || '''')::tsquery && {_QUERY})
                      AND mine.last_n - $9 > mine.joined_n AND (SELECT count(*) FROM near) < $8 OFFSET 0
                ) AS s WHERE s.n > mine.joined_n AND s.n <= mine.last_n - $9 ORDER BY s.n DESC OFFSET 0
            ) AS s {_CHECKED}
        ) AS far
    ) AS found ORDER BY found.sent_at DESC, mine.channel_id DESC, found.n DESC LIMIT $8
)
SELECT {FIELDS}, {SEEN} FROM hit CROSS JOIN LATERAL (
    SELECT * FROM channel_messages x WHERE x.channel_id = hit.channel_id AND x.n = hit.n OFFSET 0
) AS m ORDER BY hit.sent_at DESC, hit.channel_id DESC, hit.n DESC
"""  # noqa: S608 - constants of this code
ESTIMATE = "EXPLAIN (FORMAT JSON) SELECT FROM message_search WHERE terms @@ websearch_to_tsquery('simple', $1)"
INDEXED = "SELECT reltuples::float8 FROM pg_class WHERE oid = 'message_search'::regclass"

PROGRESS = "SELECT unix_ms(indexed_at) FROM search_progress"
OLDEST = "SELECT unix_ms(min(sent_at)) FROM channel_messages"
NOTE = """
INSERT INTO search_progress (indexed_at) VALUES (at_ms($1))
ON CONFLICT (only_one) DO UPDATE SET indexed_at = EXCLUDED.indexed_at
"""
_TERMS = "to_tsvector('simple', m.body) || ('''#' || m.channel_id || '''')::tsvector"
# From the message `$1` to `$3` on, whose order is total: any number of messages may be of one instant.
INDEX_NEW = f"""
WITH fresh AS MATERIALIZED (
    SELECT m.channel_id, m.n, m.body, m.kind, m.deleted_at, m.sent_at FROM channel_messages m
    WHERE m.sent_at >= $1 AND (m.sent_at, m.channel_id, m.n) > ($1, $2::uuid, $3) AND m.sent_at <= at_ms($4)
    ORDER BY m.sent_at, m.channel_id, m.n LIMIT $5
), missing AS MATERIALIZED (
    SELECT m.* FROM fresh m
    WHERE m.kind = 'text' AND m.deleted_at IS NULL AND m.body <> '' AND NOT EXISTS (
        SELECT FROM message_search s WHERE s.channel_id = m.channel_id AND s.n = m.n)
    ORDER BY m.sent_at, m.channel_id, m.n LIMIT $6
), indexed AS (
    INSERT INTO message_search (channel_id, n, terms)
    SELECT m.channel_id, m.n, {_TERMS} FROM missing m
    ON CONFLICT DO NOTHING
)
SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM missing), unix_ms(m.sent_at),
    m.sent_at, m.channel_id::text, m.n
FROM fresh m
WHERE (SELECT count(*) FROM missing) < $6 OR (m.channel_id, m.n) IN (SELECT x.channel_id, x.n FROM missing x)
ORDER BY m.sent_at DESC, m.channel_id DESC, m.n DESC LIMIT 1
"""  # noqa: S608 - constants of this code
INDEX_CHANGED = f"""
INSERT INTO message_search AS s (channel_id, n, terms)
SELECT m.channel_id, m.n, {_TERMS} FROM channel_messages m
WHERE m.changed_at > at_ms($1) AND m.changed_at <= at_ms($2) AND m.edited_at > at_ms($1)
  AND m.kind = 'text' AND m.deleted_at IS NULL AND m.body <> ''
ON CONFLICT (channel_id, n) DO UPDATE SET terms = EXCLUDED.terms WHERE s.terms <> EXCLUDED.terms
"""  # noqa: S608 - constants of this code
# The words of one transaction are collected in the pending list of the index, which each lookup would have to read.
MERGE = "SELECT gin_clean_pending_list('message_search_terms')"

FREQUENT = 0.02
"""The share of messages from which on a word is frequent."""
NEAR = 2_500
"""How many of the newest messages of a channel are looked through for a frequent word."""
NEWEST = (1 << 47, "ffffffff-ffff-ffff-ffff-ffffffffffff", 2**62)
"""The cursor before every match."""


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """Matches, newest first, and the next cursor; None: there are no more."""

    messages: list[SeenMessage]
    place: tuple[int, str, int] | None


async def search(
    pool: Pool,
    user: UserId,
    words: str,
    *,
    channel_id: str | None,
    channels: int,
    before: tuple[int, str, int] = NEWEST,
    limit: int,
) -> SearchResult:
    """Return messages that *user* can read and that match *words*, in the latest *channels* channels or in one.

    Raises:
        Invalid: there is no word to search for.
    """
    if not await pool.fetchval(WORDS, words):
        raise Invalid("q", "no searchable word")
    near = NEAR if await _share(pool, words) >= FREQUENT else 0
    rows = await pool.fetch(SEARCH, words, user, channel_id, channels, *before, limit + 1, near)
    shown = [read_seen(row, is_group=False) for row in rows[:limit]]
    last = shown[-1].message if len(rows) > limit else None
    return SearchResult(messages=shown, place=None if last is None else (last.sent_at, last.channel_id, last.n))


async def _share(pool: Pool, words: str) -> float:
    """Return which share of all messages matches *words*, as PostgreSQL estimates it."""
    plan = msgspec.json.decode(await pool.fetchval(ESTIMATE, words))
    total: float = await pool.fetchval(INDEXED)
    return float(plan[0]["Plan"]["Plan Rows"]) / max(1.0, total)


async def index(pool: Pool, *, now: int) -> int:
    """Bring the index up to *now*; return how many messages were added. One node at a time runs it.

    It is done in short transactions with rests between them, as calls may need the same processor.
    """
    added = 0
    since: int | None = None
    place: Sequence[object] = ()
    chunk = CHUNK
    while True:
        async with pool.transaction() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK):
                return added
            if since is None:
                since = await _start(connection, now=now) - OVERLAP_MS
            if not place:
                place = datetime.fromtimestamp(since / 1_000, UTC), NO_ID, 0
            row: Any = await connection.fetchrow(INDEX_NEW, *place, now, chunk, NEW)
            seen, count, sent_at, *place = row or (0, 0, 0)
            is_last = seen < chunk and count < NEW
            # Of the instant of the last message there may be more: the index is complete up to the one before.
            upto = now if is_last else max(sent_at - 1, since)
            changed = await connection.execute(INDEX_CHANGED, since, upto)
            if count or not changed.endswith(" 0"):
                await connection.execute(MERGE)
            if seen or not changed.endswith(" 0"):  # Otherwise there is nothing to store.
                await connection.execute(NOTE, upto)
            added += int(count)
        if is_last:
            return added
        since = upto
        chunk = 2 * NEW if count == NEW else CHUNK  # Behind those that are indexed most are new.
        await asyncio.sleep(REST_S)


async def _start(connection: DatabaseConnection, *, now: int) -> int:
    """Return the instant up to which the index is complete; at first, when the first message was sent."""
    indexed_at: int | None = await connection.fetchval(PROGRESS)
    if indexed_at is None:
        indexed_at = await connection.fetchval(OLDEST)
    return now if indexed_at is None else min(int(indexed_at), now)
