"""Reports: who says what about whom, with the room as it was. Evidence is held whatever becomes of the accounts."""

from typing import Any

import asyncpg
import msgspec

from matchmaker.conduct import Ban, Policy, Report, ReportStatus, judge
from matchmaker.errors import NotFound, Taken
from matchmaker.ids import UserId, pair_of
from server.ledger import bans, blocks
from server.ledger.audit import Act, append
from server.ledger.pool import Pool

MESSAGES_MAX = 500
"""How much of what was said is kept: the last that many messages."""
WEEK_MS = 7 * 86_400_000

# The room they are in, then rooms that are over, the latest first. Of a pair that never met there is no row, and none
# of somebody who does not exist: nobody can tell one from the other.
MET = """
SELECT * FROM (
    SELECT 0 AS place, r.room_id, r.mode, r.started_at, NULL::timestamptz AS ended_at,
           r.talked_ms + COALESCE(GREATEST(0, $6 - unix_ms(r.live_at)), 0) AS live_ms
    FROM room_seats s JOIN active_rooms r ON r.room_id = s.room_id
    WHERE s.user_id = $1::uuid AND $2::uuid IN (r.offerer_id, r.answerer_id)
      AND NOT EXISTS (SELECT FROM users g WHERE g.user_id = $2::uuid AND g.is_mirror)     -- a mirror does no harm
    UNION ALL
    SELECT 1, h.room_id, h.chat_mode, h.started_at, h.ended_at, h.live_ms
    FROM chat_history h WHERE h.peer_id = $2::uuid AND h.user_id = $1::uuid
    UNION ALL
    SELECT 1, m.room_id, m.chat_mode, m.started_at, m.ended_at, m.live_ms
    FROM brief_meetings m WHERE m.low = $3::uuid AND m.high = $4::uuid
) AS met
WHERE $5::uuid IS NULL OR room_id = $5::uuid
ORDER BY place, started_at DESC LIMIT 1
"""
SAID = """
SELECT m.sender_id::text AS "from", m.body, unix_ms(m.sent_at) AS sent_at
FROM room_messages m WHERE m.room_id = $1 ORDER BY m.n DESC LIMIT $2
"""
FIELDS = """r.report_id::text, r.reporter_id::text, p.display_name AS reporter, r.reported_id::text,
    q.display_name AS reported, r.room_id::text, r.category, r.details, r.status, r.statement,
    unix_ms(r.created_at) AS created_at, unix_ms(r.decided_at) AS decided_at, r.decided_by::text,
    (SELECT count(*) FROM reports o WHERE o.reported_id = r.reported_id AND o.status = 'open') AS open_reports,
    r.session_data::text AS evidence"""
FROM = "FROM reports r LEFT JOIN users p ON p.user_id = r.reporter_id LEFT JOIN users q ON q.user_id = r.reported_id"
PAGE = f"""
SELECT {FIELDS} {FROM}
WHERE r.status = $1 AND (r.created_at, r.report_id) < (at_ms($2), $3::uuid)
  AND ($4::uuid IS NULL OR r.reported_id = $4::uuid) AND ($5::text IS NULL OR r.category = $5)
ORDER BY r.created_at DESC, r.report_id DESC LIMIT $6
"""
BY_ID = f"SELECT {FIELDS} {FROM} WHERE r.report_id = $1::uuid"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was said in the room."""

    sender: UserId = msgspec.field(name="from")
    body: str
    sent_at: int


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The room as it was when the report came: column `session_data`."""

    mode: str
    started_at: int
    duration_ms: int
    """How long the two had talked."""
    ended: bool
    """Whether the room was over by then."""
    messages: list[Said]
    """The last of them, oldest first."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A report as a moderator sees it."""

    report_id: str
    reporter_id: UserId
    reporter: str | None
    """Their name; None: the account is no more."""
    reported_id: UserId
    reported: str | None
    room_id: str
    category: str
    details: str
    status: ReportStatus
    statement: str | None
    created_at: int
    decided_at: int | None
    decided_by: str | None
    open_reports: int
    """How many people's reports about the same person wait for a decision: it is one decision."""
    evidence: Evidence


async def store(pool: Pool, report: Report, *, policy: Policy) -> Ban | None:
    """Keep *report*, block the two, and ban whoever has been reported by enough people: whole or not at all.

    Returns the ban if there is a new one.

    Raises:
        NotFound: the two never shared a room, or not this one, or there is nobody of this name.
        Taken: this person has reported that one before.
    """
    async with pool.transaction() as connection:
        # One at a time about one person: of two reports at once, the second counts the first.
        await bans.hold(connection, report.about)
        low, high = pair_of(report.by, report.about)
        met = await connection.fetchrow(MET, report.by, report.about, low, high, report.room_id, report.at)
        if met is None:
            raise NotFound("there is nobody of this name whom you met")
        stored = await connection.fetchval(
            """INSERT INTO reports (report_id, reporter_id, reported_id, room_id, category, details, session_data,
                                    created_at)
               VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7::text::jsonb, at_ms($8))
               ON CONFLICT (reporter_id, reported_id) DO NOTHING RETURNING true""",
            report.report_id,
            report.by,
            report.about,
            met["room_id"],
            report.category,
            report.details,
            await _snapshot(connection, met),
            report.at,
        )
        if not stored:
            raise Taken("you have reported this person already")
        await blocks.store(connection, report.by, report.about, now=report.at, newcomers_ms=policy.newcomers_ms)
        reporters = await connection.fetchval(
            "SELECT count(*) FROM reports WHERE reported_id = $1::uuid AND status = 'open'", report.about
        )
        banned = await bans.standing(connection, report.about, now=report.at)
        verdict = judge(reporters, is_banned=banned is not None, now=report.at, policy=policy)
        if verdict is None:
            return None
        return await bans.impose(
            connection,
            report.about,
            kind="temporary",
            statement=verdict.statement,
            until_at=verdict.until_at,
            by=None,
            now=report.at,
        )


