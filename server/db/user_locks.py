"""Advisory locks of users: changes of two users about each other are serialized. The commit releases them.

Lock order everywhere: users (by key), then channel rows (by id), then the rest. Rows of `users` are never locked:
ending a room updates both rows in any order.
"""

import asyncpg

from matchmaker.domain.ids import UserId
from server.db.pool import ADVISORY_WAITS

LOCK = f"""
SELECT {ADVISORY_WAITS}, pg_advisory_xact_lock(k) FROM (
    SELECT DISTINCT hashtextextended(u, 15) AS k FROM unnest($1::text[]) AS u ORDER BY 1
) AS keys
"""  # noqa: S608 - a constant


async def lock_users(connection: asyncpg.Connection, *users: UserId) -> None:
    """Take the advisory lock of each of *users*, in the order of their keys, until the transaction ends."""
    await connection.execute(LOCK, list(users))
