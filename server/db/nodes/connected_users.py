"""Connected users, for operators and for e-mail; no rule reads them. Instants are Unix milliseconds."""

from collections.abc import Mapping

from matchmaker.domain.ids import UserId
from server.db.pool import Pool

# A user who left this node may be connected to another by now: only rows of this node are deleted.
WRITE = """
WITH gone AS (
    DELETE FROM connected_users WHERE user_id = ANY ($1::uuid[]) AND node_id = $4
)
INSERT INTO connected_users AS c (user_id, session_id, node_id, connected_at)
SELECT u, s, $4, at_ms($5) FROM unnest($2::uuid[], $3::uuid[]) AS x (u, s) ORDER BY u
ON CONFLICT (user_id) DO UPDATE SET session_id = EXCLUDED.session_id, node_id = EXCLUDED.node_id,
    connected_at = EXCLUDED.connected_at
    WHERE c.node_id <> EXCLUDED.node_id OR c.session_id <> EXCLUDED.session_id
"""
# Rows of dead nodes.
SWEEP = """
WITH dead AS (
    DELETE FROM connected_users c
    WHERE c.node_id <> $1 AND NOT EXISTS (SELECT FROM nodes n WHERE n.node_id = c.node_id AND n.left_at IS NULL
                                             AND n.seen_at > at_ms($2::bigint - 60000))
)
SELECT count(*) FROM connected_users WHERE node_id = $1
"""
REST = "DELETE FROM connected_users WHERE node_id = $1 AND user_id <> ALL ($2::uuid[])"


async def write(
    pool: Pool, node: str, *, connected: Mapping[UserId, str], disconnected: list[UserId], now: int
) -> None:
    """Store which users are connected to *node*, each with the login session, and delete those that no longer are."""
    await pool.execute(WRITE, disconnected, list(connected), list(connected.values()), node, now)


async def sweep(pool: Pool, node: str, *, now: int) -> int:
    """Delete the rows of dead nodes; return how many users of *node* are stored."""
    return int(await pool.fetchval(SWEEP, node, now))


async def write_all(pool: Pool, node: str, *, connected: Mapping[UserId, str], now: int) -> None:
    """Store all users of *node* again, and delete those that are not among them."""
    await pool.execute(REST, node, list(connected))
    await write(pool, node, connected=connected, disconnected=[], now=now)
