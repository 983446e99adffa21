"""Channels as a drill audits them: read-only, as of one instant, without the server."""

from collections.abc import Sequence

import asyncpg
import msgspec

from matchmaker.domain.ids import UserId, pair_of

PERMANENT = "UPDATE users SET password_hash = 'none' WHERE user_id = ANY ($1::text[]::uuid[])"
BEFRIEND = """
INSERT INTO friendships (low, high, since_at) SELECT low, high, now()
FROM unnest($1::text[]::uuid[], $2::text[]::uuid[]) AS t (low, high) ON CONFLICT DO NOTHING
"""
MESSAGES = """
SELECT channel_id::text, n, sender_id::text, client_id FROM channel_messages ORDER BY channel_id, n
"""
ENDS = "SELECT channel_id::text, last_n FROM channels"
ERASURES = "SELECT count(*) FROM message_erasures"
TEXTS_OF = """
SELECT count(*) FROM channel_messages m JOIN unnest($1::text[]::uuid[], $2::bigint[]) AS t (channel_id, n)
    ON m.channel_id = t.channel_id AND m.n = t.n
WHERE m.body <> '' OR m.deleted_at IS NULL
"""
USERS = "SELECT user_id::text FROM users WHERE user_id = ANY ($1::text[]::uuid[])"
MARKS = "SELECT channel_id::text, user_id::text, delivered_n, read_n FROM channel_members"


class StoredSend(msgspec.Struct, frozen=True):
    """A row of `channel_messages`."""

    channel_id: str
    n: int
    sender: str | None
    client_id: str | None


class ChannelBooks(msgspec.Struct, frozen=True):
    """All channel data that a drill checks."""

    messages: list[StoredSend]
    """By channel and number."""
    ends: dict[str, int]
    """`last_n` of each channel."""
    marks: dict[tuple[str, str], tuple[int, int]]
    """By channel and member: marks of delivery and reading."""


async def read_books(dsn: str) -> ChannelBooks:
    """Return all channels, messages and marks as of one instant. Raises what asyncpg raises."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            messages = await connection.fetch(MESSAGES)
            ends = await connection.fetch(ENDS)
            marks = await connection.fetch(MARKS)
    finally:
        await connection.close()
    return ChannelBooks(
        messages=[StoredSend(*row) for row in messages],
        ends={row[0]: row[1] for row in ends},
        marks={(row[0], row[1]): (row[2], row[3]) for row in marks},
    )


async def read_marks(dsn: str) -> dict[tuple[str, str], tuple[int, int]] | None:
    """Return the marks as of now; None: the database does not answer."""
    try:
        connection = await asyncpg.connect(dsn, timeout=2)
        try:
            return {(row[0], row[1]): (row[2], row[3]) for row in await connection.fetch(MARKS, timeout=2)}
        finally:
            await connection.close(timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


async def forget_password(dsn: str, user: UserId) -> None:
    """Let *user* act without a password."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("UPDATE users SET password_hash = NULL WHERE user_id = $1::uuid", user)
    finally:
        await connection.close()


async def erasures(dsn: str) -> int:
    """Return how many deleted users have messages that are yet to be emptied. Raises what asyncpg raises."""
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval(ERASURES))
    finally:
        await connection.close()


async def left_over(dsn: str, users: Sequence[str], messages: Sequence[tuple[str, int]]) -> tuple[list[str], int]:
    """Return which of *users* still have an account, and how many of *messages* still have their text."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(USERS, list(users))
        texts = await connection.fetchval(TEXTS_OF, [name for name, _ in messages], [n for _, n in messages])
        return [row[0] for row in rows], int(texts)
    finally:
        await connection.close()


async def befriend(dsn: str, pairs: Sequence[tuple[UserId, UserId]]) -> None:
    """Make users permanent friends, as if they had met and sent each other requests."""
    ordered = [pair_of(*pair) for pair in pairs]
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(PERMANENT, list({user for pair in ordered for user in pair}))
        await connection.execute(BEFRIEND, [low for low, _ in ordered], [high for _, high in ordered])
    finally:
        await connection.close()
