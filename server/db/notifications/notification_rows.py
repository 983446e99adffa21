"""Writing notifications, in the transaction of their cause, as far as the user wants them."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec

from matchmaker.domain.ids import UserId, new_id

ADD = """
INSERT INTO referral_notifications (notification_id, user_id, kind, about_id, payload, created_at)
SELECT $1::uuid, u.user_id, $3, a.user_id, $5::jsonb, at_ms($6)
FROM users u LEFT JOIN users a ON a.user_id = $4::uuid
WHERE u.user_id = $2::uuid
  AND NOT EXISTS (SELECT FROM notification_settings s WHERE s.user_id = u.user_id AND s.kind = $3 AND NOT s.live)
RETURNING notification_id::text
"""


async def add(
    connection: asyncpg.Connection,
    user: UserId,
    kind: str,
    *,
    about: UserId | None = None,
    details: Mapping[str, Any] | None = None,
    now: int,
) -> str | None:
    """Store a notification of *kind* for *user*; return its id, None: they switched the kind off, or are deleted."""
    payload = msgspec.json.encode(details or {}).decode()
    name: str | None = await connection.fetchval(ADD, new_id(now), user, kind, about, payload, now)
    return name
