"""Every table has a time after which its rows go, written down and held; and what would go can be counted first."""

import re
from pathlib import Path

from server.config.loader import variable
from server.config.settings import Settings
from server.db.pool import Pool
from server.db.retention.prune import prune
from server.db.retention.prune_preview import forecast
from server.domain.retention import Retention
from tests.db.users import Accounts

DAY_MS = 86_400_000
KEEP = Retention(guests_ms=30 * DAY_MS, history_ms=365 * DAY_MS, notifications_ms=180 * DAY_MS)
PAGE = Path(__file__).parents[3] / "docs" / "retention.md"

# Two of everything that expires: one expired, one not. $1, $2: two users.
PAST_AND_FUTURE = """
WITH at AS (SELECT now() + n * interval '400 days' AS at, n FROM unnest('{-1, 1}'::int[]) AS n),
s AS (INSERT INTO sessions (session_id, user_id, token_hash, expires_at)
    SELECT gen_random_uuid(), $1::uuid, sha256(n::text::bytea), at FROM at),
l AS (INSERT INTO letters (user_id, purpose, token_hash, sent_at, expires_at)
    SELECT $1::uuid, CASE n WHEN 1 THEN 'verify' ELSE 'reset' END, sha256(n::text::bytea), now(), at FROM at),
m AS (INSERT INTO referral_mappings (code, target_id, introducer_id, created_at, expires_at)
    SELECT lpad((n + 1)::text, 10, '0'), CASE n WHEN 1 THEN $1::uuid ELSE $2::uuid END,
           CASE n WHEN 1 THEN $2::uuid ELSE $1::uuid END, at - interval '90 days', at FROM at),
q AS (INSERT INTO referral_requests (follower_id, code, requested_at, until_at)
    SELECT $1::uuid, n::text, now(), at FROM at),
f AS (INSERT INTO referral_follows (follower_id, code, target_id, followed_at, until_at)
    SELECT $1::uuid, n::text, $2::uuid, at, at FROM at),
n AS (INSERT INTO referral_notifications (notification_id, user_id, kind, created_at)
    SELECT gen_random_uuid(), $1::uuid, 'followed', at FROM at),
c AS (INSERT INTO cooldowns (low, high, until_at)
    SELECT LEAST($1::uuid, $2::uuid), GREATEST($1::uuid, $2::uuid), at FROM at WHERE n = -1),
r AS (INSERT INTO rate_limits (digest, spent_at, until_at)
    SELECT substr(sha256(n::text::bytea), 1, 16), '{}', at FROM at),
i AS (INSERT INTO ip_bans (ip_ban_id, network, until_at, created_at)
    SELECT gen_random_uuid(), ('10.0.0.' || n + 1)::cidr, at, now() FROM at),
e AS (INSERT INTO reports (report_id, reporter_id, reported_id, room_id, category, session_data, created_at, status,
                           decided_at, keep_until)
    SELECT gen_random_uuid(), gen_random_uuid(), $1::uuid, gen_random_uuid(), 'x', '{}', now(), 'confirmed',
           now(), at FROM at),
b AS (INSERT INTO brief_meetings (low, high, room_id, chat_mode, started_at, ended_at, live_ms)
    SELECT LEAST($1::uuid, $2::uuid), GREATEST($1::uuid, $2::uuid), gen_random_uuid(), 'text', at, at, 0 FROM at),
d AS (INSERT INTO departed_people (digest, user_id, departed_at)
    SELECT substr(sha256('a'), 1, 16), md5(n::text)::uuid, now() FROM at),
t AS (INSERT INTO departed_ties (user_id, other_id, kind, until_at)
    SELECT md5(n::text)::uuid, $1::uuid, 'cooldown', at FROM at),
o AS (INSERT INTO login_origins (user_id, kind, digest, first_seen_at, last_seen_at)
    SELECT $1::uuid, 'network', substr(sha256(n::text::bytea), 1, 16), at, at FROM at),
w AS (INSERT INTO block_origins (user_id, target_id, kind, digest, since_at, until_at)
    SELECT $1::uuid, $2::uuid, 'network', substr(sha256(n::text::bytea), 1, 16), at, at FROM at),
v AS (INSERT INTO block_newcomers (user_id, other_id, target_id, until_at)
    SELECT $1::uuid, $2::uuid, gen_random_uuid(), at FROM at),
g AS (INSERT INTO direct_invites (invite_id, inviter_id, invitee_id, mode, created_at, ended_at, inviter, invitee)
    SELECT gen_random_uuid(), $1::uuid, $2::uuid, 'text', at, at, '{}', '{}' FROM at),
p AS (INSERT INTO nodes (node_id, started_at, seen_at) SELECT n::text, at, at FROM at),
fr AS (INSERT INTO friend_requests (from_id, to_id, asked_at, until_at)
    SELECT CASE WHEN n = -1 THEN $1 ELSE $2 END::uuid, CASE WHEN n = -1 THEN $2 ELSE $1 END::uuid,
           at - interval '1 hour', at FROM at),
ch AS (INSERT INTO channels (channel_id, kind, low, high, created_at, last_n, last_at)
    SELECT gen_random_uuid(), 'dm', LEAST($1::uuid, $2::uuid), GREATEST($1::uuid, $2::uuid), at, 3, at FROM at
    WHERE n = -1 RETURNING channel_id),
cm AS (INSERT INTO channel_messages (channel_id, n, sender_id, client_id, sent_at)
    SELECT channel_id, n + 2, $1::uuid, n::text, at FROM at, ch),
cv AS (INSERT INTO message_versions (channel_id, n, version, body, replaced_at, until_at)
    SELECT channel_id, n + 2, 1, 'hello', at, at FROM at, ch),
h AS (INSERT INTO chat_history (user_id, room_id, peer_id, chat_mode, started_at, ended_at, live_ms, end_reason,
                                message_count)
    SELECT $1::uuid, gen_random_uuid(), $2::uuid, 'text', at, at, 60000, 'hangup', 1 FROM at)
INSERT INTO room_messages (message_id, room_id, sender_id, client_id, body, sent_at)
SELECT lpad((n + 2)::text, 32, '0')::uuid, gen_random_uuid(), $1::uuid, '1', 'hello', at FROM at
"""


