"""Host addresses of a mirror; on a machine without a network, the loopback."""

import aioice.ice

LOOPBACK = "127.0.0.1"

_outside = aioice.ice.get_host_addresses


def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """Return the addresses to offer to a peer; the loopback, which is reachable only from this machine, if there is no
    other.
    """
    return _outside(use_ipv4=use_ipv4, use_ipv6=use_ipv6) or [LOOPBACK]


def reach_loopback() -> None:
    """Make later connections use the loopback when there is no other address.

    aioice excludes it and has no setting for it: without this, a laptop that is offline would have no mirror.
    """
    aioice.ice.get_host_addresses = addresses
