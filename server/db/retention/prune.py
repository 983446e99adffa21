"""Retention: deletion of expired data. Walks whole tables, a window at a time, once a day."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from matchmaker.domain.errors import VersionConflict
from matchmaker.domain.ids import UserId
from server.db.accounts import email_tokens, login_origins, referrals
from server.db.accounts.sessions import Sessions
from server.db.channels import retention as channel_retention
from server.db.moderation import reports
from server.db.nodes import heartbeats
from server.db.notifications import email_outbox
from server.db.people import blocks, friend_requests
from server.db.pool import Pool
from server.db.retention import account_deletion
from server.db.rooms import cooldowns
from server.db.safety import ip_bans, rate_limits
from server.domain.retention import Retention

Forget = Callable[..., Awaitable[int]]

WINDOW = 2_000
"""Rows read by one statement: a few milliseconds, so that it blocks no other."""
FIRST = "00000000-0000-0000-0000-000000000000"

# User ids are random: the walk over them covers the whole table. A guest whose sessions have ended can never return: no
# account can request it any more.
GUESTS = """
WITH seen AS (
    SELECT user_id, password_hash, is_mirror, created_at FROM users WHERE user_id > $1::uuid ORDER BY user_id LIMIT $3
)
SELECT (SELECT max(user_id::text) FROM seen), ARRAY(
    SELECT s.user_id::text FROM seen s
    WHERE s.created_at <= at_ms($2) AND s.password_hash IS NULL AND NOT s.is_mirror
      AND NOT EXISTS (SELECT FROM sessions t WHERE t.user_id = s.user_id))
"""
# Message ids are in the order of time, so this walk ends where the rows become young enough. An open room keeps its
# messages.
MESSAGES = """
WITH seen AS (
    SELECT message_id, room_id, sent_at FROM room_messages WHERE message_id > $1::uuid ORDER BY message_id LIMIT $3
), deleted AS (
    DELETE FROM room_messages m USING seen s
    WHERE m.message_id = s.message_id AND s.sent_at <= at_ms($2)
      AND NOT EXISTS (SELECT FROM active_rooms r WHERE r.room_id = s.room_id)
    RETURNING m.message_id
)
SELECT (SELECT count(*) FROM deleted), (SELECT max(message_id::text) FROM seen),
       (SELECT bool_or(sent_at > at_ms($2)) FROM seen)
"""
HISTORY = """
DELETE FROM chat_history h USING (
    SELECT user_id, room_id FROM chat_history WHERE started_at <= at_ms($1) LIMIT $2
) AS old WHERE h.user_id = old.user_id AND h.room_id = old.room_id
"""
NOTIFICATIONS = """
DELETE FROM referral_notifications WHERE notification_id IN (
    SELECT notification_id FROM referral_notifications WHERE created_at <= at_ms($1) LIMIT $2)
"""


async def prune(pool: Pool, retention: Retention, *, now: int) -> dict[str, int]:
    """Delete everything that has expired; return how many rows of each kind, where they are counted.

    Raises:
        Unavailable: the database went away; what was deleted until then stays deleted, the rest is left for later.
    """
    removed = {
        "sessions": await Sessions(pool).sweep(now=now),
        "letters": await email_tokens.forget(pool, now=now),
        "departed people": await account_deletion.prune(pool, now=now),
        "introductions": await referrals.forget_ended(pool, now=now),
        "ip bans": await ip_bans.forget(pool, now=now),
        "nodes": await heartbeats.forget(pool, now=now),
        "cooldowns": await _all(cooldowns.forget_ended, pool, now=now),
        "rate limits": await _all(rate_limits.forget, pool, now=now),
        "login origins": await _all(login_origins.forget, pool, now=now),
        "friend requests": await _all(friend_requests.forget, pool, now=now),
        "newcomers": await blocks.forget_newcomers(pool, now=now),
        "reports": await reports.forget(pool, now=now),
    }
    removed["earlier texts"] = await channel_retention.forget_versions(pool, now=now)
    if retention.channels_ms is not None:
        removed["channel messages"] = await channel_retention.forget_messages(pool, before=now - retention.channels_ms)
    if retention.guests_ms is not None:
        removed["guests"] = await _guests(pool, before=now - retention.guests_ms, now=now)
    if retention.history_ms is not None:
        removed["messages"] = await _messages(pool, before=now - retention.history_ms)
        removed["history"] = await _in_parts(pool, HISTORY, before=now - retention.history_ms)
    if retention.emails_ms is not None:
        removed["emails"] = await _all(email_outbox.forget, pool, before=now - retention.emails_ms)
    if retention.notifications_ms is not None:
        removed["notifications"] = await _in_parts(pool, NOTIFICATIONS, before=now - retention.notifications_ms)
    return removed


async def _all(forget: Forget, pool: Pool, **when: int) -> int:
    """Call *forget*, which deletes a limited number of rows, until none are left; return how many there were."""
    removed = 0
    while deleted := await forget(pool, **when):
        removed += deleted
    return removed


async def _guests(pool: Pool, *, before: int, now: int) -> int:
    removed, upto = 0, FIRST
    while True:
        [(last, guests)] = await pool.fetch(GUESTS, upto, before, WINDOW)
        for user in guests:
            with suppress(VersionConflict):  # They have verified an address in the meantime.
                await account_deletion.leave(pool, UserId(user), address=None, digest=None, now=now)
                removed += 1
        if last is None:
            return removed
        upto = last


async def _messages(pool: Pool, *, before: int) -> int:
    removed, upto = 0, FIRST
    while True:
        [(count, last, is_over)] = await pool.fetch(MESSAGES, upto, before, WINDOW)
        removed += int(count)
        if last is None or is_over:
            return removed
        upto = last


async def _in_parts(pool: Pool, statement: str, *, before: int) -> int:
    removed, last = 0, WINDOW
    while last == WINDOW:
        last = int((await pool.execute(statement, before, WINDOW)).removeprefix("DELETE "))
        removed += last
    return removed
