"""For moderators: live figures, banned networks, and the record of who decided what."""

from typing import Annotated

import msgspec
from msgspec import Meta

from server.figures import EVERY_S, Point
from server.gate import network
from server.http.desk import Desk
from server.http.route import Call
from server.ledger import audit, ip_bans, reports
from server.ledger.ip_bans import IpBan
from signaling.bounds import AnyUser, Details


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """An address, or a network of them, to be refused."""

    network: Annotated[str, Meta(max_length=60, description="like 192.0.2.7 or 2001:db8::/32")]
    reason: Details = ""
    """For moderators only."""
    until_at: Annotated[int, Meta(ge=0, le=253_402_300_799_000)] | None = None
    """Unix milliseconds. Null: until it is lifted."""


class Networks(msgspec.Struct, frozen=True, kw_only=True):
    """What is refused now, the newest first."""

    ip_bans: list[IpBan]


class WhichEntries(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the log is wanted."""

    cursor: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    """From the answer before; left out: from the end."""
    subject_id: AnyUser | None = None
    """Only on this person or thing."""
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, the newest first; `cursor` leads to earlier entries, null: there are none."""

    entries: list[audit.Entry]
    cursor: int | None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a moderator."""

    open_reports: int
    open_appeals: int
    standing_bans: int
    ip_bans: int


class LiveFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand on all nodes together, and how they stood during the last hour."""

    server_at: int
    now: Point
    work: Work
    every_s: float
    """Seconds between two points."""
    points: list[Point]
    """Oldest first."""


async def stats(desk: Desk, call: Call[None]) -> LiveFigures:  # noqa: ARG001
    """Get live figures."""
    counts = await reports.work(desk.moderation.pool, now=desk.clock.now())
    return LiveFigures(
        server_at=desk.clock.now(),
        now=await desk.figures.now(),
        work=msgspec.convert(counts, Work),
        every_s=EVERY_S,
        points=desk.figures.points,
    )


async def barred(desk: Desk, call: Call[None]) -> Networks:  # noqa: ARG001
    """List banned addresses and networks."""
    return Networks(ip_bans=await ip_bans.standing(desk.moderation.pool, now=desk.clock.now()))


async def bar(desk: Desk, call: Call[Network]) -> IpBan:
    """Ban an address or a network; open sockets of it are closed."""
    body = call.body
    return await desk.network_bans.ban(
        network(body.network), reason=body.reason.strip(), until_at=body.until_at, by=call.user, address=call.address
    )


async def unbar(desk: Desk, call: Call[None]) -> None:
    """Let an address or a network in again."""
    await desk.network_bans.unban(call.name("ip_ban_id"), by=call.user)


async def log(desk: Desk, call: Call[WhichEntries]) -> Entries:
    """Read the audit log, the newest first."""
    body = call.body
    found = await audit.entries(desk.moderation.pool, before=body.cursor, limit=body.limit + 1, about=body.subject_id)
    page = found[: body.limit]
    return Entries(entries=page, cursor=page[-1].n if len(found) > body.limit else None)
