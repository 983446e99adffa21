"""Login origins: the networks and devices from which accounts were used, as keyed digests."""

from collections.abc import Sequence
from typing import Literal

import asyncpg
import msgspec

from matchmaker.domain.ids import UserId
from server.db.pool import Pool

Kind = Literal["network", "device"]

KEEP_MS = 30 * 86_400_000
"""How long an origin is kept after it was last seen (product.md, section 1)."""
EXACT_MS = 3_600_000
"""`last_seen_at` is moved at most this often, so that an origin in steady use is written once an hour."""
DAY_MS = 86_400_000
ORIGINS_MAX = 64
"""Origins kept per account and kind; the least recently seen are dropped first."""

# Known origins are not even locked: most were recorded within the hour already. The mirror has none.
NOTE = f"""
WITH seen AS (
    SELECT DISTINCT ON (user_id, kind, digest) *
    FROM unnest($1::text[]::uuid[], $2::text[], $3::bytea[]) AS s (user_id, kind, digest)
), noted AS (
    INSERT INTO login_origins AS o (user_id, kind, digest, first_seen_at, last_seen_at)
    SELECT s.user_id, s.kind, s.digest, at_ms($4), at_ms($4)
    FROM seen s JOIN users u ON u.user_id = s.user_id AND NOT u.is_mirror
    WHERE NOT EXISTS (SELECT FROM login_origins k WHERE k.user_id = s.user_id AND k.kind = s.kind
                         AND k.digest = s.digest AND k.last_seen_at > at_ms($4 - {EXACT_MS}))
    ORDER BY 1, 2, 3
    ON CONFLICT (user_id, kind, digest) DO UPDATE SET last_seen_at = GREATEST(o.last_seen_at, EXCLUDED.last_seen_at)
    RETURNING o.user_id, o.kind, o.digest
), evicted AS (
    DELETE FROM login_origins o USING (SELECT DISTINCT user_id, kind FROM noted) AS n
    WHERE o.user_id = n.user_id AND o.kind = n.kind AND o.digest IN (
        SELECT k.digest FROM login_origins k WHERE k.user_id = n.user_id AND k.kind = n.kind
        ORDER BY k.last_seen_at DESC OFFSET {ORIGINS_MAX - 1})
)
-- Accounts newer than a block of a user with the same origin are kept apart from the blocker.
INSERT INTO block_newcomers (user_id, other_id, target_id, until_at)
SELECT b.user_id, n.user_id, b.target_id, max(b.until_at)
FROM noted n JOIN users u ON u.user_id = n.user_id JOIN block_origins b ON b.digest = n.digest AND b.kind = n.kind
WHERE u.created_at > b.since_at AND b.until_at > at_ms($4) AND b.user_id <> n.user_id AND b.target_id <> n.user_id
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
ON CONFLICT (user_id, other_id, target_id) DO NOTHING
RETURNING user_id::text, other_id::text
"""  # noqa: S608 - constants of this code
KNOWN = f"""
SELECT EXISTS (SELECT FROM login_origins WHERE user_id = $1::uuid AND kind = $2 AND digest = $3
               AND last_seen_at > at_ms($4 - {KEEP_MS}))
"""  # noqa: S608 - constants of this code
# Zero if any network exists, which is found first.
USERS_WITHOUT_NETWORK = """
SELECT CASE WHEN EXISTS (SELECT FROM login_origins WHERE kind = 'network') THEN 0 ELSE (
    SELECT count(*) FROM (SELECT DISTINCT s.user_id FROM sessions s JOIN users u USING (user_id)
                          WHERE s.last_seen_at > at_ms($1) AND NOT u.is_mirror LIMIT 100) AS seen) END
"""
FORGET = """
DELETE FROM login_origins WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM login_origins WHERE last_seen_at <= at_ms($1) LIMIT $2)) AND last_seen_at <= at_ms($1)
"""


class Origin(msgspec.Struct, frozen=True):
    """A network or a device, as a digest."""

    kind: Kind
    digest: bytes


async def record(
    source: Pool | asyncpg.Connection, seen: Sequence[tuple[UserId, Origin]], *, now: int
) -> list[tuple[UserId, UserId]]:
    """Store that accounts were used from these origins at *now*; accounts that do not exist are skipped.

    Returns pairs of users that are excluded from now on: the blocker of a user of an origin, and a newer account of it.
    """
    rows = await source.fetch(
        NOTE,
        [user for user, _ in seen],
        [origin.kind for _, origin in seen],
        [origin.digest for _, origin in seen],
        now,
    )
    return [(UserId(user), UserId(other)) for user, other in rows]


async def is_known(pool: Pool, user: UserId, origin: Origin, *, now: int) -> bool:
    """Return whether the account of *user* was used from *origin* within the last 30 days."""
    return bool(await pool.fetchval(KNOWN, user, origin.kind, origin.digest, now))


async def forget(pool: Pool, *, now: int, limit: int = 10_000) -> int:
    """Delete up to *limit* origins that were last seen 30 days ago, and return how many there were."""
    return int((await pool.execute(FORGET, now - KEEP_MS, limit)).removeprefix("DELETE "))


async def users_without_network(pool: Pool, *, now: int) -> int:
    """Return how many users were active within a day, up to 100, if no account was seen from any network; else 0.

    Raises:
        Unavailable: the database cannot be reached.
    """
    count: int = await pool.fetchval(USERS_WITHOUT_NETWORK, now - DAY_MS)
    return count