async def test_preview_counts_what_prune_deletes(pool: Pool, accounts: Accounts) -> None:
    await pool.execute(PAST_AND_FUTURE, accounts["ada"], accounts["bob"])
    await pool.execute("UPDATE users SET created_at = now() - interval '40 days'")
    now: int = await pool.fetchval("SELECT unix_ms(now())")
    foretold = await forecast(pool, KEEP, now=now)
    assert await forecast(pool, KEEP, now=now) == foretold, "looking changes nothing"
    assert foretold == await prune(pool, KEEP, now=now)
    # There are two rows of ties, three of links; three of the four users have no session.
    assert foretold == dict.fromkeys(foretold, 1) | {
        "departed people": 2,
        "introductions": 3,
        "newcomers": 2,
        "reports": 3,
        "guests": 3,
    }
    assert set((await forecast(pool, KEEP, now=now)).values()) == {0}


async def test_tables_kept_for_ever_are_not_in_the_preview(pool: Pool, accounts: Accounts) -> None:
    forever = Retention(guests_ms=None, history_ms=None, notifications_ms=None)
    assert not {"guests", "messages", "history", "notifications"} & (await forecast(pool, forever, now=10**14)).keys()


async def test_every_table_is_on_the_page(pool: Pool) -> None:
    rows = [line.split("|") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row[1])}
    there = {row[0] for row in await pool.fetch("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")}
    assert told == there
    settings = {variable(field) for field in Settings.__struct_fields__}
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row[4])} <= settings
