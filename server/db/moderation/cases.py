"""Cases: all open reports about one user, which are decided together."""

import msgspec

from matchmaker.domain.ids import UserId
from server.db.moderation import reports
from server.db.moderation.reports import FIELDS, FROM, ReportCase
from server.db.pool import Pool
from server.db.safety import bans
from server.domain.ban_policy import ReportPolicy, distinct

REPORTS_MAX = 100
"""Reports of one case that are shown, the newest; all of them are decided."""

# Users with open reports, the latest reported first.
PEOPLE = """
SELECT reported_id::text, count(*), unix_ms(max(created_at)) AS latest_at
FROM reports WHERE status = 'open' AND reported_id <> $4::uuid GROUP BY reported_id
HAVING (unix_ms(max(created_at)), reported_id) < ($1::bigint, $2::uuid)
ORDER BY latest_at DESC, reports.reported_id DESC LIMIT $3
"""
OPEN = f"""
SELECT {FIELDS} {FROM} JOIN LATERAL (
    SELECT n.report_id FROM reports n WHERE n.reported_id = r.reported_id AND n.status = 'open'
    ORDER BY n.created_at DESC, n.report_id DESC LIMIT {REPORTS_MAX}) AS newest ON newest.report_id = r.report_id
WHERE r.status = 'open' AND r.reported_id = ANY ($1::text[]::uuid[])
ORDER BY r.created_at DESC, r.report_id DESC
"""  # noqa: S608 - constants of this code


class OpenCase(msgspec.Struct, frozen=True, kw_only=True):
    """All open reports about one user."""

    reported_id: UserId
    reported: str | None
    """Display name; None: the account was deleted."""
    open_reports: int
    counting: int
    """Networks among the reporters whose reports count; those of one network count once."""
    needed: int
    """How many networks suspend; 0: reports alone never do."""
    suspended: bool
    """Whether a ban is in force."""
    latest_at: int
    reports: list[ReportCase]
    """The newest 100, newest first."""


async def page(
    pool: Pool, *, before: tuple[int, str], limit: int, now: int, policy: ReportPolicy, viewer: UserId
) -> list[OpenCase]:
    """Return up to *limit* cases before a cursor, the latest reported first; none about *viewer*."""
    people = await pool.fetch(PEOPLE, *before, limit, viewer)
    ids = [UserId(row["reported_id"]) for row in people]
    found: dict[str, list[ReportCase]] = {user: [] for user in ids}
    for row in await pool.fetch(OPEN, ids):
        found[row["reported_id"]].append(reports.read_case(row))
    networks = await reports.counting_networks(pool, ids, now=now)
    banned = await bans.in_force_of(pool, ids, now=now)
    return [
        OpenCase(
            reported_id=user,
            reported=found[user][0].reported if found[user] else None,
            open_reports=row["count"],
            counting=distinct(networks.get(user, [])),
            needed=policy.reporters,
            suspended=user in banned,
            latest_at=row["latest_at"],
            reports=found[user],
        )
        for user, row in zip(ids, people, strict=True)
    ]
