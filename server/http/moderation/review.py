"""For moderators: reports with their evidence, decisions, bans, appeals."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matchmaker.domain.errors import Invalid, NotFound
from server.db.cursor import cursor, place
from server.db.moderation import cases as ledger_cases
from server.db.moderation import reports
from server.db.moderation.cases import OpenCase
from server.db.safety import bans
from server.domain.ban_policy import AppealStatus, Ban, Kind, ReportStatus
from server.http.constraints import Place
from server.http.moderation.reports import Reasons
from server.http.route import RequestContext
from server.http.services import HttpServices
from signaling.wire.constraints import AnyUser, Category

Limit = Annotated[int, Meta(ge=1, le=100)]


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The reasons of a decision; the user it is about reads them."""

    statement: Reasons


Until = Annotated[int, Meta(ge=0, le=253_402_300_799_000)]


class ConfirmRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The confirmation of a report: the reasons, and how long the user is banned."""

    statement: Reasons
    until_at: Until | None = None
    """Unix milliseconds. Null: for good."""


class ReportsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The reports to return."""

    status: ReportStatus = "open"
    user_id: AnyUser | None = None
    """Only about this user."""
    category: Category | None = None
    cursor: Place | None = None
    limit: Limit = 50


class ReportsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Reports, newest first; `cursor` leads to older ones, null: there are none."""

    reports: list[reports.ReportCase]
    cursor: str | None


class OpenCasesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The cases to return."""

    cursor: Place | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 20


class OpenCasesResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Cases, the latest reported first; `cursor` leads to earlier ones, null: there are none."""

    cases: list[OpenCase]
    cursor: str | None


class BansQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The bans to return."""

    standing: bool = True
    """False: ended ones as well."""
    user_id: AnyUser | None = None
    cursor: Place | None = None
    limit: Limit = 50


class BansResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Bans, newest first; `cursor` leads to older ones, null: there are none."""

    bans: list[bans.BanRecord]
    cursor: str | None


class AppealsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The appeals to return."""

    status: AppealStatus = "open"


class AppealsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Bans with an appeal, the oldest appeal first."""

    appeals: list[bans.BanRecord]


class BanRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A ban."""

    user_id: AnyUser
    statement: Reasons
    kind: Kind = "temporary"
    until_at: Until | None = None
    """Unix milliseconds. Null: until it is lifted; a permanent ban has no end."""

    def __post_init__(self) -> None:
        """Check that kind and end agree."""
        if self.kind == "permanent" and self.until_at is not None:
            raise Invalid("until_at", "a permanent ban has no end")


async def cases(services: HttpServices, call: RequestContext[ReportsQuery]) -> ReportsResponse:
    """List reports with their evidence, newest first."""
    body = call.body
    found = await reports.page(
        services.moderation.pool,
        body.status,
        before=place(body.cursor),
        about=body.user_id,
        category=body.category,
        limit=body.limit + 1,
        viewer=call.user,
    )
    page = found[: body.limit]
    more = len(found) > body.limit
    return ReportsResponse(reports=page, cursor=cursor(page[-1].created_at, page[-1].report_id) if more else None)


async def open_cases(services: HttpServices, call: RequestContext[OpenCasesQuery]) -> OpenCasesResponse:
    """List open cases by reported user, the latest reported first: one decision closes all of a case."""
    body = call.body
    found = await ledger_cases.page(
        services.moderation.pool,
        before=place(body.cursor),
        limit=body.limit + 1,
        now=services.clock.now(),
        policy=services.settings.policy,
        viewer=call.user,
    )
    page = found[: body.limit]
    more = len(found) > body.limit
    return OpenCasesResponse(cases=page, cursor=cursor(page[-1].latest_at, page[-1].reported_id) if more else None)


async def case(services: HttpServices, call: RequestContext[None]) -> reports.ReportCase:
    """Get one report with its evidence."""
    found = await reports.get(services.moderation.pool, call.name("report_id"))
    if found.reported_id == call.user:  # The reported user must not learn of the reporter.
        raise NotFound("there is no such report")
    return found


async def confirm(services: HttpServices, call: RequestContext[ConfirmRequest]) -> reports.ReportCase:
    """Confirm a report: the user is banned, until a time or permanently, and reads your reasons.

    It decides every open report about them: it is one case.
    """
    report_id, body = call.name("report_id"), call.body
    await services.moderation.confirm(report_id, statement=body.statement.strip(), until_at=body.until_at, by=call.user)
    return await reports.get(services.moderation.pool, report_id)


async def vindicate(services: HttpServices, call: RequestContext[DecisionRequest]) -> reports.ReportCase:
    """Dismiss the reports about a user: a suspension ends, and the count of reports starts at 0.

    It decides every open report about them: it is one case.
    """
    report_id = call.name("report_id")
    await services.moderation.vindicate(report_id, statement=call.body.statement.strip(), by=call.user)
    return await reports.get(services.moderation.pool, report_id)


async def banned(services: HttpServices, call: RequestContext[BansQuery]) -> BansResponse:
    """List bans, newest first."""
    body = call.body
    found = await bans.page(
        services.moderation.pool,
        before=place(body.cursor),
        standing_only=body.standing,
        about=body.user_id,
        now=services.clock.now(),
        limit=body.limit + 1,
    )
    page = found[: body.limit]
    more = len(found) > body.limit
    return BansResponse(bans=page, cursor=cursor(page[-1].imposed_at, page[-1].ban_id) if more else None)


async def ban(services: HttpServices, call: RequestContext[BanRequest]) -> Ban:
    """Ban a user: the socket closes, the room ends, and the user reads your statement."""
    body = call.body
    return await services.moderation.ban(
        body.user_id,
        kind=body.kind,
        statement=body.statement.strip(),
        until_at=body.until_at,
        by=call.user,
    )


async def lift(services: HttpServices, call: RequestContext[DecisionRequest]) -> None:
    """Lift a ban."""
    statement = call.body.statement.strip()
    await services.moderation.lift(call.name("ban_id"), statement=statement, by=call.user)


async def appeals(services: HttpServices, call: RequestContext[AppealsQuery]) -> AppealsResponse:
    """List appeals, the oldest first."""
    return AppealsResponse(appeals=await bans.appeals(services.moderation.pool, call.body.status, limit=200))


async def grant(services: HttpServices, call: RequestContext[DecisionRequest]) -> None:
    """Grant an appeal: the ban ends."""
    statement = call.body.statement.strip()
    await services.moderation.answer(call.name("ban_id"), granted=True, statement=statement, by=call.user)


async def reject(services: HttpServices, call: RequestContext[DecisionRequest]) -> None:
    """Reject an appeal: the ban stands."""
    statement = call.body.statement.strip()
    await services.moderation.answer(call.name("ban_id"), granted=False, statement=statement, by=call.user)
