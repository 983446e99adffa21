"""The answer of a target to an introduction: it opens the link, or closes it for good. Instants are Unix
milliseconds.
"""

import msgspec

from matchmaker.domain.errors import NotFound, StateConflict
from matchmaker.domain.ids import UserId, new_id
from server.db.accounts.referral_follows import INTRODUCTION, QUESTION, TELL
from server.db.accounts.referrals import LINK_MS
from server.db.pool import Pool

ASKED = """
SELECT code, about_id::text, accepted, unix_ms(until_at) AS until_at FROM referral_notifications
WHERE notification_id = $1::uuid AND user_id = $2::uuid AND kind = $3 FOR UPDATE
"""
ANSWER = """
UPDATE referral_notifications SET accepted = $2, answered_at = at_ms($3), read_at = COALESCE(read_at, at_ms($3))
WHERE notification_id = $1::uuid
"""
REFUSE = """
WITH refused AS (
    UPDATE referral_mappings SET refused_at = at_ms($2) WHERE code = $1 RETURNING code
)
DELETE FROM referral_requests r USING refused WHERE r.code = refused.code
"""
OPEN = """
UPDATE referral_mappings m SET opened_at = at_ms($2)
WHERE m.code = $1 AND m.expires_at > at_ms($2) AND m.refused_at IS NULL
  AND NOT EXISTS (SELECT FROM blocks x WHERE x.user_id = m.introducer_id AND x.target_id = m.target_id)
  AND NOT EXISTS (SELECT FROM blocks x WHERE x.user_id = m.target_id AND x.target_id = m.introducer_id)
RETURNING m.introducer_id::text, (SELECT display_name FROM users WHERE user_id = m.introducer_id) AS introducer
"""
# A block in the meantime holds: these users are marked introduced, but neither notified nor paired.
INTRODUCE = """
WITH waiting AS (
    DELETE FROM referral_requests WHERE code = $1 RETURNING follower_id, requested_at
), introduced AS (
    INSERT INTO referral_follows (follower_id, code, target_id, introducer_id, followed_at, until_at)
    SELECT follower_id, $1, $2::uuid, $3::uuid, requested_at, at_ms($4) FROM waiting
    ON CONFLICT (follower_id, code) DO NOTHING
)
SELECT w.follower_id::text,
       NOT EXISTS (SELECT FROM blocks x WHERE x.user_id = $2::uuid AND x.target_id = w.follower_id)
       AND NOT EXISTS (SELECT FROM blocks x WHERE x.user_id = w.follower_id AND x.target_id = $2::uuid) AS is_told
FROM waiting w ORDER BY w.requested_at, w.follower_id
"""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The followers that a yes has introduced."""

    introducer: str = ""
    """The name of the introducer."""
    followers: tuple[UserId, ...] = ()
    notifications: tuple[str, ...] = ()
    """The notification to the target about followers that the question did not show."""


async def answer(pool: Pool, user: UserId, notification_id: str, *, accept: bool, now: int) -> Opened:
    """Store the answer of *user* to the question whether followers may be introduced to them; idempotent.

    Raises:
        NotFound: they have no such question.
        StateConflict: it has been answered otherwise, or it expired, which counts as a no.
    """
    async with pool.transaction() as connection:
        asked = await connection.fetchrow(ASKED, notification_id, user, QUESTION)
        if asked is None:
            raise NotFound("there is no such question")
        known = asked["accepted"]
        if known is None and asked["until_at"] <= now:
            known = False
        if known is not None:
            if known != accept:
                raise StateConflict(
                    "this question has been answered" if asked["accepted"] is not None else "it is too late"
                )
            return Opened()
        await connection.execute(ANSWER, notification_id, accept, now)
        code = asked["code"]
        if not accept:
            await connection.execute(REFUSE, code, now)
            return Opened()
        opened = await connection.fetchrow(OPEN, code, now)
        if opened is None:
            return Opened()
        introducer = opened["introducer_id"]
        rows = await connection.fetch(INTRODUCE, code, user, introducer, now + LINK_MS)
        told = [(new_id(now), follower) for follower, is_told in rows if is_told and follower != asked["about_id"]]
        await connection.executemany(
            TELL, [(name, user, INTRODUCTION, follower, introducer, now, None, None) for name, follower in told]
        )
    return Opened(
        introducer=opened["introducer"],
        followers=tuple(UserId(follower) for follower, _ in rows),
        notifications=tuple(name for name, _ in told),
    )
