"""Evidence of a report about a channel message: the message, its neighbours, their earlier versions and files."""

from typing import Any

import asyncpg
import msgspec

from server.db.channels.access import SEEN
from server.db.pool import DatabaseConnection
from server.domain.ban_policy import ReportSubmission

NEIGHBOURS = 20
HELD_MS = 10 * 365 * 86_400_000
"""How long files are held at most; the decision sets the end."""

# Both must be, or have been, in the channel, and the reporter must be able to read the message. Without a number it is
# the latest message of the reported user that the reporter can read; without a channel, the latest channel that both
# share.
SHARED = """
SELECT m.channel_id::text
FROM channel_members m JOIN channel_members o USING (channel_id) JOIN channels c USING (channel_id)
WHERE m.user_id = $1::uuid AND o.user_id = $2::uuid AND COALESCE(m.left_n, c.last_n) > o.joined_n
  AND COALESCE(o.left_n, c.last_n) > m.joined_n
ORDER BY c.last_at DESC LIMIT 1
"""
LATEST = """
SELECT max(n) FROM channel_messages
WHERE channel_id = $1::uuid AND sender_id = $2::uuid AND n > $3 AND n <= $4
"""
SENDER = "SELECT sender_id::text FROM channel_messages WHERE channel_id = $1::uuid AND n = $2"
WAS_MEMBER = "SELECT EXISTS (SELECT FROM channel_members WHERE channel_id = $1::uuid AND user_id = $2::uuid)"
MESSAGES = f"""
SELECT m.n, m.sender_id::text AS "from", m.body, unix_ms(m.sent_at) AS sent_at, unix_ms(m.edited_at) AS edited_at,
    unix_ms(m.deleted_at) AS deleted_at,
    (SELECT COALESCE(json_agg(json_build_object(
                'body', v.body, 'replaced_at', unix_ms(v.replaced_at)) ORDER BY v.version), '[]')
     FROM message_versions v WHERE v.channel_id = m.channel_id AND v.n = m.n)::text AS versions,
    (SELECT COALESCE(json_agg(json_build_object('attachment_id', a.attachment_id, 'name', a.name,
                'media_type', a.media_type, 'bytes', a.bytes) ORDER BY a.created_at), '[]')
     FROM attachments a WHERE a.channel_id = m.channel_id AND a.n = m.n)::text AS attachments
FROM channel_messages m
WHERE m.channel_id = $1::uuid AND m.kind <> 'notice' AND m.n > $3 AND m.n <= $4
  AND m.n BETWEEN $2::bigint - {NEIGHBOURS} AND $2::bigint + {NEIGHBOURS}
ORDER BY m.n
"""  # noqa: S608 - constants of this code
NAMES = """
SELECT user_id::text, jsonb_build_object('display_name', display_name, 'interests', to_jsonb(interests))::text
FROM users WHERE user_id IN ($1::uuid, $2::uuid)
"""
CREATED = "SELECT unix_ms(created_at) FROM channels WHERE channel_id = $1::uuid"
HOLD = """
UPDATE attachments SET hold_until = at_ms($2)
WHERE attachment_id = ANY ($1::text[]::uuid[]) AND (hold_until IS NULL OR hold_until < at_ms($2))
"""
# The decision: files held for these reports are released with it.
LET_GO = """
UPDATE attachments SET hold_until = at_ms($2) WHERE attachment_id IN (
    SELECT (f->>'attachment_id')::uuid FROM reports r,
        jsonb_path_query(r.session_data, '$.messages[*].attachments[*]') AS f
    WHERE r.report_id = ANY ($1::text[]::uuid[]) AND r.channel_id IS NOT NULL)
"""


class SharedChannelEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The channel that two users share, and the evidence, as JSON."""

    channel_id: str
    n: int | None
    snapshot: str


async def find(connection: DatabaseConnection, report: ReportSubmission) -> SharedChannelEvidence | None:
    """Return the evidence of *report* about a channel, whose files are held from now on; None: they share no
    channel.
    """
    channel_id = report.channel_id or await connection.fetchval(SHARED, report.by, report.about)
    if channel_id is None:
        return None
    row = await connection.fetchrow(SEEN, channel_id, report.by)
    if row is None:
        return None
    above, upto = row["joined_n"], row["last_n"] if row["left_n"] is None else row["left_n"]
    n = report.channel_n
    if n is not None:
        if not above < n <= upto or await connection.fetchval(SENDER, channel_id, n) != report.about:
            return None
    elif not await connection.fetchval(WAS_MEMBER, channel_id, report.about):
        return None
    else:
        n = await connection.fetchval(LATEST, channel_id, report.about, above, upto)
    messages = (
        [] if n is None else [_message(found) for found in await connection.fetch(MESSAGES, channel_id, n, above, upto)]
    )
    held = [file["attachment_id"] for message in messages for file in message["attachments"]]
    if held:
        await connection.execute(HOLD, held, report.at + HELD_MS)
    names = {user: msgspec.json.decode(name) for user, name in await connection.fetch(NAMES, report.by, report.about)}
    if report.about not in names:
        return None
    evidence = {
        "mode": "text",
        "started_at": await connection.fetchval(CREATED, channel_id),
        "duration_ms": 0,
        "ended": row["is_closed"],
        "messages": messages,
        "reporter": names.get(report.by),
        "reported": names[report.about],
        "channel_n": n,
    }
    return SharedChannelEvidence(channel_id=channel_id, n=n, snapshot=msgspec.json.encode(evidence).decode())


async def let_go(connection: DatabaseConnection, report_ids: list[str], *, until: int) -> None:
    """Hold the files of decided reports until *until* only."""
    await connection.execute(LET_GO, report_ids, until)


def _message(row: asyncpg.Record) -> dict[str, Any]:
    told = dict(row)
    told["versions"] = msgspec.json.decode(told["versions"])
    told["attachments"] = msgspec.json.decode(told["attachments"])
    return told
