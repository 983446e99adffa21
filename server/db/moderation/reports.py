"""Reports: reporter, reported user, reason, and the room as evidence. Evidence outlives the accounts."""

from collections.abc import Sequence

import asyncpg
import msgspec

from matchmaker.domain.errors import NotFound, StateConflict
from matchmaker.domain.ids import UserId
from server.db.accounts.established import is_established
from server.db.accounts.login_origins import KEEP_MS
from server.db.channels.messages import evidence
from server.db.moderation.report_evidence import ReportEvidence
from server.db.notifications import email_outbox, notification_rows
from server.db.people import blocks
from server.db.pool import DatabaseConnection, Pool
from server.db.rooms import meetings
from server.db.rooms.meetings import MetBy
from server.db.safety import bans
from server.db.safety.audit import AuditAction, append
from server.domain.ban_policy import Ban, ReportPolicy, ReportStatus, ReportSubmission, suspension_for

NO_ROOM = "00000000-0000-0000-0000-000000000000"
"""`reports.room_id` of a report about an invite or an introduction: the previous release does not read null there."""
WEEK_MS = 7 * 86_400_000

FIELDS = """r.report_id::text, r.reporter_id::text, p.display_name AS reporter, r.reported_id::text,
    q.display_name AS reported, CASE WHEN r.channel_id IS NULL THEN r.met_by ELSE 'channel' END AS met_by,
    CASE WHEN r.channel_id IS NULL THEN NULLIF(r.room_id, '00000000-0000-0000-0000-000000000000') END::text AS room_id,
    r.channel_id::text, r.channel_n,
    r.invite_id::text, r.referral_code, r.counts, r.category, r.details, r.status, r.statement,
    unix_ms(r.created_at) AS created_at, unix_ms(r.decided_at) AS decided_at, r.decided_by::text,
    (SELECT count(*) FROM reports o WHERE o.reported_id = r.reported_id AND o.status = 'open') AS open_reports,
    r.session_data::text AS evidence"""
FROM = "FROM reports r LEFT JOIN users p ON p.user_id = r.reporter_id LEFT JOIN users q ON q.user_id = r.reported_id"
PAGE = f"""
SELECT {FIELDS} {FROM}
WHERE r.status = $1 AND (r.created_at, r.report_id) < (at_ms($2), $3::uuid)
  AND ($4::uuid IS NULL OR r.reported_id = $4::uuid) AND ($5::text IS NULL OR r.category = $5)
  AND r.reported_id <> $7::uuid
ORDER BY r.created_at DESC, r.report_id DESC LIMIT $6
"""
NETWORKS = f"""
SELECT r.reported_id::text, array_agg(o.digest)
FROM reports r JOIN login_origins o ON o.user_id = r.reporter_id AND o.kind = 'network'
WHERE r.reported_id = ANY ($1::text[]::uuid[]) AND r.status = 'open' AND r.counts
  AND o.last_seen_at > at_ms($2 - {KEEP_MS})
GROUP BY r.reported_id, r.reporter_id
"""  # noqa: S608 - constants of this code
BY_ID = f"SELECT {FIELDS} {FROM} WHERE r.report_id = $1::uuid"


class ReportCase(msgspec.Struct, frozen=True, kw_only=True):
    """A report as a moderator sees it."""

    report_id: str
    reporter_id: UserId
    reporter: str | None
    """Their name; None: the account is deleted."""
    reported_id: UserId
    reported: str | None
    met_by: MetBy
    room_id: str | None
    """None: the report is about an invite, an introduction or a channel."""
    channel_id: str | None
    """For a report about a message in a DM or a group."""
    channel_n: int | None
    """The number of the message."""
    invite_id: str | None
    referral_code: str | None
    counts: bool
    """Whether it counts towards a suspension: by an established account that was in a live room with them for 5 s."""
    category: str
    details: str
    status: ReportStatus
    statement: str | None
    created_at: int
    decided_at: int | None
    decided_by: str | None
    open_reports: int
    """How many users have reports about this user open: they are one decision."""
    evidence: ReportEvidence


