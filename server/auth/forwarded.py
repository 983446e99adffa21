"""The client address behind trusted proxies, and the origin of the page that made the request."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Protocol

from aiohttp import HttpVersion11, web
from multidict import CIMultiDictProxy

from matchmaker.domain.errors import NotFound
from server.domain.networks import parse_address

FORWARDING = frozenset(
    ("forwarded", "via", "cdn-loop", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "cf-ray",
     "fastly-client-ip", "fly-client-ip", "x-original-forwarded-for")
)  # fmt: skip
"""Headers, besides `x-forwarded-…`, that show that a proxy forwards the request of a client."""
_is_origin = re.compile(r"[a-z][a-z0-9+.-]{0,19}://[A-Za-z0-9.:\[\]-]{1,260}\Z").match
UNKNOWN = "unknown"
"""The address of requests over a Unix socket: all of them share their limits."""


class ClientRequest(Protocol):
    """The part of a request that its client address and origin are derived from."""

    @property
    def remote(self) -> str | None:
        """The address at the other end of the connection."""

    @property
    def host(self) -> str:
        """The Host header."""

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """All headers."""


def address_of(request: ClientRequest, *, proxies: int, edges: Sequence[IPv4Network | IPv6Network] = ()) -> str:
    """Return the client address, without zone or port, behind a number of trusted *proxies*, or behind those in
    *edges*.

    Each of the *proxies* appends its client to X-Forwarded-For, so the entry that counts is that many from the right:
    entries further left were written by the client, and may be forged. A proxy in *edges* sets X-Real-IP, and
    overwrites the value that the client sent.
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


def require_private(request: web.BaseRequest) -> None:
    """Return if a program on this machine made the request, to a loopback name.

    The Host header is checked because a foreign page can resolve its own name to 127.0.0.1 (DNS rebinding).

    A request without a Host header, or of HTTP/1.0, is not private either: nginx by default proxies that way, without a
    header of its own and with our address as the host.

    Raises:
        NotFound: a proxy forwarded the request, or the host is no loopback name.
    """
    names = {name.lower() for name in request.headers}
    forwards = not names.isdisjoint(FORWARDING) or any(name.startswith("x-forwarded-") for name in names)
    if forwards or request.version < HttpVersion11 or not is_loopback(request.headers.get("Host", "")):
        raise NotFound("there is nothing here")


def is_loopback(host: str) -> bool:
    """Return whether *host*, as in a Host header, is `localhost`, in 127.0.0.0/8, or `[::1]`."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
    if name.lower() == "localhost":
        return True
    is_v6 = name.startswith("[") and name.endswith("]")
    try:
        ip = ip_address(name[1:-1] if is_v6 else name)
    except ValueError:
        return False
    return ip.is_loopback and (ip.version == 6) == is_v6


def is_allowed_origin(request: ClientRequest, allowed: Sequence[str]) -> bool:
    """Return whether the page that made this request may use the API: our own origin, one of *allowed*, or no Origin
    header.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    origin = origin.lower()
    return origin.partition("://")[2] == request.host.lower() or any(origin == page.lower() for page in allowed)


def shown_origin(origin: str) -> str:
    """Return *origin* if it is a valid one (RFC 6454 section 7.1), else a placeholder: its content is chosen by the
    client.
    """
    return origin if _is_origin(origin) else "an unknown origin"


def shortened(address: str) -> str:
    """Return *address* shortened to a network, the /24 of IPv4 or /48 of IPv6, which identifies no user."""
    ip = parse_address(address)
    if isinstance(ip, IPv6Address):
        return str(IPv6Address(int(ip) >> 80 << 80)) + "/48"
    return "" if ip is None else str(IPv4Address(int(ip) >> 8 << 8)) + "/24"
