"""Notification settings: choices that differ from the defaults of the kinds."""

from collections.abc import Mapping

from matchmaker.domain.ids import UserId
from server.db.pool import Pool
from server.domain.people.notification_kinds import Choice, Kind

CHOSEN = "SELECT kind, live, email FROM notification_settings WHERE user_id = $1::uuid"
CHOOSE = """
INSERT INTO notification_settings (user_id, kind, live, email)
SELECT u.user_id, c.kind, c.live, c.email
FROM users u, unnest($2::text[], $3::boolean[], $4::boolean[]) AS c (kind, live, email) WHERE u.user_id = $1::uuid
ON CONFLICT (user_id, kind) DO UPDATE SET live = EXCLUDED.live, email = EXCLUDED.email
"""
# Only kinds that are on by default, or were switched on, are switched off.
STOP = """
INSERT INTO notification_settings (user_id, kind, live, email)
SELECT u.user_id, $2, true, false FROM users u WHERE u.user_id = $1::uuid
ON CONFLICT (user_id, kind) DO UPDATE SET email = false
"""


async def chosen(pool: Pool, user: UserId) -> dict[str, Choice]:
    """Return the choices of *user*, by kind."""
    rows = await pool.fetch(CHOSEN, user)
    return {kind: Choice(live=live, email=email) for kind, live, email in rows}


async def choose(pool: Pool, user: UserId, choices: Mapping[Kind, Choice]) -> None:
    """Store *choices* of *user*, by kind; others stay."""
    kinds = list(choices)
    await pool.execute(
        CHOOSE, user, kinds, [choices[kind].live for kind in kinds], [choices[kind].email for kind in kinds]
    )


async def stop_email(pool: Pool, user: UserId, kind: str) -> None:
    """Store that *user* wants no more e-mail of *kind*. Idempotent."""
    await pool.execute(STOP, user, kind)
