"""Calls between friends in their DMs: the message of each, and the number of unanswered ones."""

from collections.abc import Sequence

import msgspec

from matchmaker.domain.errors import NotFound
from matchmaker.domain.friend_call import UNANSWERED, FriendCall
from matchmaker.domain.ids import UserId, pair_of
from server.db.channels.members.dms import ensure_dm, lock_dm
from server.db.channels.messages.service_messages import append_call
from server.db.channels.messages.views import load_changes
from server.db.channels.records import Change
from server.db.notifications import email_outbox, notification_list, notification_rows
from server.db.pool import DatabaseConnection, Pool
from server.db.user_locks import lock_users
from signaling.wire.models import NotificationObject

LEFT_MAX = 100
"""Maximum of calls per transaction after a crash."""

RECORDED = "DELETE FROM friend_calls WHERE call_id = $1::uuid"
LEFT = """
SELECT call_id::text, caller_id::text AS caller, callee_id::text AS callee, 'accepted' AS outcome, mode, live_ms
FROM friend_calls WHERE ended_at <= at_ms($1) ORDER BY ended_at LIMIT $2
"""
STANDING = """
SELECT EXISTS (SELECT FROM friendships WHERE low = $1::uuid AND high = $2::uuid) AS are_friends, ARRAY(
    SELECT unix_ms(m.sent_at) FROM channels c JOIN channel_messages m ON m.channel_id = c.channel_id
    WHERE c.kind = 'dm' AND c.low = $1::uuid AND c.high = $2::uuid AND m.kind = 'call' AND m.sender_id = $3::uuid
      AND m.sent_at > at_ms($4) AND m.details->>'outcome' = ANY ($5::text[]) ORDER BY m.n DESC LIMIT $6) AS ended
"""


class RecordedCall(msgspec.Struct, frozen=True, kw_only=True):
    """The message of a call, as it was stored."""

    change: Change
    is_new_dm: bool
    """Whether the DM was created for it."""
    notification: NotificationObject | None
    """The notification of the callee who missed it."""


async def record_call(pool: Pool, call: FriendCall, *, now: int) -> RecordedCall | None:
    """Store the outcome of a call in the DM of its users, and the notification of a missed one, in one transaction.

    None: it was stored before, or they are no longer friends and have no DM.
    """
    async with pool.transaction() as connection:
        await connection.execute(RECORDED, call.call_id)
        await lock_users(connection, call.caller, call.callee)
        channel_id, created = await lock_dm(connection, call.caller, call.callee), False
        if channel_id is None:
            try:
                channel_id, created = await ensure_dm(connection, call.caller, call.callee, now=now)
            except NotFound:
                return None
        live_s = None if call.live_ms is None else call.live_ms / 1_000
        details = {"outcome": call.outcome, "live_s": live_s, "mode": call.mode}
        n = await append_call(
            connection, channel_id, caller=call.caller, call_id=call.call_id, details=details, now=now
        )
        if n is None:
            return None
        return RecordedCall(
            change=(await load_changes(connection, [(channel_id, n)], is_new=True))[channel_id, n],
            is_new_dm=created,
            notification=await _missed(connection, call, now=now) if call.outcome in UNANSWERED else None,
        )


async def _missed(connection: DatabaseConnection, call: FriendCall, *, now: int) -> NotificationObject | None:
    details = {"mode": call.mode, "outcome": call.outcome}
    name = await notification_rows.add(
        connection, call.callee, "missed_call", about=call.caller, details=details, now=now
    )
    await email_outbox.add(connection, call.callee, "missed_call", subject=call.call_id, now=now)
    return None if name is None else await notification_list.one(connection, call.callee, name)


async def left_calls(pool: Pool, *, before: int) -> list[FriendCall]:
    """Return calls that ended at or before *before* and whose message is missing, the oldest first."""
    return [msgspec.convert(dict(row), FriendCall) for row in await pool.fetch(LEFT, before, LEFT_MAX)]


async def unanswered(pool: Pool, caller: UserId, callee: UserId, *, since: int, limit: int) -> Sequence[int] | None:
    """Return when the latest unanswered calls of *caller* ended after *since*, newest first; None: they are not
    friends.
    """
    row = await pool.fetchrow(STANDING, *pair_of(caller, callee), caller, since, sorted(UNANSWERED), limit)
    assert row is not None
    return list(row["ended"]) if row["are_friends"] else None
