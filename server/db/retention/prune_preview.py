"""A preview of `prune`: counts, without deleting."""

from typing import Final

from server.db.accounts.login_origins import KEEP_MS
from server.db.channels.retention import ENDED_VERSIONS, OLD_MESSAGES
from server.db.moderation.reports import WEEK_MS
from server.db.nodes.heartbeats import FORGET_MS
from server.db.pool import Pool
from server.db.rooms.meetings import INVITE_KEEP_MS
from server.domain.retention import Retention

PATIENCE_S: Final = 3_600.0
"""Seconds; counting reads whole tables, is started by hand, and blocks no other statement."""

ENDED: Final = {
    "sessions": "SELECT count(*) FROM sessions WHERE expires_at <= at_ms($1)",
    "letters": "SELECT count(*) FROM letters WHERE expires_at <= at_ms($1)",
    "departed people": """
        SELECT (SELECT count(*) FROM departed_ties WHERE until_at <= at_ms($1)) + (
            SELECT count(*) FROM departed_people d
            WHERE NOT EXISTS (SELECT FROM departed_ties t WHERE t.user_id = d.user_id
                                 AND (t.until_at IS NULL OR t.until_at > at_ms($1)))
              AND NOT EXISTS (SELECT FROM ban_records b WHERE b.user_id = d.user_id AND b.lifted_at IS NULL
                                 AND (b.until_at IS NULL OR b.until_at > at_ms($1)))
              AND NOT EXISTS (SELECT FROM reports r WHERE r.reported_id = d.user_id AND r.status = 'open'))""",
    "introductions": """
        SELECT (SELECT count(*) FROM referral_mappings WHERE expires_at <= at_ms($1) AND refused_at IS NULL
                   AND (opened_at IS NOT NULL OR asked_until IS NULL OR asked_until > at_ms($1)))
             + (SELECT count(*) FROM referral_requests WHERE until_at <= at_ms($1))
             + (SELECT count(*) FROM referral_follows WHERE until_at <= at_ms($1))""",
    "cooldowns": "SELECT count(*) FROM cooldowns WHERE until_at <= at_ms($1)",
    "rate limits": "SELECT count(*) FROM rate_limits WHERE until_at <= at_ms($1)",
    "ip bans": "SELECT count(*) FROM ip_bans WHERE until_at <= at_ms($1)",
    "login origins": f"SELECT count(*) FROM login_origins WHERE last_seen_at <= at_ms($1::bigint - {KEEP_MS})",  # noqa: S608 - a constant
    "friend requests": "SELECT count(*) FROM friend_requests WHERE until_at <= at_ms($1)",
    "newcomers": """
        SELECT (SELECT count(*) FROM block_newcomers WHERE until_at <= at_ms($1))
             + (SELECT count(*) FROM block_origins WHERE until_at <= at_ms($1))""",
    "reports": f"""
        SELECT (SELECT count(*) FROM reports WHERE keep_until <= at_ms($1))
             + (SELECT count(*) FROM brief_meetings WHERE ended_at <= at_ms($1::bigint - {WEEK_MS}))
             + (SELECT count(*) FROM direct_invites WHERE ended_at <= at_ms($1::bigint - {INVITE_KEEP_MS}))""",  # noqa: S608 - a constant
    "earlier texts": ENDED_VERSIONS,
    "nodes": f"SELECT count(*) FROM nodes WHERE seen_at < at_ms($1::bigint - {FORGET_MS})",  # noqa: S608 - a constant
}
"""Tables whose rows have a column with their end."""
OLD: Final = {
    "messages": """
        SELECT count(*) FROM room_messages m WHERE sent_at <= at_ms($1)
           AND NOT EXISTS (SELECT FROM active_rooms r WHERE r.room_id = m.room_id)""",
    "history": "SELECT count(*) FROM chat_history WHERE started_at <= at_ms($1)",
    "channel messages": OLD_MESSAGES,
    "emails": "SELECT count(*) FROM email_outbox WHERE done_at <= at_ms($1)",
    "notifications": "SELECT count(*) FROM referral_notifications WHERE created_at <= at_ms($1)",
}
"""Rows that are old enough at an instant."""
GUESTS: Final = """
SELECT count(*) FROM users u
WHERE u.created_at <= at_ms($2) AND u.password_hash IS NULL AND NOT u.is_mirror
  AND NOT EXISTS (SELECT FROM sessions t WHERE t.user_id = u.user_id AND t.expires_at > at_ms($1))
"""


async def forecast(pool: Pool, retention: Retention, *, now: int) -> dict[str, int]:
    """Return how many rows `prune` would delete now, by the names that it uses.

    What goes along with a guest (their blocks, their side of the history) is not counted.

    Raises:
        Unavailable: the database went away.
    """
    questions: dict[str, tuple[str, tuple[int, ...]]] = {name: (text, (now,)) for name, text in ENDED.items()}
    kept = {
        "messages": retention.history_ms,
        "history": retention.history_ms,
        "channel messages": retention.channels_ms,
        "emails": retention.emails_ms,
        "notifications": retention.notifications_ms,
    }
    for name, kept_ms in kept.items():
        if kept_ms is not None:
            questions[name] = (OLD[name], (now - kept_ms,))
    if retention.guests_ms is not None:
        questions["guests"] = (GUESTS, (now, now - retention.guests_ms))
    async with pool.transaction() as connection:
        await connection.execute("SET TRANSACTION READ ONLY")
        for setting, value in {"statement_timeout": "0", "enable_seqscan": "on", "enable_hashjoin": "on"}.items():
            await connection.execute(f"SET LOCAL {setting} = {value}")
        return {
            name: await connection.fetchval(text, *arguments, timeout=PATIENCE_S)
            for name, (text, arguments) in questions.items()
        }
