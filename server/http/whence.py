"""The client address as the service sees it, shown to that client only: lets an operator check the proxies."""

import msgspec

from server.http.desk import Desk
from server.http.route import Call


class Whence(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request came from, and by whose word."""

    address: str
    """What limits and bans of addresses go by."""
    forwarded: int
    """How many addresses stood in its X-Forwarded-For."""
    believed: int
    """How many of them are believed (RONDO_TRUSTED_PROXIES)."""
    edges: int
    """How many networks' X-Real-IP is believed (RONDO_REAL_IP_FROM)."""
    server_at: int = 0
    """The time of the server (Unix milliseconds)."""


async def show(desk: Desk, call: Call[None]) -> Whence:
    """Get your address as the service sees it, and how it was found."""
    lines = call.request.headers.getall("X-Forwarded-For", ())
    return Whence(
        address=call.address,
        forwarded=sum(bool(entry.strip()) for line in lines for entry in line.split(",")),
        believed=desk.settings.trusted_proxies,
        edges=len(desk.settings.real_ip_from),
        server_at=desk.clock.now(),
    )
