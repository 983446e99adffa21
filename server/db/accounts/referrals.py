"""Introductions: links to a user the maker has met, and their followers. Instants are Unix milliseconds."""

from collections.abc import Sequence
from typing import Any

import msgspec

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId
from server.db.accounts.sessions import DAY_MS
from server.db.json_rows import Rows
from server.db.pool import Pool

LINK_MS = 90 * DAY_MS
"""How long a link can be followed, and how long its follower is paired first."""
REMEMBERED_MAX = 100
"""How many introductions of a user are loaded; the latest ones."""

# Met: they have a conversation in their history, one that was too brief for it, or are in a room now.
CREATE = """
INSERT INTO referral_mappings AS m (code, target_id, introducer_id, created_at, expires_at)
SELECT $3, t.user_id, i.user_id, at_ms($4), at_ms($5)
FROM users t, users i
WHERE t.user_id = $2::uuid AND i.user_id = $1::uuid AND NOT t.is_mirror
  AND (EXISTS (SELECT FROM chat_history h WHERE h.user_id = i.user_id AND h.peer_id = t.user_id)
       OR EXISTS (SELECT FROM brief_meetings b WHERE b.low = LEAST(i.user_id, t.user_id)
                                                 AND b.high = GREATEST(i.user_id, t.user_id))
       OR EXISTS (SELECT FROM room_seats a JOIN room_seats b USING (room_id)
                  WHERE a.user_id = i.user_id AND b.user_id = t.user_id))
  AND NOT EXISTS (SELECT FROM blocks x WHERE x.user_id = i.user_id AND x.target_id = t.user_id)
  AND NOT EXISTS (SELECT FROM blocks x WHERE x.user_id = t.user_id AND x.target_id = i.user_id)
ON CONFLICT (introducer_id, target_id) DO UPDATE SET
    code = CASE WHEN m.expires_at <= EXCLUDED.created_at THEN EXCLUDED.code ELSE m.code END,
    -- A new link is a new question.
    asked_until = CASE WHEN m.expires_at > EXCLUDED.created_at THEN m.asked_until END,
    opened_at = CASE WHEN m.expires_at > EXCLUDED.created_at THEN m.opened_at END,
    followed_at = CASE WHEN m.expires_at > EXCLUDED.created_at THEN m.followed_at END,
    created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
WHERE m.refused_at IS NULL AND (m.opened_at IS NOT NULL OR m.asked_until IS NULL OR m.asked_until > EXCLUDED.created_at)
RETURNING code
"""

# A link stops working while its maker or target blocks the other, and once its target has declined.
LINK = """
SELECT m.code, m.target_id::text, m.introducer_id::text, t.display_name AS target, t.gender, t.interests,
       i.display_name AS introducer, m.opened_at IS NOT NULL AS is_open, unix_ms(m.asked_until) AS asked_until,
       (SELECT count(*) FROM unnest(m.followed_at) AS f (at) WHERE f.at > at_ms($2) - interval '1 day') AS today
FROM referral_mappings m JOIN users t ON t.user_id = m.target_id JOIN users i ON i.user_id = m.introducer_id
WHERE m.code = $1 AND m.expires_at > at_ms($2) AND m.refused_at IS NULL
  AND (m.opened_at IS NOT NULL OR m.asked_until IS NULL OR m.asked_until > at_ms($2))
  AND NOT EXISTS (SELECT FROM blocks x WHERE x.user_id = m.introducer_id AND x.target_id = m.target_id)
  AND NOT EXISTS (SELECT FROM blocks x WHERE x.user_id = m.target_id AND x.target_id = m.introducer_id)
"""
QUESTIONS = Rows("n int, user_id uuid")
INTRODUCED = f"""
WITH asked AS (
    {QUESTIONS.table}
)
SELECT a.n, array_agg(x.other::text ORDER BY x.followed_at), array_agg(i.display_name ORDER BY x.followed_at)
FROM asked a, LATERAL (
    SELECT * FROM (
        SELECT f.target_id, f.introducer_id, f.followed_at FROM referral_follows f
        WHERE f.follower_id = a.user_id AND f.until_at > now()
        UNION ALL
        SELECT f.follower_id, f.introducer_id, f.followed_at FROM referral_follows f
        WHERE f.target_id = a.user_id AND f.until_at > now()
    ) AS f (other, introducer_id, followed_at)
    ORDER BY f.followed_at DESC LIMIT {REMEMBERED_MAX}
) AS x LEFT JOIN users i ON i.user_id = x.introducer_id
GROUP BY a.n
"""  # noqa: S608 - constants of this code


class LinkParties(msgspec.Struct, frozen=True, kw_only=True):
    """The users of a link, by name."""

    target: str
    introducer: str


async def create(pool: Pool, introducer: UserId, target: UserId, *, code: str, now: int) -> str:
    """Store a link of *introducer* to *target* under *code*, for 90 days; return its code.

    A link that can still be followed is extended to 90 days and keeps its code.

    Raises:
        NotFound: the users have never met, or there is no such user; the error does not reveal which.
    """
    found: str | None = await pool.fetchval(CREATE, introducer, target, code, now, now + LINK_MS)
    if found is None:
        raise NotFound("you have not met a user with this id")
    return found


async def preview(pool: Pool, code: str, *, now: int) -> LinkParties:
    """Return target and maker of a link.

    Raises:
        NotFound: there is no such link, or it has expired.
    """
    row = await pool.fetchrow(LINK, code, now)
    if row is None:
        raise NotFound("there is no such introduction, or it is over")
    return LinkParties(target=row["target"], introducer=row["introducer"])


async def read_introduced(pool: Pool, users: Sequence[UserId]) -> list[dict[UserId, str | None] | Exception]:
    """Return for each of *users* the users they were introduced to, with the introducer's name, None if deleted."""
    rows: list[Any] = await pool.fetch(INTRODUCED, QUESTIONS.pack(enumerate(users)))
    answers: list[dict[UserId, str | None] | Exception] = [{} for _ in users]
    for n, others, names in rows:
        # The first introducer of two users is named: earlier rows overwrite later ones.
        answers[n] = dict(zip(reversed(others), reversed(names), strict=True))
    return answers


async def forget_ended(pool: Pool, *, now: int) -> int:
    """Delete expired links and introductions, and return how many there were."""
    deleted = 0
    for statement in (
        # A link that was declined, or never answered, stays: its introducer cannot ask again.
        """DELETE FROM referral_mappings WHERE expires_at <= at_ms($1) AND refused_at IS NULL
           AND (opened_at IS NOT NULL OR asked_until IS NULL OR asked_until > at_ms($1))""",
        "DELETE FROM referral_requests WHERE until_at <= at_ms($1)",
        "DELETE FROM referral_follows WHERE until_at <= at_ms($1)",
    ):
        deleted += int((await pool.execute(statement, now)).removeprefix("DELETE "))
    return deleted
