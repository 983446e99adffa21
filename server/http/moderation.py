"""For moderators: reports with their evidence, decisions, bans, appeals."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matchmaker.conduct import AppealStatus, Ban, Kind, ReportStatus
from matchmaker.errors import Invalid, NotFound
from server.http.bounds import Place
from server.http.desk import Desk
from server.http.reports import Reasons
from server.http.route import Call
from server.ledger import bans, reports
from server.ledger import cases as ledger_cases
from server.ledger.cases import OpenCase
from server.ledger.cursor import cursor, place
from signaling.bounds import AnyUser, Category

Limit = Annotated[int, Meta(ge=1, le=100)]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The reasons of a decision; the person it is about reads them."""

    statement: Reasons


Until = Annotated[int, Meta(ge=0, le=253_402_300_799_000)]


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """A report is right: the reasons, and how long the person is banned."""

    statement: Reasons
    until_at: Until | None = None
    """Unix milliseconds. Null: for good."""


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports are wanted."""

    status: ReportStatus = "open"
    user_id: AnyUser | None = None
    """Only about this person."""
    category: Category | None = None
    cursor: Place | None = None
    limit: Limit = 50


class Cases(msgspec.Struct, frozen=True, kw_only=True):
    """Reports, newest first; `cursor` leads to older ones, null: there are none."""

    reports: list[reports.Case]
    cursor: str | None


class WhichCases(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases are wanted."""

    cursor: Place | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 20


class OpenCases(msgspec.Struct, frozen=True, kw_only=True):
    """Cases, the latest reported first; `cursor` leads to earlier ones, null: there are none."""

    cases: list[OpenCase]
    cursor: str | None


class WhichBans(msgspec.Struct, frozen=True, kw_only=True):
    """Which bans are wanted."""

    standing: bool = True
    """False: those that are over, too."""
    user_id: AnyUser | None = None
    cursor: Place | None = None
    limit: Limit = 50


class Bans(msgspec.Struct, frozen=True, kw_only=True):
    """Bans, newest first; `cursor` leads to older ones, null: there are none."""

    bans: list[bans.Record]
    cursor: str | None


class WhichAppeals(msgspec.Struct, frozen=True, kw_only=True):
    """Which appeals are wanted."""

    status: AppealStatus = "open"


class Appeals(msgspec.Struct, frozen=True, kw_only=True):
    """Bans with an appeal, the oldest appeal first."""

    appeals: list[bans.Record]


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """A ban."""

    user_id: AnyUser
    statement: Reasons
    kind: Kind = "temporary"
    until_at: Until | None = None
    """Unix milliseconds. Null: until it is lifted; a permanent ban has no end."""

    def __post_init__(self) -> None:
        """Insist on what the two words mean."""
        if self.kind == "permanent" and self.until_at is not None:
            raise Invalid("until_at", "a permanent ban has no end")


async def cases(desk: Desk, call: Call[Queue]) -> Cases:
    """List reports with their evidence, newest first."""
    body = call.body
    found = await reports.page(
        desk.moderation.pool,
        body.status,
        before=place(body.cursor),
        about=body.user_id,
        category=body.category,
        limit=body.limit + 1,
        viewer=call.user,
    )
    page = found[: body.limit]
    more = len(found) > body.limit
    return Cases(reports=page, cursor=cursor(page[-1].created_at, page[-1].report_id) if more else None)


async def open_cases(desk: Desk, call: Call[WhichCases]) -> OpenCases:
    """List what waits for a decision, by person, the latest reported first: one decision closes all of a case."""
    body = call.body
    found = await ledger_cases.page(
        desk.moderation.pool,
        before=place(body.cursor),
        limit=body.limit + 1,
        now=desk.clock.now(),
        policy=desk.settings.policy,
        viewer=call.user,
    )
    page = found[: body.limit]
    more = len(found) > body.limit
    return OpenCases(cases=page, cursor=cursor(page[-1].latest_at, page[-1].reported_id) if more else None)


async def case(desk: Desk, call: Call[None]) -> reports.Case:
    """Get one report with its evidence."""
    found = await reports.get(desk.moderation.pool, call.name("report_id"))
    if found.reported_id == call.user:  # the reported user must not learn the reporter
        raise NotFound("there is no such report")
    return found


async def confirm(desk: Desk, call: Call[Confirmation]) -> reports.Case:
    """Confirm a report: the person is banned, until a time or for good, and reads your reasons.

    It decides every open report about them: it is one case.
    """
    report_id, body = call.name("report_id"), call.body
    await desk.moderation.confirm(report_id, statement=body.statement.strip(), until_at=body.until_at, by=call.user)
    return await reports.get(desk.moderation.pool, report_id)


async def vindicate(desk: Desk, call: Call[Statement]) -> reports.Case:
    """Dismiss the reports about a user: a suspension ends, and the count of reports starts at 0.

    It decides every open report about them: it is one case.
    """
    report_id = call.name("report_id")
    await desk.moderation.vindicate(report_id, statement=call.body.statement.strip(), by=call.user)
    return await reports.get(desk.moderation.pool, report_id)


async def banned(desk: Desk, call: Call[WhichBans]) -> Bans:
    """List bans, newest first."""
    body = call.body
    found = await bans.page(
        desk.moderation.pool,
        before=place(body.cursor),
        standing_only=body.standing,
        about=body.user_id,
        now=desk.clock.now(),
        limit=body.limit + 1,
    )
    page = found[: body.limit]
    more = len(found) > body.limit
    return Bans(bans=page, cursor=cursor(page[-1].imposed_at, page[-1].ban_id) if more else None)


async def ban(desk: Desk, call: Call[Sentence]) -> Ban:
    """Ban a user: the socket closes, the room ends, and the user reads your statement."""
    body = call.body
    return await desk.moderation.ban(
        body.user_id,
        kind=body.kind,
        statement=body.statement.strip(),
        until_at=body.until_at,
        by=call.user,
    )


async def lift(desk: Desk, call: Call[Statement]) -> None:
    """Lift a ban."""
    statement = call.body.statement.strip()
    await desk.moderation.lift(call.name("ban_id"), statement=statement, by=call.user)


async def appeals(desk: Desk, call: Call[WhichAppeals]) -> Appeals:
    """List appeals, the oldest first."""
    return Appeals(appeals=await bans.appeals(desk.moderation.pool, call.body.status, limit=200))


async def grant(desk: Desk, call: Call[Statement]) -> None:
    """Grant an appeal: the ban ends."""
    statement = call.body.statement.strip()
    await desk.moderation.answer(call.name("ban_id"), granted=True, statement=statement, by=call.user)


async def reject(desk: Desk, call: Call[Statement]) -> None:
    """Reject an appeal: the ban stands."""
    statement = call.body.statement.strip()
    await desk.moderation.answer(call.name("ban_id"), granted=False, statement=statement, by=call.user)
