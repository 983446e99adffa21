"""Meetings of two users, for reports: a room, a direct invite that ended without one, or an introduction."""

from collections.abc import Sequence
from typing import Any, Literal

import asyncpg
import msgspec

from matchmaker.domain.ids import InviteId, UserId, pair_of
from matchmaker.domain.invite import Invite, InviteParty
from matchmaker.domain.timing import LIVE_FOR_HISTORY_MS
from server.db.json_rows import Rows
from server.db.pool import DatabaseConnection, Pool
from server.domain.ban_policy import ReportSubmission

MetBy = Literal["room", "invite", "introduction", "channel"]

INVITE_KEEP_MS = 24 * 3_600_000
"""How long a direct invite can be reported (product.md, section 10)."""
MESSAGES_MAX = 500
"""How many of the last messages are kept."""

SHOWN = """jsonb_build_object(
    'display_name', {side}->'profile'->'display_name',
    'interests', COALESCE(NULLIF({side}->'wish'->'interests', '[]'), {side}->'profile'->'interests', '[]'))"""
"""The profile of one side of a room; the tags as `discover` lists them."""

# The room they are in, then ended rooms, the latest first, then invites, then introductions. There is no row for a pair
# that never met, and none for an account that does not exist: the two cannot be told apart.
MET = f"""
SELECT * FROM (
    SELECT 0 AS place, 'room' AS met_by, r.room_id, NULL::uuid AS invite_id, NULL::text AS code,
           r.mode, r.started_at, NULL::timestamptz AS ended_at,
           r.talked_ms + COALESCE(GREATEST(0, $6 - unix_ms(r.live_at)), 0) AS live_ms,
           CASE WHEN r.offerer_id = $1::uuid THEN {SHOWN.format(side="r.offerer")}
                ELSE {SHOWN.format(side="r.answerer")} END AS mine,
           CASE WHEN r.offerer_id = $1::uuid THEN {SHOWN.format(side="r.answerer")}
                ELSE {SHOWN.format(side="r.offerer")} END AS theirs
    FROM room_seats s JOIN active_rooms r ON r.room_id = s.room_id
    WHERE s.user_id = $1::uuid AND $2::uuid IN (r.offerer_id, r.answerer_id)
      AND NOT EXISTS (SELECT FROM users g WHERE g.user_id = $2::uuid AND g.is_mirror)     -- a mirror does no harm
    UNION ALL
    SELECT 1, 'room', h.room_id, NULL, NULL, h.chat_mode, h.started_at, h.ended_at, h.live_ms, h.shown, p.shown
    FROM chat_history h LEFT JOIN chat_history p ON p.user_id = $2::uuid AND p.room_id = h.room_id
    WHERE h.peer_id = $2::uuid AND h.user_id = $1::uuid
    UNION ALL
    SELECT 1, 'room', m.room_id, NULL, NULL, m.chat_mode, m.started_at, m.ended_at, m.live_ms,
           CASE WHEN m.low = $1::uuid THEN m.low_shown ELSE m.high_shown END,
           CASE WHEN m.low = $1::uuid THEN m.high_shown ELSE m.low_shown END
    FROM brief_meetings m WHERE m.low = $3::uuid AND m.high = $4::uuid
    UNION ALL
    SELECT 2, 'invite', NULL, i.invite_id, NULL, i.mode, i.created_at, i.ended_at, 0, i.invitee, i.inviter
    FROM direct_invites i
    WHERE i.invitee_id = $1::uuid AND i.inviter_id = $2::uuid AND i.ended_at > at_ms($6 - {INVITE_KEEP_MS})
    UNION ALL
    SELECT 3, 'introduction', NULL, NULL, f.code, 'text', f.followed_at, f.followed_at, 0,
           jsonb_build_object('display_name', a.display_name, 'interests', to_jsonb(a.interests)),
           jsonb_build_object('display_name', b.display_name, 'interests', to_jsonb(b.interests))
    FROM referral_follows f JOIN users a ON a.user_id = $1::uuid JOIN users b ON b.user_id = $2::uuid
    WHERE f.follower_id = $1::uuid AND f.target_id = $2::uuid OR f.follower_id = $2::uuid AND f.target_id = $1::uuid
    UNION ALL
    -- Users that a question about an introduction has shown, whatever the answer.
    SELECT 3, 'introduction', NULL, NULL, n.code, 'text', n.created_at, n.created_at, 0,
           jsonb_build_object('display_name', a.display_name, 'interests', to_jsonb(a.interests)),
           jsonb_build_object('display_name', b.display_name, 'interests', to_jsonb(b.interests))
    FROM referral_notifications n JOIN users a ON a.user_id = $1::uuid JOIN users b ON b.user_id = $2::uuid
    WHERE n.user_id = $1::uuid AND n.about_id = $2::uuid AND n.code IS NOT NULL
) AS met
WHERE ($5::uuid IS NULL OR room_id = $5::uuid) AND ($7::uuid IS NULL OR invite_id = $7::uuid)
  AND ($8::text IS NULL OR code = $8)
ORDER BY place, started_at DESC LIMIT 1
"""  # noqa: S608 - constants of this code
TALKED = f"""
SELECT EXISTS (SELECT FROM chat_history h WHERE h.peer_id = $2::uuid AND h.user_id = $1::uuid
               AND h.live_ms >= {LIVE_FOR_HISTORY_MS})
"""  # noqa: S608 - constants of this code
SAID = """
SELECT m.sender_id::text AS "from", m.body, unix_ms(m.sent_at) AS sent_at
FROM room_messages m WHERE m.room_id = $1 ORDER BY m.n DESC LIMIT $2
"""
INVITES = Rows("""invite_id uuid, inviter_id uuid, invitee_id uuid, mode text, created_at bigint, ended_at bigint,
    inviter jsonb, invitee jsonb""")
