"""Payments: each counts once, however often a provider reports it."""

from typing import Literal

import asyncpg

from matchmaker.domain.ids import UserId
from server.db.pool import Pool

Provider = Literal["generic", "stripe"]
Outcome = Literal["paid", "kept", "unknown_user", "repeated"]
"""paid: access was raised · kept: recorded, access was as high already · unknown_user: recorded without a user ·
repeated: recorded before."""

# The row makes it happen once: the second transaction waits for the first, then finds the row. Users with access by an
# invite code who pay keep what they paid for; access is never lowered.
TAKE = """
WITH taken AS (
    INSERT INTO payments (provider, payment_id, user_id, received_at)
    SELECT $1, $2, (SELECT user_id FROM users WHERE user_id = $3::uuid), at_ms($4)
    ON CONFLICT (provider, payment_id) DO NOTHING
    RETURNING user_id
), raised AS (
    UPDATE users u SET access = 'paid' FROM taken t
    WHERE u.user_id = t.user_id AND u.access IN ('unpaid', 'grace')
    RETURNING u.user_id
)
SELECT (SELECT count(*) FROM taken) = 1 AS is_new, (SELECT user_id FROM taken) IS NOT NULL AS is_known,
       (SELECT count(*) FROM raised) = 1 AS is_raised
"""


async def take(pool: Pool, provider: Provider, payment_id: str, *, user: UserId, now: int) -> Outcome:
    """Record a payment of *user*, and raise their access from `unpaid` or `grace` to `paid`; once per payment.

    Only an exact repetition by the same provider counts as repeated: two providers may use the same id.
    """
    try:
        row = await pool.fetchrow(TAKE, provider, payment_id, user, now)
    except asyncpg.ForeignKeyViolationError:
        # The account was deleted in between: the payment is recorded without a user.
        row = await pool.fetchrow(TAKE, provider, payment_id, user, now)
    assert row is not None
    if not row["is_new"]:
        return "repeated"
    if not row["is_known"]:
        return "unknown_user"
    return "paid" if row["is_raised"] else "kept"
