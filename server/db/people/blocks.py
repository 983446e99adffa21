"""Blocks: pairs of users that do not see or meet each other."""

import asyncpg
import msgspec

from matchmaker.domain.errors import Invalid, NotFound
from matchmaker.domain.ids import UserId
from server.db.people import friendships
from server.db.pool import Pool
from server.db.user_locks import lock_users

BLOCK = """
INSERT INTO blocks (user_id, target_id, since_at)
SELECT $1::uuid, u.user_id, at_ms($3) FROM users u WHERE u.user_id = $2::uuid
ON CONFLICT (user_id, target_id) DO UPDATE SET unlisted = false WHERE blocks.unlisted
"""
# The origins of the account so far: newer accounts of these origins are excluded as well.
ORIGINS = """
INSERT INTO block_origins (user_id, target_id, kind, digest, since_at, until_at)
SELECT $1::uuid, o.user_id, o.kind, o.digest, at_ms($3), at_ms($3 + $4::bigint)
FROM login_origins o WHERE o.user_id = $2::uuid AND $4 > 0
ON CONFLICT (user_id, target_id, kind, digest) DO NOTHING
"""
# The blocked user followed a link to the blocker: the introduction ends.
LINKS = """
UPDATE referral_mappings m SET expires_at = GREATEST(at_ms($3), m.created_at + interval '1 ms')
WHERE m.target_id = $1::uuid AND m.expires_at > at_ms($3)
  AND (EXISTS (SELECT FROM referral_follows f WHERE f.code = m.code AND f.follower_id = $2::uuid)
       OR EXISTS (SELECT FROM referral_requests r WHERE r.code = m.code AND r.follower_id = $2::uuid))
"""
UNBLOCK = """
WITH block AS (
    DELETE FROM blocks WHERE user_id = $1::uuid AND target_id = $2::uuid
), origins AS (
    DELETE FROM block_origins WHERE user_id = $1::uuid AND target_id = $2::uuid
)
DELETE FROM block_newcomers WHERE user_id = $1::uuid AND target_id = $2::uuid RETURNING other_id::text
"""


class BlockedUser(msgspec.Struct, frozen=True, kw_only=True):
    """A blocked user, as the blocker sees them."""

    user_id: UserId
    display_name: str
    since_at: int
    """Unix milliseconds."""


async def block(pool: Pool, user: UserId, target: UserId, *, now: int, newcomers_ms: int) -> None:
    """Store that *user* blocks *target*, and for *newcomers_ms* newer accounts of their origins; idempotent.

    Raises:
        NotFound: there is no such person.
        Invalid: a user cannot block their own account.
    """
    try:
        async with pool.transaction() as connection:
            await store(connection, user, target, now=now, newcomers_ms=newcomers_ms)
            if not await connection.fetchval("SELECT EXISTS (SELECT FROM users WHERE user_id = $1::uuid)", target):
                raise NotFound("there is no such person")
    except asyncpg.ForeignKeyViolationError:
        raise NotFound("there is no such person") from None
    except asyncpg.CheckViolationError:
        raise Invalid("user_id", "you cannot block yourself") from None


async def store(connection: asyncpg.Connection, user: UserId, target: UserId, *, now: int, newcomers_ms: int) -> None:
    """Store a block in a transaction; nothing for a *target* that does not exist. Raises what PostgreSQL raises.

    It ends friendship and requests of the two, and closes their DM.
    """
    await lock_users(connection, user, target)
    await friendships.end_all_between(connection, user, target, now=now)
    await connection.execute(BLOCK, user, target, now)
    await connection.execute(ORIGINS, user, target, now, newcomers_ms)
    await connection.execute(LINKS, user, target, now)


async def unblock(pool: Pool, user: UserId, target: UserId) -> set[UserId]:
    """Remove the block of *target* by *user*; idempotent. Return *target* and every other user it had excluded."""
    return {target, *(UserId(row[0]) for row in await pool.fetch(UNBLOCK, user, target))}


async def forget_newcomers(pool: Pool, *, now: int) -> int:
    """Delete expired exclusions of newer accounts, and return how many rows there were."""
    tags = [
        await pool.execute("DELETE FROM block_newcomers WHERE until_at <= at_ms($1)", now),
        await pool.execute("DELETE FROM block_origins WHERE until_at <= at_ms($1)", now),
    ]
    return sum(int(tag.removeprefix("DELETE ")) for tag in tags)


async def blocks_of(pool: Pool, user: UserId) -> list[BlockedUser]:
    """Return the users that *user* has blocked, the latest first."""
    rows = await pool.fetch(
        """SELECT b.target_id::text AS user_id, u.display_name, unix_ms(b.since_at) AS since_at
           FROM blocks b JOIN users u ON u.user_id = b.target_id
           WHERE b.user_id = $1::uuid AND NOT b.unlisted ORDER BY b.since_at DESC, b.target_id""",
        user,
    )
    return [BlockedUser(user_id=user_id, display_name=name, since_at=since_at) for user_id, name, since_at in rows]
