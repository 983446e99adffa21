"""Where a mirror can be reached."""

import aioice

from server.mirror.addresses import LOOPBACK, addresses, reach_loopback


def test_loopback_is_used_without_a_network() -> None:
    assert addresses(use_ipv4=False, use_ipv6=False) == [LOOPBACK]


async def test_aioice_uses_our_addresses() -> None:
    reach_loopback()
    connection = aioice.Connection(ice_controlling=False, use_ipv4=False, use_ipv6=False)
    await connection.gather_candidates()
    assert [candidate.host for candidate in connection.local_candidates] == [LOOPBACK]
    await connection.close()
