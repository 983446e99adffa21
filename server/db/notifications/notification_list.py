"""Notifications: events that a user gets now or when they return. Instants are Unix milliseconds."""

import asyncpg
import msgspec

from matchmaker.domain.ids import UserId
from server.db.pool import Pool
from server.db.profile_rows import profile_of
from signaling.wire.models import IntroducerObject as Introducer
from signaling.wire.models import NotificationObject as Notification

NEWEST = "ffffffff-ffff-ffff-ffff-ffffffffffff"

# Not about users whom the user has blocked. About those who have blocked the user what was told stays, as after an
# unfriend; but nobody is introduced to them.
_SHOWN = """NOT EXISTS (SELECT FROM blocks x WHERE x.user_id = n.user_id AND x.target_id = n.about_id)
  AND NOT (n.kind IN ('introduction', 'introduction_request') AND EXISTS (
      SELECT FROM blocks x WHERE x.user_id = n.about_id AND x.target_id = n.user_id))
  AND NOT EXISTS (SELECT FROM notification_settings c WHERE c.user_id = n.user_id AND c.kind = n.kind AND NOT c.live)"""
LIST = f"""
SELECT n.notification_id::text, n.kind, n.payload::text, unix_ms(n.created_at) AS created_at,
       unix_ms(n.read_at) AS read_at, p.user_id::text, p.display_name, p.gender, p.interests, i.display_name AS by,
       unix_ms(n.until_at) AS until_at, n.accepted
FROM referral_notifications n
LEFT JOIN users p ON p.user_id = n.about_id LEFT JOIN users i ON i.user_id = n.introducer_id
WHERE n.user_id = $1::uuid AND n.notification_id < $2::uuid
  AND {_SHOWN}
ORDER BY n.notification_id DESC LIMIT $3
"""  # noqa: S608 - constants of this code
ONE = LIST.replace("n.notification_id < $2::uuid", "n.notification_id = $2::uuid")

READ = """
UPDATE referral_notifications SET read_at = COALESCE(read_at, at_ms($3))
WHERE notification_id = $2::uuid AND user_id = $1::uuid RETURNING 1
"""


UNREAD = f"""
SELECT count(*) FROM referral_notifications n
WHERE n.user_id = $1::uuid AND n.read_at IS NULL
  AND {_SHOWN}
"""  # noqa: S608 - constants of this code
READ_UP_TO = """
UPDATE referral_notifications SET read_at = at_ms($3)
WHERE user_id = $1::uuid AND notification_id <= $2::uuid AND read_at IS NULL
"""


async def unread(pool: Pool, user: UserId) -> int:
    """Return how many notifications in the list of *user* are unread."""
    return int(await pool.fetchval(UNREAD, user))


async def read_up_to(pool: Pool, user: UserId, notification_id: str, *, now: int) -> None:
    """Record that *user* has read every notification up to that id; idempotent."""
    await pool.execute(READ_UP_TO, user, notification_id, now)


async def of(pool: Pool, user: UserId, *, before: str | None, limit: int) -> list[Notification]:
    """Return the last *limit* notifications of *user* before the one of this id, newest first."""
    return [_notification(row) for row in await pool.fetch(LIST, user, before or NEWEST, limit)]


async def one(source: Pool | asyncpg.Connection, user: UserId, notification_id: str) -> Notification | None:
    """Return one notification of *user*; None: they have none with this id."""
    row = await source.fetchrow(ONE, user, notification_id, 1)
    return None if row is None else _notification(row)


async def read(pool: Pool, user: UserId, notification_id: str, *, now: int) -> bool:
    """Record that *user* has read a notification; idempotent. False: they have none with this id."""
    return await pool.fetchval(READ, user, notification_id, now) is not None


def _notification(row: asyncpg.Record) -> Notification:
    return Notification(
        notification_id=row["notification_id"],
        kind=row["kind"],
        created_at=row["created_at"],
        read_at=row["read_at"],
        person=None if row["user_id"] is None else profile_of(row),
        introduced_by=None if row["by"] is None else Introducer(display_name=row["by"]),
        until_at=row["until_at"],
        accepted=row["accepted"],
        details=msgspec.json.decode(row["payload"]),
    )
