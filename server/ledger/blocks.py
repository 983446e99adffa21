"""Blocks: who has made whom invisible to each other."""

import asyncpg
import msgspec

from matchmaker.errors import Invalid, NotFound
from matchmaker.ids import UserId
from server.ledger.pool import Pool


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a person has blocked."""

    user_id: UserId
    display_name: str
    since_at: int
    """Unix milliseconds."""


async def block(pool: Pool, user: UserId, target: UserId, *, now: int) -> None:
    """Store that *user* blocks *target*; idempotent.

    Raises:
        NotFound: there is no such person.
        Invalid: one cannot block oneself.
    """
    try:
        await pool.execute(
            """INSERT INTO blocks (user_id, target_id, since_at) VALUES ($1::uuid, $2::uuid, at_ms($3))
               ON CONFLICT (user_id, target_id) DO NOTHING""",
            user,
            target,
            now,
        )
    except asyncpg.ForeignKeyViolationError:
        raise NotFound("there is no such person") from None
    except asyncpg.CheckViolationError:
        raise Invalid("user_id", "one cannot block oneself") from None


async def unblock(pool: Pool, user: UserId, target: UserId) -> None:
    """Take *user*'s block of *target* back; idempotent."""
    await pool.execute("DELETE FROM blocks WHERE user_id = $1::uuid AND target_id = $2::uuid", user, target)


async def blocks_of(pool: Pool, user: UserId) -> list[Block]:
    """Return whom *user* has blocked, the latest first."""
    rows = await pool.fetch(
        """SELECT b.target_id::text AS user_id, u.display_name, unix_ms(b.since_at) AS since_at
           FROM blocks b JOIN users u ON u.user_id = b.target_id
           WHERE b.user_id = $1::uuid ORDER BY b.since_at DESC, b.target_id""",
        user,
    )
    return [Block(user_id=user_id, display_name=name, since_at=since_at) for user_id, name, since_at in rows]
