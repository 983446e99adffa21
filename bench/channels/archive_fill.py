"""A database with this number of messages, as of a service after some years: written in order of time, indexed,
analyzed.

User 0 is in 1,000 of 10,000 channels: 800 DMs, the first of which has a twentieth of all messages, and 200 groups.
"""

import asyncpg

CHANNELS, MINE, DMS, GROUP, USERS = 10_000, 1_000, 800, 10, 2_000
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
# The members of channel `c`, by place: two of a DM, ten of a group. All DMs have different pairs.
SEATS = f"""
CREATE TABLE bench_seats AS
SELECT c, slot, CASE WHEN c < {DMS} THEN 2 WHEN c < {MINE} THEN {GROUP} ELSE 2 END AS size,
    md5('u' || CASE
        WHEN c < {DMS} THEN CASE slot WHEN 1 THEN 0 ELSE c + 1 END
        WHEN c < {MINE} THEN CASE slot WHEN 1 THEN 0 ELSE 1 + (c * 9 + slot) % ({USERS} - 1) END
        WHEN slot = 1 THEN 1 + c % ({USERS} / 2 - 1)
        ELSE {USERS} / 2 + (c % ({USERS} / 2 - 1) + c / ({USERS} / 2 - 1)) % ({USERS} / 2)
    END)::uuid AS user_id
FROM generate_series(0, {CHANNELS} - 1) AS c,
    LATERAL generate_series(1, CASE WHEN c >= {DMS} AND c < {MINE} THEN {GROUP} ELSE 2 END) AS slot
"""
MAKE = f"""
WITH pair AS (
    SELECT c, LEAST(min(user_id::text), max(user_id::text))::uuid AS low, max(user_id::text)::uuid AS high
    FROM bench_seats WHERE size = 2 GROUP BY c
), made AS (
    INSERT INTO channels (channel_id, kind, low, high, name, created_at, last_at)
    SELECT md5('c' || c)::uuid, CASE WHEN p.c IS NULL THEN 'group' ELSE 'dm' END, low, high,
        CASE WHEN p.c IS NULL THEN 'Group ' || s.c END, now() - interval '1 year', now() - interval '1 year'
    FROM generate_series(0, {CHANNELS} - 1) AS s (c) LEFT JOIN pair p USING (c)
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
MESSAGES = f"""
INSERT INTO channel_messages (channel_id, n, sender_id, client_id, body, sent_at)
SELECT md5('c' || c)::uuid, n, user_id, i::text,
    concat_ws(' ', CASE WHEN i % 2 = 0 THEN 'hello' END, 'word' || i * 7919 % 5000, 'term' || i * 104729 % 20000,
        'shall we talk again tomorrow at', i % 24, CASE WHEN i % 10007 = 0 THEN 'rare' END),
    now() - interval '1 year' + i * ($3::float8 * interval '1 second')
FROM (
    SELECT i, CASE WHEN i % 20 = 0 THEN 0 ELSE 1 + (i / 20 * 19 + i % 20 - 1) % ({CHANNELS} - 1) END AS c,
        CASE WHEN i % 20 = 0 THEN i / 20 ELSE (i / 20 * 19 + i % 20 - 1) / ({CHANNELS} - 1) END + 1 AS n
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
# In three of ten channels up to 150 messages are unread.
MARKS = """
UPDATE channel_members m SET read_n = x.n, delivered_n = c.last_n
FROM channels c, LATERAL (SELECT CASE WHEN random() < 0.3 THEN GREATEST(0, c.last_n - (random() * 150)::int)
                                 ELSE c.last_n END AS n) AS x
WHERE c.channel_id = m.channel_id
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = $1::regclass AND NOT indisprimary
"""
TABLES = ("channel_messages", "message_search")


async def fill(dsn: str, total: int) -> None:
    """Write *total* messages into the migrated, empty database at *dsn*."""
    connection = await asyncpg.connect(dsn, command_timeout=None)
    for statement in SETTINGS:
        await connection.execute(statement)
    await connection.execute(PEOPLE, USERS)
    for statement in (SEATS, MAKE, FRIENDS):
        await connection.execute(statement)
    indexes = [row for table in TABLES for row in await connection.fetch(INDEXES, table)]
    for name, _ in indexes:
        await connection.execute(f"DROP INDEX {name}")
    for table in TABLES:  # references to messages are not checked here, and not read by the measured statements
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey CASCADE")
    spread_s = 31_000_000 / total
    for begin in range(0, total, STEP):
        await connection.execute(MESSAGES, begin, min(begin + STEP, total), spread_s)
    await connection.execute("ALTER TABLE channel_messages ADD PRIMARY KEY (channel_id, n)")
    await connection.execute(INDEX)
    await connection.execute("ALTER TABLE message_search ADD PRIMARY KEY (channel_id, n)")
    for _, definition in indexes:
        await connection.execute(definition)
    for statement in (ENDS, MARKS, "DROP TABLE bench_seats", "VACUUM ANALYZE", "CHECKPOINT"):
        await connection.execute(statement)
    await connection.close()
