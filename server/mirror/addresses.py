"""Where a mirror can be reached: on a machine without a network, over the loopback."""

import aioice.ice

LOOPBACK = "127.0.0.1"

_outside = aioice.ice.get_host_addresses


def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """Return the addresses to offer to a peer; the loopback, which reaches only this machine, if there is no other."""
    return _outside(use_ipv4=use_ipv4, use_ipv6=use_ipv6) or [LOOPBACK]


def reach_loopback() -> None:
    """Let connections that are made from now on use the loopback when there is nothing else.

    aioice leaves it out and has no setting for it: a laptop that is offline would have no mirror.
    """
    aioice.ice.get_host_addresses = addresses