DECIDED_NOW = """
SELECT report_id::text, reporter_id::text FROM reports WHERE reported_id = $1::uuid AND decided_at = at_ms($2)
ORDER BY reporter_id
"""


async def store(pool: Pool, report: ReportSubmission, *, policy: ReportPolicy) -> Ban | None:
    """Store *report*, block the users from each other, and suspend the reported user if that is due; atomic.

    Returns the ban if there is a new one.

    Raises:
        NotFound: the users never met, or not as the report says, or the reported user does not exist.
        StateConflict: the reporter has reported this user before.
    """
    async with pool.transaction() as connection:
        # Serialized per reported user: of two concurrent reports, the second counts the first.
        await bans.lock(connection, report.about)
        met = await _meeting(connection, report, has_channels=policy.has_channels)
        counts = met.counts and await is_established(connection, report.by, now=report.at)
        stored = await connection.fetchval(
            """INSERT INTO reports (report_id, reporter_id, reported_id, room_id, category, details, session_data,
                                    created_at, met_by, invite_id, referral_code, counts, channel_id, channel_n)
               VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text::uuid, $5, $6, $7::text::jsonb, at_ms($8),
                       $9, $10, $11, $12, $13::text::uuid, $14)
               ON CONFLICT (reporter_id, reported_id) DO NOTHING RETURNING true""",
            report.report_id,
            report.by,
            report.about,
            met.room_id or met.channel_id or NO_ROOM,
            report.category,
            report.details,
            met.snapshot,
            report.at,
            met.met_by,
            met.invite_id,
            met.code,
            counts,
            met.channel_id,
            met.channel_n,
        )
        if not stored:
            raise StateConflict("you have reported this person already")
        await blocks.store(connection, report.by, report.about, now=report.at, newcomers_ms=policy.newcomers_ms)
        networks = (await counting_networks(connection, [report.about], now=report.at)).get(report.about, [])
        banned = await bans.in_force(connection, report.about, now=report.at)
        verdict = suspension_for(networks, is_banned=banned is not None, now=report.at, policy=policy)
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


class _Met(msgspec.Struct, frozen=True, kw_only=True):
    """The meeting of the users of a report, and the evidence, as JSON."""

    met_by: str
    room_id: str | None = None
    invite_id: str | None = None
    code: str | None = None
    channel_id: str | None = None
    channel_n: int | None = None
    counts: bool = False
    """Whether they have talked in a live room; a conversation in a channel never counts."""
    snapshot: str


async def _meeting(connection: DatabaseConnection, report: ReportSubmission, *, has_channels: bool) -> _Met:
    """Return the meeting: as the report says, else the most significant one, else a channel of both.

    Raises:
        NotFound: they have not met, or not there.
    """
    met = None if report.channel_id else await meetings.latest(connection, report)
    if met is not None:
        return _Met(
            met_by=met["met_by"],
            room_id=None if met["room_id"] is None else str(met["room_id"]),
            invite_id=met["invite_id"],
            code=met["code"],
            counts=await meetings.have_talked(connection, report, met),
            snapshot=await meetings.snapshot(connection, met),
        )
    elsewhere = report.room_id or report.invite_id or report.referral_code
    found = None if elsewhere or not has_channels else await evidence.find(connection, report)
    if found is None:
        raise NotFound("you have not met a user with this id")
    # `room`: the previous release does not know channels, and reads the channel as the room.
    return _Met(met_by="room", channel_id=found.channel_id, channel_n=found.n, snapshot=found.snapshot)


async def counting_networks(
    source: Pool | DatabaseConnection, people: Sequence[UserId], *, now: int
) -> dict[UserId, list[frozenset[bytes]]]:
    """Return for each of *people* the networks of every reporter whose open report counts."""
    found: dict[UserId, list[frozenset[bytes]]] = {}
    for reported, networks in await source.fetch(NETWORKS, people, now):
        found.setdefault(UserId(reported), []).append(frozenset(networks))
    return found


