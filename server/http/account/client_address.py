"""The client address as the service sees it, shown to that client only: lets an operator check the proxies."""

import msgspec

from server.http.route import RequestContext
from server.http.services import HttpServices


class ClientAddressResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The client address, and how it was found."""

    address: str
    """The prefix at which limits and bans of addresses apply."""
    forwarded: int
    """How many addresses stood in its X-Forwarded-For."""
    believed: int
    """How many of them are trusted (RONDO_TRUSTED_PROXIES)."""
    edges: int
    """How many networks are trusted to set X-Real-IP (RONDO_REAL_IP_FROM)."""
    server_at: int = 0
    """The time of the server (Unix milliseconds)."""


async def show(services: HttpServices, call: RequestContext[None]) -> ClientAddressResponse:
    """Get your address as the service sees it, and how it was found."""
    lines = call.request.headers.getall("X-Forwarded-For", ())
    return ClientAddressResponse(
        address=call.address,
        forwarded=sum(bool(entry.strip()) for line in lines for entry in line.split(",")),
        believed=services.settings.trusted_proxies,
        edges=len(services.settings.real_ip_from),
        server_at=services.clock.now(),
    )
