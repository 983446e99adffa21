"""Who is asking: the address behind the proxies that we trust, and the page the request came from."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from aiohttp import web

from server.networks import parse_address

UNKNOWN = "unknown"
"""The address of a request that came over a Unix socket: all of them share their limits."""


def address_of(request: web.BaseRequest, *, proxies: int, edges: Sequence[IPv4Network | IPv6Network] = ()) -> str:
    """Return the address that asks, without zone or port; *proxies* in front of us are believed, or those in *edges*.

    Each of the *proxies* appends whom it saw to X-Forwarded-For, so the entry that counts is that many from the right:
    what stands further left was written by the client, who may write anything. One in *edges* names the client in
    X-Real-IP, and puts its own word in place of the client's.
    """
    peer = parse_address(request.remote or "")
    if peer is not None and any(peer in edge for edge in edges):
        named = request.headers.getall("X-Real-IP", ())
        if named and (ip := parse_address(named[-1].strip())):
            return str(ip)
    if proxies:
        entries = [entry.strip() for line in request.headers.getall("X-Forwarded-For", ()) for entry in line.split(",")]
        if entries and (ip := parse_address(entries[-min(proxies, len(entries))])):
            return str(ip)
    return str(peer) if peer else UNKNOWN


def is_forwarded(request: web.BaseRequest) -> bool:
    """Tell whether a proxy says that it asks on behalf of somebody else."""
    return any(name in request.headers for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"))


def neighbourhood(address: str) -> str:
    """Return what a limit counts: an IPv4 address, or the /64 of an IPv6 one, of which a single customer has 2**64."""
    ip = parse_address(address)
    if isinstance(ip, IPv6Address):
        return str(IPv6Address(int(ip) >> 64 << 64)) + "/64"
    return address


def is_welcome(request: web.BaseRequest, allowed: Sequence[str]) -> bool:
    """Tell whether the page that made this request may talk to us: our own, one of *allowed*, or no page at all."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    origin = origin.lower()
    return origin.partition("://")[2] == request.host.lower() or any(origin == page.lower() for page in allowed)


def shortened(address: str) -> str:
    """Return as much of *address* as its owner recognises and nobody is found by: the /24 of IPv4, the /48 of IPv6."""
    ip = parse_address(address)
    if isinstance(ip, IPv6Address):
        return str(IPv6Address(int(ip) >> 80 << 80)) + "/48"
    return "" if ip is None else str(IPv4Address(int(ip) >> 8 << 8)) + "/24"
