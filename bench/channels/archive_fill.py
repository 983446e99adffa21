"""A database with this number of messages, as of a service after some years: written in order of time, indexed,
analyzed.

User 0 is in 1,000 of up to 10,000 channels: 800 DMs, of which the first has a twentieth of all messages, and 200
groups.
What an inbox page shows does not depend on the number of messages: the same kinds of channels, as much unread in them.
"""

import asyncpg

CHANNELS_MAX, MINE, DMS, GROUP, USERS = 10_000, 1_000, 800, 10, 2_000
STRIDE = 7_919
"""Prime to the number of other channels: in each stretch of a round there are DMs and groups of user 0."""
STEP = 500_000
"""Messages per statement."""

SETTINGS = (
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '1GB'",
    "SET work_mem = '256MB'",
)
PEOPLE = """
INSERT INTO users (user_id, display_name, adult_at)
SELECT md5('u' || i)::uuid, 'User ' || i, now() FROM generate_series(0, $1::int - 1) AS i
"""
# `CHANNELS` is their number. The members of channel `c`, by place: two of a DM, ten of a group. All DMs have different
# pairs.
SEATS = f"""
CREATE TABLE bench_seats AS
SELECT c, slot, CASE WHEN c < {DMS} THEN 2 WHEN c < {MINE} THEN {GROUP} ELSE 2 END AS size,
    md5('u' || CASE
        WHEN c < {DMS} THEN CASE slot WHEN 1 THEN 0 ELSE c + 1 END
        WHEN c < {MINE} THEN CASE slot WHEN 1 THEN 0 ELSE 1 + (c * 9 + slot) % ({USERS} - 1) END
        WHEN slot = 1 THEN 1 + c % ({USERS} / 2 - 1)
        ELSE {USERS} / 2 + (c % ({USERS} / 2 - 1) + c / ({USERS} / 2 - 1)) % ({USERS} / 2)
    END)::uuid AS user_id
FROM generate_series(0, CHANNELS - 1) AS c,
    LATERAL generate_series(1, CASE WHEN c >= {DMS} AND c < {MINE} THEN {GROUP} ELSE 2 END) AS slot
"""
MAKE = """
WITH pair AS (
    SELECT c, LEAST(min(user_id::text), max(user_id::text))::uuid AS low, max(user_id::text)::uuid AS high
    FROM bench_seats WHERE size = 2 GROUP BY c
), made AS (
    INSERT INTO channels (channel_id, kind, low, high, name, created_at, last_at)
    SELECT md5('c' || c)::uuid, CASE WHEN p.c IS NULL THEN 'group' ELSE 'dm' END, low, high,
        CASE WHEN p.c IS NULL THEN 'Group ' || s.c END, now() - interval '1 year', now() - interval '1 year'
    FROM generate_series(0, CHANNELS - 1) AS s (c) LEFT JOIN pair p USING (c)
)
INSERT INTO channel_members (channel_id, user_id, slot, is_owner, joined_at)
SELECT md5('c' || c)::uuid, user_id, slot, size > 2 AND slot = 1, now() - interval '1 year' FROM bench_seats
"""
FRIENDS = f"""
INSERT INTO friendships (low, high, since_at)
SELECT LEAST(a.user_id, b.user_id), GREATEST(a.user_id, b.user_id), now() - interval '1 year'
FROM bench_seats a JOIN bench_seats b USING (c) WHERE c < {DMS} AND a.slot = 1 AND b.slot = 2
"""
# Each twentieth message is of channel 0, the others round robin. Every second text has "hello", one in 10,007 "rare".
# One in 23 has been edited, or has reactions.
MESSAGES = f"""
INSERT INTO channel_messages (channel_id, n, sender_id, client_id, body, sent_at, rev, changed_at)
SELECT md5('c' || c)::uuid, n, user_id, i::text,
    concat_ws(' ', CASE WHEN i % 2 = 0 THEN 'hello' END, 'word' || i * 7919 % 5000, 'term' || i * 104729 % 20000,
        'shall we talk again tomorrow at', i % 24, CASE WHEN i % 10007 = 0 THEN 'rare' END),
    now() - interval '1 year' + i * ($3::float8 * interval '1 second'),
    CASE WHEN i % 23 = 0 THEN n ELSE 0 END, CASE WHEN i % 23 = 0 THEN now() END
FROM (
    SELECT i, CASE WHEN i % 20 = 0 THEN 0
                   ELSE 1 + (i / 20 * 19 + i % 20 - 1) % (CHANNELS - 1) * {STRIDE} % (CHANNELS - 1) END AS c,
        CASE WHEN i % 20 = 0 THEN i / 20 ELSE (i / 20 * 19 + i % 20 - 1) / (CHANNELS - 1) END + 1 AS n
    FROM generate_series($1::bigint, $2::bigint - 1) AS i
) AS m JOIN bench_seats USING (c) WHERE slot = 1 + n % size
ORDER BY i
"""
INDEX = """
INSERT INTO message_search (channel_id, n, terms)
SELECT channel_id, n, to_tsvector('simple', body) || ('''#' || channel_id || '''')::tsvector FROM channel_messages
"""
ENDS = """
UPDATE channels c SET last_n = x.n, last_at = x.at
FROM (SELECT channel_id, max(n) AS n, max(sent_at) AS at FROM channel_messages GROUP BY channel_id) AS x
WHERE c.channel_id = x.channel_id
"""
REACTIONS = """
INSERT INTO reactions (channel_id, n, emoji, user_id, reacted_at)
SELECT channel_id, n, chr(128512 + n::int % 50), sender_id, changed_at FROM channel_messages WHERE rev > 0
"""
# One message in 50 has a file, and one in 50 mentions a member: the channels of user 0 are what is read.
FILES = """
INSERT INTO attachments (attachment_id, owner_id, purpose, channel_id, n, status, name, media_type, bytes, sha256,
    created_at)
SELECT gen_random_uuid(), sender_id, 'message', channel_id, n, 'ready', 'picture.jpg', 'image/jpeg', 100000,
    sha256('file'), sent_at FROM channel_messages WHERE n % 50 = 7
"""
MENTIONS = """
INSERT INTO mentions (user_id, channel_id, n)
SELECT p.user_id, m.channel_id, m.n FROM channel_messages m JOIN channel_members p USING (channel_id)
WHERE m.n % 50 = 13 AND p.slot = 1 AND p.user_id <> m.sender_id
"""
# In three of ten channels up to 90 messages are unread: as many in a million messages as in ten. By a hash, because
# PostgreSQL may compute a volatile expression once for all rows with an equal `last_n`.
MARKS = """
UPDATE channel_members m SET read_n = x.read_n, delivered_n = x.last_n
FROM (
    SELECT p.channel_id, p.user_id, c.last_n, GREATEST(0, c.last_n - CASE WHEN h.value & 1023 < 307
        THEN 1 + (h.value >> 10 & 65535) % 90 ELSE 0 END) AS read_n
    FROM channel_members p JOIN channels c USING (channel_id),
        LATERAL (SELECT hashtext(p.channel_id::text || p.user_id::text) AS value) AS h
) AS x
WHERE x.channel_id = m.channel_id AND x.user_id = m.user_id
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = $1::regclass AND NOT indisprimary
"""
TABLES = ("channel_messages", "message_search", "reactions", "attachments", "mentions")
KEYED = TABLES[:2]
"""The tables whose key is built after they were filled."""