async def tell_reporters(connection: DatabaseConnection, about: UserId, *, now: int) -> list[tuple[UserId, str]]:
    """Store notifications to the reporters of *about* whose reports were decided at *now*; return reporters and ids."""
    told: list[tuple[UserId, str]] = []
    rows = await connection.fetch(DECIDED_NOW, about, now)
    for report_id, reporter in rows:
        name = await notification_rows.add(
            connection, reporter, "report_decided", details={"report_id": report_id}, now=now
        )
        await email_outbox.add(connection, reporter, "report_decided", subject=report_id, now=now)
        if name is not None:
            told.append((UserId(reporter), name))
    return told


async def decide(
    connection: DatabaseConnection,
    report_id: str,
    status: ReportStatus,
    *,
    statement: str,
    by: UserId,
    now: int,
    policy: ReportPolicy,
) -> UserId:
    """Decide the case that a report belongs to: it, and every other open report about the same user.

    Returns the reported user; the caller's transaction is the only one that decides about them.

    Raises:
        NotFound: there is no such report.
        StateConflict: it was decided before.
    """
    about: UserId | None = await connection.fetchval(
        "SELECT reported_id::text FROM reports WHERE report_id = $1::uuid", report_id
    )
    if about is None:
        raise NotFound("there is no such report")
    await bans.lock(connection, about)
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
        raise StateConflict("this report was decided already")
    await evidence.let_go(connection, reports, until=now + policy.keep_ms)
    details = {"reports": sorted(reports), "statement": statement}
    await append(connection, AuditAction(action=f"report.{status}", at=now, actor=by, subject=about, details=details))
    return about


async def page(
    pool: Pool,
    status: ReportStatus,
    *,
    before: tuple[int, str],
    about: str | None,
    category: str | None,
    limit: int,
    viewer: UserId,
) -> list[ReportCase]:
    """Return reports made before a cursor, the newest first; none about *viewer*."""
    return [read_case(row) for row in await pool.fetch(PAGE, status, *before, about, category, limit, viewer)]


async def get(pool: Pool, report_id: str) -> ReportCase:
    """Return one report.

    Raises:
        NotFound: there is none with this id.
    """
    row = await pool.fetchrow(BY_ID, report_id)
    if row is None:
        raise NotFound("there is no such report")
    return read_case(row)


async def work(pool: Pool, *, now: int) -> dict[str, int]:
    """Return how much waits for a moderator, how much is in force, and which erasures go on."""
    row = await pool.fetchrow(
        """SELECT (SELECT count(*) FROM reports WHERE status = 'open') AS open_reports,
                  (SELECT count(*) FROM ban_records
                   WHERE appeal_status = 'open' AND appeal IS NOT NULL) AS open_appeals,
                  (SELECT count(*) FROM ban_records
                   WHERE lifted_at IS NULL AND (until_at IS NULL OR until_at > at_ms($1))) AS standing_bans,
                  (SELECT count(*) FROM ip_bans WHERE until_at IS NULL OR until_at > at_ms($1)) AS ip_bans,
                  (SELECT count(*) FROM message_erasures) AS message_erasures""",
        now,
    )
    return dict(row) if row else {}


async def left_together(pool: Pool) -> set[tuple[UserId, UserId]]:
    """Return pairs (blocker or reporter, target) that still share a room: a crash came in between."""
    rows = await pool.fetch(
        """SELECT b.user_id::text, b.target_id::text FROM active_rooms r JOIN blocks b
           ON b.user_id IN (r.offerer_id, r.answerer_id) AND b.target_id IN (r.offerer_id, r.answerer_id)"""
    )
    return {(UserId(user), UserId(target)) for user, target in rows}


async def forget(pool: Pool, *, now: int) -> int:
    """Delete expired reports, brief meetings of a week ago and invites of a day ago; return how many."""
    tags = (
        await pool.execute("DELETE FROM reports WHERE keep_until <= at_ms($1)", now),
        await pool.execute("DELETE FROM brief_meetings WHERE ended_at <= at_ms($1)", now - WEEK_MS),
    )
    return await meetings.forget_invites(pool, now=now) + sum(int(tag.removeprefix("DELETE ")) for tag in tags)


def read_case(row: asyncpg.Record) -> ReportCase:
    """Return the report of a row of `FIELDS`."""
    told = dict(row)
    told["evidence"] = msgspec.json.decode(told["evidence"])
    return msgspec.convert(told, ReportCase)
