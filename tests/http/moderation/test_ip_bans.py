"""Which addresses may not even knock."""

from ipaddress import ip_address

import pytest

from matchmaker.domain.clock import ManualClock
from matchmaker.domain.errors import Banned, Invalid
from matchmaker.domain.ids import UserId, new_id
from server.auth.ip_bans import IpBanList, covers, network
from server.db.pool import Pool
from server.db.safety import ip_bans

BY = UserId(new_id(0))
NETWORKS = [
    "192.0.2.7",
    "198.51.100.0/24",
    "198.51.0.0/16",
    "10.0.0.0/8",
    "2001:db8::1",
    "2001:db8:5::/48",
    "fd00::/20",
]
ADDRESSES = [
    "192.0.2.6", "192.0.2.7", "192.0.2.8", "198.51.100.255", "198.51.101.0", "198.52.0.0", "10.255.255.255", "11.0.0.0",
    "2001:db8::1", "2001:db8::2", "2001:db8:5:ffff::", "2001:db8:6::", "fd00:fff::1", "fd00:1000::", "2001:db8:0:1::",
    "::", "0.0.0.0",
    "192.0.0.2",
]  # fmt: skip


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def gate(pool: Pool, clock: ManualClock) -> IpBanList:
    return IpBanList(pool, clock)


async def ban(pool: Pool, text: str, clock: ManualClock, *, until_at: int | None = None) -> str:
    made = await ip_bans.add(pool, network(text), reason="", until_at=until_at, by=BY, now=clock.now())
    return made.ip_ban_id


async def test_no_ban_refuses_no_address(gate: IpBanList) -> None:
    await gate.reload()
    assert not gate.is_banned
    gate.require_not_banned("192.0.2.7")


async def test_ban_refuses_exactly_its_network(gate: IpBanList, pool: Pool, clock: ManualClock) -> None:
    for text in NETWORKS:
        await ban(pool, text, clock)
    await gate.reload()
    for address in ADDRESSES:
        inside = any(ip_address(address) in network(text) for text in NETWORKS)
        assert (gate.refusal(address) is not None) == inside, address
    gate.require_not_banned("unknown")
    with pytest.raises(Banned):
        gate.require_not_banned("10.1.2.3")


async def test_ban_ends_at_its_deadline(gate: IpBanList, pool: Pool, clock: ManualClock) -> None:
    until = clock.now() + 1_000
    await ban(pool, "192.0.2.0/24", clock, until_at=until)
    await gate.reload()
    clock.advance(999)
    refusal = gate.refusal("192.0.2.1")
    assert refusal is not None
    assert refusal.details == {"until_at": until}
    clock.advance(1)
    assert gate.refusal("192.0.2.1") is None


async def test_wider_ban_holds_after_a_narrower_one_expired(gate: IpBanList, pool: Pool, clock: ManualClock) -> None:
    await ban(pool, "192.0.0.0/16", clock, until_at=clock.now() + 10)
    await ban(pool, "192.0.2.0/24", clock)
    await gate.reload()
    clock.advance(20)
    assert gate.refusal("192.0.2.1") is not None
    assert gate.refusal("192.0.3.1") is None


async def test_every_change_is_noticed(gate: IpBanList, pool: Pool, clock: ManualClock) -> None:
    first = await ban(pool, "192.0.2.1", clock)
    await gate.reload()
    clock.advance(1)
    await ip_bans.remove(pool, first, by=BY, now=clock.now())
    await ban(pool, "192.0.2.2", clock)
    await gate.reload(await ip_bans.stamp(pool))
    assert gate.refusal("192.0.2.1") is None
    assert gate.refusal("192.0.2.2") is not None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        (" 192.0.2.7/24 ", "192.0.2.0/24"),
        ("2001:DB8::7", "2001:db8::/64"),
        ("2001:db8::7/96", "2001:db8::/64"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("2001::/20", "2001::/20"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
    ],
)
def test_valid_networks(text: str, meant: str) -> None:
    assert str(network(text)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "192.0.2.7/33",
        "0.0.0.0/0",
        "::/0",
        "192.0.2",
        "::ffff:0.0.0.0/96",
        "0.0.0.0/1",
        "10.0.0.0/7",
        "2001::/19",
    ],
)
def test_invalid_networks(text: str) -> None:
    with pytest.raises(Invalid):
        network(text)


@pytest.mark.parametrize("text", ["0.0.0.0/1", "10.0.0.0/7", "2001::/19", "::/1", "::ffff:10.0.0.0/103"])
def test_network_wider_than_8_or_20_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="too wide"):
        network(text)


def test_ban_lookup_by_address() -> None:
    assert covers(network("192.0.2.0/24"), "192.0.2.9")
    assert not covers(network("192.0.2.0/24"), "2001:db8::1")
    assert not covers(network("192.0.2.0/24"), "unknown")
