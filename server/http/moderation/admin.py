"""For moderators: live statistics, banned networks, and the audit log."""

from typing import Annotated

import msgspec
from msgspec import Meta

from server.auth.ip_bans import network
from server.db.moderation import reports
from server.db.safety import audit, ip_bans
from server.db.safety.ip_bans import IpBan
from server.http.route import RequestContext
from server.http.services import HttpServices
from server.observability.live_stats import EVERY_S, StatsSample
from signaling.wire.constraints import AnyUser, Details


class BanNetworkRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An address, or a network of them, to ban."""

    network: Annotated[str, Meta(max_length=60, description="like 192.0.2.7 or 2001:db8::/32")]
    reason: Details = ""
    """For moderators only."""
    until_at: Annotated[int, Meta(ge=0, le=253_402_300_799_000)] | None = None
    """Unix milliseconds. Null: until it is lifted."""


class BannedNetworksResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Bans in force, the newest first."""

    ip_bans: list[IpBan]


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the log to return."""

    cursor: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    """The cursor of the previous answer; left out: from the end."""
    subject_id: AnyUser | None = None
    """Only entries about this user or object."""
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class AuditResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Decisions, the newest first; `cursor` leads to earlier entries, null: there are none."""

    entries: list[audit.AuditEntry]
    cursor: int | None


class OpenWork(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a moderator."""

    open_reports: int
    open_appeals: int
    standing_bans: int
    ip_bans: int
    message_erasures: int
    """Deleted accounts whose messages are still being emptied."""


class LiveStatsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The state of all nodes together, now and during the last hour."""

    server_at: int
    now: StatsSample
    work: OpenWork
    every_s: float
    """Seconds between two points."""
    points: list[StatsSample]
    """Oldest first."""


async def stats(services: HttpServices, call: RequestContext[None]) -> LiveStatsResponse:  # noqa: ARG001
    """Get live statistics."""
    counts = await reports.work(services.moderation.pool, now=services.clock.now())
    return LiveStatsResponse(
        server_at=services.clock.now(),
        now=await services.live_stats.now(),
        work=msgspec.convert(counts, OpenWork),
        every_s=EVERY_S,
        points=services.live_stats.points,
    )


async def banned_networks(services: HttpServices, call: RequestContext[None]) -> BannedNetworksResponse:  # noqa: ARG001
    """List banned addresses and networks."""
    return BannedNetworksResponse(ip_bans=await ip_bans.in_force(services.moderation.pool, now=services.clock.now()))


async def ban_network(services: HttpServices, call: RequestContext[BanNetworkRequest]) -> IpBan:
    """Ban an address or a network; open sockets of it are closed."""
    body = call.body
    return await services.network_bans.ban(
        network(body.network), reason=body.reason.strip(), until_at=body.until_at, by=call.user, address=call.address
    )


async def unban_network(services: HttpServices, call: RequestContext[None]) -> None:
    """Lift the ban of an address or a network."""
    await services.network_bans.unban(call.name("ip_ban_id"), by=call.user)


async def log(services: HttpServices, call: RequestContext[AuditQuery]) -> AuditResponse:
    """Read the audit log, the newest first."""
    body = call.body
    found = await audit.entries(
        services.moderation.pool, before=body.cursor, limit=body.limit + 1, about=body.subject_id
    )
    page = found[: body.limit]
    return AuditResponse(entries=page, cursor=page[-1].n if len(found) > body.limit else None)
