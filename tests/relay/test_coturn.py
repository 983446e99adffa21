"""coturn with `deploy/coturn.conf`: authentication, quotas, and denied peers."""

import asyncio
import re
import time
from contextlib import AsyncExitStack
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from aioice.stun import TransactionFailed

from matchmaker.domain.clock import SystemClock
from matchmaker.domain.ids import UserId
from server.config.ice_servers import IceServerProvider, credentials
from server.config.settings import Settings
from server.doctor.turn_relay import allocation, parse
from tests.relay.coturn import CONFIG, RELAYED, SECRET, Coturn

SPECIAL = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4", "::1/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48",
    "100::/64", "2001::/23", "2001::/32", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7",
    "fe80::/10", "fec0::/10", "ff00::/8",
)  # fmt: skip
"""IANA's special-purpose registries, multicast, and addresses that embed IPv4; coturn itself denies `::`."""
PUBLIC = ("1.1.1.1", "9.9.9.9", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00::1")


def denied() -> list[tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address]]:
    ranges = re.findall(r"^denied-peer-ip=(\S+)$", CONFIG.read_text(), re.MULTILINE)
    ends = [line.partition("-")[::2] for line in ranges]
    return [(ip_address(first), ip_address(last)) for first, last in ends]


def is_denied(address: IPv4Address | IPv6Address) -> bool:
    return any(low.version == address.version and low <= address <= high for low, high in denied())  # type: ignore[operator]


@pytest.mark.parametrize("special", SPECIAL)
def test_special_ranges_are_refused(special: str) -> None:
    network = ip_network(special)
    assert is_denied(network[0])
    assert is_denied(network[-1])


@pytest.mark.parametrize("public", PUBLIC)
def test_public_ranges_are_allowed(public: str) -> None:
    assert not is_denied(ip_address(public))


def of(user: str, *, expires_in_s: float = 60, secret: str = SECRET) -> tuple[str, str]:
    return credentials(secret, user, expires_at=round((time.time() + expires_in_s) * 1_000))


async def test_credentials_of_a_room_are_accepted(coturn: Coturn) -> None:
    settings = Settings(turn_urls=(coturn.url,), turn_secret=SECRET)
    (server,) = IceServerProvider(settings, SystemClock()).servers_for(UserId("ada")).ice_servers
    assert server.username is not None
    assert server.credential is not None
    async with allocation(parse(server.urls[0]), (server.username, server.credential)) as (client, _):
        assert client.relayed_address[0] == RELAYED


@pytest.mark.parametrize(
    "credential",
    [
        of("ada", expires_in_s=-1),
        of("ada", secret="another secret"),
        (of("eve")[0], of("ada")[1]),
        (of("ada", expires_in_s=9_999)[0], of("ada")[1]),
    ],
    ids=["expired", "of another relay", "somebody else's", "prolonged"],
)
async def test_other_credentials_are_refused(coturn: Coturn, credential: tuple[str, str]) -> None:
    with pytest.raises(TransactionFailed) as refused:
        async with allocation(parse(coturn.url), credential):
            pass
    assert refused.value.response.error_code == 401


async def test_allocation_outlives_its_credential(coturn: Coturn) -> None:
    soon = int(time.time()) + 1
    async with allocation(parse(coturn.url), credentials(SECRET, "ada", expires_at=soon * 1_000)) as (client, _):
        await asyncio.sleep(soon + 1.1 - time.time())
        await client.channel_bind(0x4000, (RELAYED, 9))
        with pytest.raises(TransactionFailed) as refused:
            async with allocation(parse(coturn.url), (client.username, client.password)):
                pass
        assert refused.value.response.error_code == 401


async def test_private_networks_are_refused(coturn: Coturn) -> None:
    async with allocation(parse(coturn.url), of("ada")) as (client, _):
        for number, special in enumerate(special for special in SPECIAL if ":" not in special):
            with pytest.raises(TransactionFailed) as refused:
                await client.channel_bind(0x4000 + number, (str(ip_network(special)[1]), 53))
            assert refused.value.response.error_code == 403, special
        await client.channel_bind(0x4FFF, ("9.9.9.9", 9))  # nothing is sent there


async def test_fresh_credentials_share_one_quota(coturn: Coturn) -> None:
    quota = int(re.search(r"^user-quota=(\d+)$", CONFIG.read_text(), re.MULTILINE)[1])  # type: ignore[index]
    async with AsyncExitStack() as stack:
        for number in range(quota):
            cleo = of("cleo", expires_in_s=60 + number)
            await stack.enter_async_context(allocation(parse(coturn.url), cleo))
        with pytest.raises(TransactionFailed) as refused:
            await stack.enter_async_context(allocation(parse(coturn.url), of("cleo", expires_in_s=600)))
        assert refused.value.response.error_code == 486
        await stack.enter_async_context(allocation(parse(coturn.url), of("bob")))
