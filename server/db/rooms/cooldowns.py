"""Cooldowns: pairs that must not be matched before a time. They are only extended, except after calls that failed."""

from collections.abc import Sequence

import msgspec

from matchmaker.domain.ids import Pair, UserId
from matchmaker.domain.timing import FOREVER
from server.db.json_rows import Rows
from server.db.pool import Pool

QUESTIONS = Rows("n int, user_id uuid, now bigint")
AVOIDED = f"""
WITH asked AS (
    {QUESTIONS.table}
)
SELECT a.n, array_agg(x.other::text), array_agg(x.until_ms)
FROM asked a, LATERAL (
    SELECT c.high, unix_ms(c.until_at) FROM cooldowns c WHERE c.low = a.user_id AND c.until_at > at_ms(a.now)
    UNION ALL
    SELECT c.low, unix_ms(c.until_at) FROM cooldowns c WHERE c.high = a.user_id AND c.until_at > at_ms(a.now)
    UNION ALL
    SELECT b.target_id, {FOREVER} FROM blocks b WHERE b.user_id = a.user_id
    UNION ALL
    SELECT b.user_id, {FOREVER} FROM blocks b WHERE b.target_id = a.user_id
    UNION ALL
    SELECT n.other_id, {FOREVER} FROM block_newcomers n WHERE n.user_id = a.user_id AND n.until_at > at_ms(a.now)
    UNION ALL
    SELECT n.user_id, {FOREVER} FROM block_newcomers n WHERE n.other_id = a.user_id AND n.until_at > at_ms(a.now)
) AS x (other, until_ms)
GROUP BY a.n
"""  # noqa: S608 - constants of this code

WISHES = Rows("n int, low uuid, high uuid, until_ms bigint")
# Nothing is kept of a deleted account.
LENGTHEN = f"""
WITH asked AS (
    {WISHES.table}
), kept AS (
    INSERT INTO cooldowns AS c (low, high, until_at)
    SELECT a.low, a.high, at_ms(a.until_ms)
    FROM asked a JOIN users l ON l.user_id = a.low JOIN users h ON h.user_id = a.high ORDER BY a.low, a.high
    ON CONFLICT (low, high) DO UPDATE SET until_at = GREATEST(c.until_at, EXCLUDED.until_at)
    RETURNING low, high, until_at
)
SELECT a.n, unix_ms(k.until_at) FROM asked a JOIN kept k USING (low, high)
"""  # noqa: S608 - constants of this code

OF = """
SELECT other::text, unix_ms(until_at) FROM (
    SELECT high, until_at, unlisted_until FROM cooldowns WHERE low = $1::uuid AND until_at > at_ms($2)
    UNION ALL
    SELECT low, until_at, unlisted_until FROM cooldowns WHERE high = $1::uuid AND until_at > at_ms($2)
) AS c (other, until_at, unlisted_until)
WHERE unlisted_until IS NULL OR until_at > unlisted_until
ORDER BY c.until_at, other
"""

# Checked twice, for cooldowns that are extended in between.
FORGET = """
DELETE FROM cooldowns
WHERE ctid = ANY (ARRAY(SELECT ctid FROM cooldowns WHERE until_at <= at_ms($1) LIMIT $2)) AND until_at <= at_ms($1)
"""


class Cooldown(msgspec.Struct, frozen=True, kw_only=True):
    """A user in a cooldown, as the other one sees them."""

    user_id: UserId
    until_at: int
    """Unix milliseconds."""


class Question(msgspec.Struct, frozen=True, gc=False):
    """Users that *user* must not be matched with at *now*."""

    user: UserId
    now: int


async def read_avoided(pool: Pool, questions: Sequence[Question]) -> list[dict[UserId, int] | Exception]:
    """Return for each question the users to exclude, and until when; a block lasts `timing.FOREVER`."""
    rows = await pool.fetch(AVOIDED, QUESTIONS.pack((n, q.user, q.now) for n, q in enumerate(questions)))
    answers: list[dict[UserId, int] | Exception] = [{} for _ in questions]
    for n, others, untils in rows:
        answers[n] = _latest(others, untils)
    return answers


async def lengthen(pool: Pool, wishes: Sequence[tuple[Pair, int]]) -> list[int | Exception]:
    """Extend the cooldown of each pair to at least its instant; return the ends. No pair occurs twice."""
    rows = await pool.fetch(LENGTHEN, WISHES.pack((n, *pair, until) for n, (pair, until) in enumerate(wishes)))
    answers: list[int | Exception] = [until for _, until in wishes]
    for n, until in rows:
        answers[n] = until
    return answers


async def cooldowns_of(pool: Pool, user: UserId, *, now: int) -> list[Cooldown]:
    """Return the users in a cooldown with *user*, the earliest end first."""
    rows = await pool.fetch(OF, user, now)
    return [Cooldown(user_id=user_id, until_at=until_at) for user_id, until_at in rows]


async def forget_ended(pool: Pool, *, now: int, limit: int = 10_000) -> int:
    """Delete up to *limit* expired cooldowns, and return how many there were.

    It reads the table: an index on the instant would cost every call more than the sweep costs in an hour.
    """
    tag = await pool.execute(FORGET, now, limit)
    return int(tag.removeprefix("DELETE "))


def _latest(others: Sequence[UserId], untils: Sequence[int]) -> dict[UserId, int]:
    answer = dict(zip(others, untils, strict=True))
    if len(answer) < len(others):  # a cooldown with a user that is blocked as well
        for other, until in zip(others, untils, strict=True):
            answer[other] = max(answer[other], until)
    return answer
