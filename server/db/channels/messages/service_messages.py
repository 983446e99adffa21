"""Messages of the service: notices about changes of a channel, and calls. Stored in the transaction of their cause.

The caller has locked the channel row.
"""

from typing import Any

import msgspec

from matchmaker.domain.ids import UserId
from server.db.pool import DatabaseConnection

# Notices count as read for members who have read all before them; a call that exists already is not stored again.
APPEND = """
WITH moved AS (
    UPDATE channels SET last_n = last_n + 1, last_at = at_ms($5)
    WHERE channel_id = $1::uuid AND NOT EXISTS (
        SELECT FROM channel_messages WHERE channel_id = $1::uuid AND sender_id = $3::uuid AND client_id = $4)
    RETURNING last_n
)
INSERT INTO channel_messages (channel_id, n, kind, sender_id, client_id, details, sent_at)
SELECT $1::uuid, last_n, $2, $3::uuid, $4, $6::text::jsonb, at_ms($5) FROM moved RETURNING n
"""
_encode = msgspec.json.Encoder().encode


async def append_notice(
    connection: DatabaseConnection, channel_id: str, notice: str, *, now: int, **details: Any
) -> int:
    """Append a notice to a channel; return its number. *details* are ids and names, None is left out."""
    told = {"notice": notice} | {name: value for name, value in details.items() if value is not None}
    n: int = await connection.fetchval(APPEND, channel_id, "notice", None, None, now, _encode(told).decode())
    return n


async def append_call(
    connection: DatabaseConnection, channel_id: str, *, caller: UserId, call_id: str, details: dict[str, Any], now: int
) -> int | None:
    """Append the outcome of a call; return its number, None: it existed already."""
    told = _encode(details).decode()
    n: int | None = await connection.fetchval(APPEND, channel_id, "call", caller, f"call:{call_id}", now, told)
    return n
