"""Limits of attempts, counted so that a restart resets none. Instants and windows are milliseconds."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from server.db.pool import Pool

# Exact: at most so many within any window, because the instants are kept, not a count. The row locks serialize
# concurrent attempts.
SPEND = "SELECT refused, unix_ms(free_at) FROM spend_attempt($1, $2, at_ms($3), at_ms($4) - at_ms(0))"
REFUND = """
WITH locked AS (SELECT digest FROM rate_limits WHERE digest = ANY ($1::bytea[]) ORDER BY digest FOR UPDATE)
UPDATE rate_limits r SET spent_at = r.spent_at[:array_position(r.spent_at, at_ms($2)) - 1]
    || r.spent_at[array_position(r.spent_at, at_ms($2)) + 1:]
FROM locked WHERE r.digest = locked.digest AND at_ms($2) = ANY (r.spent_at)
"""
SPENT = """
SELECT COALESCE((SELECT count(*) FROM rate_limits r, unnest(r.spent_at) s
                 WHERE r.digest = a.digest AND s > at_ms($2)), 0)
FROM unnest($1::bytea[]) WITH ORDINALITY AS a (digest, place) ORDER BY a.place
"""
FORGET = """
DELETE FROM rate_limits WHERE digest IN (
    SELECT digest FROM rate_limits WHERE until_at <= at_ms($1) LIMIT $2 FOR UPDATE SKIP LOCKED
)
"""


class Count(NamedTuple):
    """One row that an attempt is counted in."""

    digest: bytes
    limit: int
    """How many attempts fit into the window."""


class Full(NamedTuple):
    """Why an attempt was not counted."""

    place: int
    """Index of the count that is over its limit; of several, the one with the longest wait."""
    wait_ms: int
    """In how many milliseconds it will have room."""


async def spend(source: Pool | asyncpg.Connection, counts: Sequence[Count], *, window: int, now: int) -> Full | None:
    """Count an attempt in every one of *counts* and return None; or count it nowhere and return the limit exceeded.

    Raises:
        Unavailable: the database cannot count now; the attempt must not be made.
    """
    digests, limits = [one.digest for one in counts], [one.limit for one in counts]
    row = await source.fetchrow(SPEND, digests, limits, now, window)
    assert row is not None
    refused, free_at = row
    return None if refused is None else Full(refused - 1, max(1, free_at - now))


async def refund(pool: Pool, digests: Sequence[bytes], *, at: int) -> None:
    """Undo an attempt that `spend` counted at the instant *at* for *digests*. Raises `Unavailable`."""
    await pool.execute(REFUND, digests, at)


async def spent(pool: Pool, digests: Sequence[bytes], *, window: int, now: int) -> list[int]:
    """Return how many attempts each of *digests* has within *window*. Raises `Unavailable`."""
    return [row[0] for row in await pool.fetch(SPENT, digests, now - window)]


async def forget(pool: Pool, *, now: int, limit: int = 10_000) -> int:
    """Delete up to *limit* expired rows, and return how many there were."""
    tag = await pool.execute(FORGET, now, limit)
    return int(tag.removeprefix("DELETE "))