# Nothing is kept of a deleted account.
KEEP = f"""
WITH asked AS (
    {INVITES.table}
)
INSERT INTO direct_invites (invite_id, inviter_id, invitee_id, mode, created_at, ended_at, inviter, invitee)
SELECT a.invite_id, a.inviter_id, a.invitee_id, a.mode, at_ms(a.created_at), at_ms(a.ended_at), a.inviter, a.invitee
FROM asked a JOIN users o ON o.user_id = a.inviter_id JOIN users p ON p.user_id = a.invitee_id
ON CONFLICT (invite_id) DO NOTHING
"""  # noqa: S608 - constants of this code


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A name that a user had."""

    display_name: str
    interests: list[str] = []


class EndedInvite(msgspec.Struct, frozen=True, kw_only=True):
    """A direct invite that has ended without a room."""

    invite_id: InviteId
    inviter_id: UserId
    invitee_id: UserId
    mode: str
    created_at: int
    ended_at: int
    inviter: Shown
    invitee: Shown


def ended_invite(invite: Invite, *, now: int) -> EndedInvite:
    """Return the row of *invite*, which has ended now without a room."""
    return EndedInvite(
        invite_id=invite.invite_id,
        inviter_id=invite.first.user,
        invitee_id=invite.second.user,
        mode=invite.mode,
        created_at=invite.created_at,
        ended_at=now,
        inviter=_shown(invite.first),
        invitee=_shown(invite.second),
    )


async def record_invites(pool: Pool, invites: Sequence[EndedInvite]) -> list[None]:
    """Store direct invites that ended without a room, so that they can be reported."""
    await pool.execute(KEEP, INVITES.pack(msgspec.structs.astuple(invite) for invite in invites))
    return [None] * len(invites)


async def latest(connection: DatabaseConnection, report: ReportSubmission) -> asyncpg.Record | None:
    """Return the meeting of the users of *report*, a row of `MET`, as the report says or the most significant; None:
    none.
    """
    low, high = pair_of(report.by, report.about)
    return await connection.fetchrow(
        MET, report.by, report.about, low, high, report.room_id, report.at, report.invite_id, report.referral_code
    )


async def have_talked(connection: DatabaseConnection, report: ReportSubmission, met: asyncpg.Record) -> bool:
    """Return whether the users of *report* were in a live room for five seconds or longer."""
    if met["met_by"] != "room":
        return False
    return met["live_ms"] >= LIVE_FOR_HISTORY_MS or bool(await connection.fetchval(TALKED, report.by, report.about))


async def snapshot(connection: DatabaseConnection, met: asyncpg.Record) -> str:
    """Return the evidence in *met*, a row of `MET`, as JSON: the names, and the messages of a room."""
    said = [] if met["room_id"] is None else await connection.fetch(SAID, met["room_id"], MESSAGES_MAX)
    evidence: dict[str, Any] = {
        "mode": met["mode"],
        "started_at": round(met["started_at"].timestamp() * 1_000),
        "duration_ms": met["live_ms"],
        "ended": met["ended_at"] is not None,
        "messages": [dict(message) for message in reversed(said)],
        "reporter": None if met["mine"] is None else msgspec.json.decode(met["mine"]),
        "reported": None if met["theirs"] is None else msgspec.json.decode(met["theirs"]),
    }
    return msgspec.json.encode(evidence).decode()


def _shown(party: InviteParty) -> Shown:
    return Shown(
        display_name=party.profile.display_name, interests=list(party.wish.interests or party.profile.interests)
    )


async def forget_invites(pool: Pool, *, now: int) -> int:
    """Delete direct invites that can no longer be reported, and return how many there were."""
    tag = await pool.execute("DELETE FROM direct_invites WHERE ended_at <= at_ms($1)", now - INVITE_KEEP_MS)
    return int(tag.removeprefix("DELETE "))
