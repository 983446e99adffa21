"""Established accounts: those whose reports count towards a ban (product.md, section 1)."""

import asyncpg

from matchmaker.domain.ids import UserId
from server.db.pool import Pool

COMPLETIONS = 2
"""Number of completions with users of other networks that establish an account immediately."""
AGE_MS = 24 * 3_600_000
"""Age from which one completion establishes an account."""

ESTABLISHED = f"""
SELECT u.email_verified_at IS NOT NULL OR u.completions >= {COMPLETIONS}
    OR (u.created_at <= at_ms($2::bigint - {AGE_MS})
        AND EXISTS (SELECT FROM session_completions c WHERE c.user_id = u.user_id))
FROM users u WHERE u.user_id = $1::uuid
"""  # noqa: S608 - constants of this code


async def is_established(source: Pool | asyncpg.Connection, user: UserId, *, now: int) -> bool:
    """Return whether the account of *user* is established at *now*; False for one that does not exist."""
    return bool(await source.fetchval(ESTABLISHED, user, now))
