"""Address prefixes: which one counts as a network, and the prefixes at which a limit per address applies."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_NO_NETWORK = tuple(
    ip_network(prefix)
    for prefix in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
        "::1/128", "fe80::/10", "fc00::/7",
    )
)  # fmt: skip
"""Loopback, RFC 1918, link-local, unique-local and RFC 6598: they do not locate a user. Not `ip_address.is_private`,
which also covers documentation and benchmark ranges."""


@lru_cache(maxsize=8_192)  # cached: addresses repeat, and parsing one costs 10 µs
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address in *text*, without brackets, port or zone, IPv4-mapped as IPv4; None if there is none."""
    text = text.removeprefix("[").partition("]")[0] if text.startswith("[") else text
    if text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A dual-stack listener reports IPv4 clients in this form.
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


@lru_cache(maxsize=8_192)
def network_of(address: str) -> str | None:
    """Return the network of *address* as CIDR, a /24 or a /56; None for addresses without one
    (product.md, section 1).
    """
    ip = parse_address(address)
    if ip is None or any(ip in prefix for prefix in _NO_NETWORK):
        return None
    return _prefix(ip, 24 if ip.version == 4 else 56)


@lru_cache(maxsize=8_192)
def limit_prefixes(address: str) -> tuple[tuple[str, int], ...]:
    """Return the prefixes at which a limit of n per address counts, each with its factor of n, the narrowest first.

    IPv4: /32 (n), /24 (8 n). IPv6: /64 (n), /56 (4 n), /48 (16 n) (product.md, section 11). Text that is no IP address
    is its own key.
    """
    ip = parse_address(address)
    if ip is None:
        return ((address, 1),)
    if ip.version == 4:
        return ((_prefix(ip, 32), 1), (_prefix(ip, 24), 8))
    return ((_prefix(ip, 64), 1), (_prefix(ip, 56), 4), (_prefix(ip, 48), 16))


def _prefix(ip: IPv4Address | IPv6Address, length: int) -> str:
    return str(ip_network((ip, length), strict=False))
