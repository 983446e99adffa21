"""Friendships as a drill audits them: read-only, without the server."""

from collections.abc import Sequence

import asyncpg
import msgspec

from matchmaker.domain.ids import UserId

PERMANENT = "UPDATE users SET password_hash = 'none' WHERE user_id = ANY ($1::text[]::uuid[])"
FRIENDSHIPS = "SELECT low::text, high::text FROM friendships"
REQUESTS = "SELECT count(*) FROM friend_requests"
NOTIFIED = "SELECT user_id::text, about_id::text FROM referral_notifications WHERE kind = 'friend_added'"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


class FriendBooks(msgspec.Struct, frozen=True, kw_only=True):
    """All data of friends that a drill checks."""

    friendships: set[tuple[str, str]]
    requests: int
    """Requests that are left."""
    notified: list[tuple[str, str]]
    """By user and friend: notifications that they are friends."""
    deadlocks: int
    """Transactions of this database that a deadlock has ended."""


async def make_permanent(dsn: str, users: Sequence[UserId]) -> None:
    """Give users permanent accounts."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(PERMANENT, list(users))
    finally:
        await connection.close()


async def read_friend_books(dsn: str) -> FriendBooks:
    """Return all friendships and what came of requests. Raises what asyncpg raises."""
    connection = await asyncpg.connect(dsn)
    try:
        return FriendBooks(
            friendships={(row[0], row[1]) for row in await connection.fetch(FRIENDSHIPS)},
            requests=await connection.fetchval(REQUESTS),
            notified=[(row[0], row[1]) for row in await connection.fetch(NOTIFIED)],
            deadlocks=await connection.fetchval(DEADLOCKS),
        )
    finally:
        await connection.close()