async def fill(dsn: str, total: int) -> None:
    """Write *total* messages into the migrated, empty database at *dsn*."""
    channels = str(min(CHANNELS_MAX, max(MINE, total // 100)))
    connection = await asyncpg.connect(dsn, command_timeout=None)
    for statement in SETTINGS:
        await connection.execute(statement)
    await connection.execute(PEOPLE, USERS)
    for statement in (SEATS, MAKE, FRIENDS):
        await connection.execute(statement.replace("CHANNELS", channels))
    indexes = [row for table in TABLES for row in await connection.fetch(INDEXES, table)]
    for name, _ in indexes:
        await connection.execute(f"DROP INDEX {name}")
    for table in KEYED:  # references to messages are not checked here, and not read by the measured statements
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey CASCADE")
    messages = MESSAGES.replace("CHANNELS", channels)
    spread_s = 31_000_000 / total
    for begin in range(0, total, STEP):
        await connection.execute(messages, begin, min(begin + STEP, total), spread_s)
    await connection.execute("ALTER TABLE channel_messages ADD PRIMARY KEY (channel_id, n)")
    for statement in (INDEX, "ALTER TABLE message_search ADD PRIMARY KEY (channel_id, n)", REACTIONS, FILES, MENTIONS):
        await connection.execute(statement)
    for _, definition in indexes:
        await connection.execute(definition)
    for statement in (ENDS, MARKS, "DROP TABLE bench_seats", "VACUUM ANALYZE", "CHECKPOINT"):
        await connection.execute(statement)
    await connection.close()