async def decide(
    connection: asyncpg.Connection,
    report_id: str,
    status: ReportStatus,
    *,
    statement: str,
    by: UserId,
    now: int,
    policy: Policy,
) -> UserId:
    """Decide the case that a report belongs to: it, and every other open report about the same person.

    Returns whom it is about; the caller's transaction is the only one that decides about them.

    Raises:
        NotFound: there is no such report.
        Taken: it was decided before.
    """
    about: UserId | None = await connection.fetchval(
        "SELECT reported_id::text FROM reports WHERE report_id = $1::uuid", report_id
    )
    if about is None:
        raise NotFound("there is no such report")
    await bans.hold(connection, about)
    decided = await connection.fetch(
        """UPDATE reports SET status = $2, statement = $3, decided_at = at_ms($4), decided_by = $5::uuid,
                              keep_until = at_ms($6)
           WHERE reported_id = $1::uuid AND status = 'open' RETURNING report_id::text""",
        about,
        status,
        statement,
        now,
        by,
        now + policy.keep_ms,
    )
    reports = [row[0] for row in decided]
    if report_id not in reports:
        raise Taken("this report was decided already")
    details = {"reports": sorted(reports), "statement": statement}
    await append(connection, Act(action=f"report.{status}", at=now, actor=by, subject=about, details=details))
    return about


async def page(
    pool: Pool, status: ReportStatus, *, before: tuple[int, str], about: str | None, category: str | None, limit: int
) -> list[Case]:
    """Return reports made before a place in the list, the newest first."""
    return [_case(row) for row in await pool.fetch(PAGE, status, *before, about, category, limit)]


async def get(pool: Pool, report_id: str) -> Case:
    """Return one report.

    Raises:
        NotFound: there is none of this name.
    """
    row = await pool.fetchrow(BY_ID, report_id)
    if row is None:
        raise NotFound("there is no such report")
    return _case(row)


async def work(pool: Pool, *, now: int) -> dict[str, int]:
    """Return what waits for a moderator, and how much is in force."""
    row = await pool.fetchrow(
        """SELECT (SELECT count(*) FROM reports WHERE status = 'open') AS open_reports,
                  (SELECT count(*) FROM ban_records
                   WHERE appeal_status = 'open' AND appeal IS NOT NULL) AS open_appeals,
                  (SELECT count(*) FROM ban_records
                   WHERE lifted_at IS NULL AND (until_at IS NULL OR until_at > at_ms($1))) AS standing_bans,
                  (SELECT count(*) FROM ip_bans WHERE until_at IS NULL OR until_at > at_ms($1)) AS ip_bans""",
        now,
    )
    return dict(row) if row else {}


async def left_together(pool: Pool) -> set[tuple[UserId, UserId]]:
    """Return who has blocked or reported whom and is in a room with them: a crash came between the two."""
    rows = await pool.fetch(
        """SELECT b.user_id::text, b.target_id::text FROM active_rooms r JOIN blocks b
           ON b.user_id IN (r.offerer_id, r.answerer_id) AND b.target_id IN (r.offerer_id, r.answerer_id)"""
    )
    return {(UserId(user), UserId(target)) for user, target in rows}


async def forget(pool: Pool, *, now: int) -> int:
    """Remove reports whose time has come, and brief meetings of more than a week ago; return how many."""
    reports = await pool.execute("DELETE FROM reports WHERE keep_until <= at_ms($1)", now)
    meetings = await pool.execute("DELETE FROM brief_meetings WHERE ended_at <= at_ms($1)", now - WEEK_MS)
    return sum(int(tag.removeprefix("DELETE ")) for tag in (reports, meetings))


async def _snapshot(connection: asyncpg.Connection, met: asyncpg.Record) -> str:
    said = await connection.fetch(SAID, met["room_id"], MESSAGES_MAX)
    started_at = round(met["started_at"].timestamp() * 1_000)
    evidence: dict[str, Any] = {
        "mode": met["mode"],
        "started_at": started_at,
        "duration_ms": met["live_ms"],
        "ended": met["ended_at"] is not None,
        "messages": [dict(message) for message in reversed(said)],
    }
    return msgspec.json.encode(evidence).decode()


def _case(row: asyncpg.Record) -> Case:
    told = dict(row)
    told["evidence"] = msgspec.json.decode(told["evidence"])
    return msgspec.convert(told, Case)
