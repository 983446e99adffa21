"""DMs: created when first opened, or when a call of two friends ends. Closing and reopening: `server.db.people.dms`."""

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId, new_id, pair_of
from server.db.pool import DatabaseConnection, Pool
from server.db.user_locks import lock_users

FIND = """
SELECT channel_id::text FROM channels
WHERE kind = 'dm' AND low = $1::uuid AND high = $2::uuid FOR NO KEY UPDATE
"""
FIND_ONLY = """
SELECT channel_id::text FROM channels WHERE kind = 'dm' AND low = $1::uuid AND high = $2::uuid
"""
ARE_FRIENDS = "SELECT EXISTS (SELECT FROM friendships WHERE low = $1::uuid AND high = $2::uuid)"
CREATE = """
INSERT INTO channels (channel_id, kind, low, high, created_at, last_at)
VALUES ($1::uuid, 'dm', $2::uuid, $3::uuid, at_ms($4), at_ms($4))
"""
FILL = """
INSERT INTO channel_members (channel_id, user_id, slot, joined_at)
VALUES ($1::uuid, $2::uuid, 1, at_ms($4)), ($1::uuid, $3::uuid, 2, at_ms($4))
"""


async def open_dm(pool: Pool, user: UserId, friend: UserId, *, now: int) -> tuple[str, bool]:
    """Return the DM of two friends, and whether it was created now.

    Raises:
        NotFound: they are not friends.
    """
    async with pool.transaction() as connection:
        await lock_users(connection, user, friend)
        return await ensure_dm(connection, user, friend, now=now)


async def find_dm(pool: Pool, one: UserId, other: UserId) -> str | None:
    """Return the DM of two users; None: it was never opened."""
    channel_id: str | None = await pool.fetchval(FIND_ONLY, *pair_of(one, other))
    return channel_id


async def lock_dm(connection: DatabaseConnection, one: UserId, other: UserId) -> str | None:
    """Lock the DM of two users until the transaction ends and return it; None: it was never opened."""
    channel_id: str | None = await connection.fetchval(FIND, *pair_of(one, other))
    return channel_id


async def ensure_dm(connection: DatabaseConnection, user: UserId, friend: UserId, *, now: int) -> tuple[str, bool]:
    """Return the DM of two friends, created if there was none, in the caller's transaction. Raises as `open_dm`."""
    low, high = pair_of(user, friend)
    if user == friend or not await connection.fetchval(ARE_FRIENDS, low, high):
        raise NotFound("there is no such friend")
    if (found := await lock_dm(connection, user, friend)) is not None:
        return found, False
    channel_id = new_id(now)
    await connection.execute(CREATE, channel_id, low, high, now)
    await connection.execute(FILL, channel_id, low, high, now)
    return channel_id, True
