"""Limited attempts, counted so that a restart forgets none. Instants and windows are milliseconds."""

from server.ledger.pool import Pool

# Exact: at most $3 within any window of $4, because the instants are kept, not a count. The row's lock makes two
# attempts at once two attempts.
SPEND = """
INSERT INTO rate_limits AS r (digest, spent_at, until_at) VALUES ($1, ARRAY[at_ms($2)], at_ms($2 + $4))
ON CONFLICT (digest) DO UPDATE SET
    spent_at = (r.spent_at || at_ms($2))[GREATEST(1, cardinality(r.spent_at) + 2 - $3):], until_at = at_ms($2 + $4)
WHERE cardinality(r.spent_at) < $3 OR r.spent_at[cardinality(r.spent_at) - $3 + 1] <= at_ms($2 - $4)
RETURNING true
"""
FREE_AT = "SELECT unix_ms(spent_at[cardinality(spent_at) - $2 + 1]) FROM rate_limits WHERE digest = $1"
FORGET = """
DELETE FROM rate_limits WHERE digest IN (SELECT digest FROM rate_limits WHERE until_at <= at_ms($1) LIMIT $2)
"""


async def spend(pool: Pool, digest: bytes, *, many: int, window: int, now: int) -> int:
    """Count an attempt and return 0; or, when it is one too many, count nothing and return in how long it will not be.

    Raises:
        Unavailable: nobody can count now; then nobody may try either.
    """
    if await pool.fetchval(SPEND, digest, now, many, window):
        return 0
    oldest: int | None = await pool.fetchval(FREE_AT, digest, many)
    return 1 if oldest is None else max(1, oldest + window - now)


async def forget(pool: Pool, *, now: int, limit: int = 10_000) -> int:
    """Remove up to *limit* rows that mean nothing any more, and return how many there were."""
    tag = await pool.execute(FORGET, now, limit)
    return int(tag.removeprefix("DELETE "))
