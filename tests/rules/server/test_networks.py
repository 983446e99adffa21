"""Prefixes of addresses: what is one network, what is none, and where limits count."""

import pytest

from server.domain.networks import limit_prefixes, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("198.18.0.1", "198.18.0.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::/56"),
        ("[2001:db8:1:2ff::1]:443", "2001:db8:1:200::/56"),
    ],
)
def test_network_is_a_24_or_a_56_prefix(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.31.255.255", "192.168.0.9", "169.254.1.1", "100.64.0.1", "100.127.255.255",
     "::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "unknown", ""],
)  # fmt: skip
def test_private_addresses_have_no_network(address):
    assert network_of(address) is None


@pytest.mark.parametrize("address", ["172.32.0.1", "100.128.0.1", "100.63.0.1", "192.167.0.1", "fec0::1"])
def test_neighbours_of_private_ranges_have_networks(address):
    assert network_of(address) is not None


def test_limits_count_at_wider_prefixes_too():
    assert limit_prefixes("203.0.113.7") == (("203.0.113.7/32", 1), ("203.0.113.0/24", 8))
    assert limit_prefixes("2001:db8:1:2ff::1") == (
        ("2001:db8:1:2ff::/64", 1),
        ("2001:db8:1:200::/56", 4),
        ("2001:db8:1::/48", 16),
    )
    assert limit_prefixes("unknown") == (("unknown", 1),)
