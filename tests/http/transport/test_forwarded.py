"""Whose address counts, and which page may talk to us."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from server.auth.forwarded import address_of, is_allowed_origin


def request(peer: str = "10.0.0.9", **headers: str):  # type: ignore[no-untyped-def]
    named = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return make_mocked_request("GET", "/", headers=named).clone(remote=peer)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "1.1.1.1", "10.0.0.9"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "1.1.1.1"),
        (1, "1.1.1.1:4711", "1.1.1.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "nonsense", "10.0.0.9"),
        (1, "1.1.1.1, ", "10.0.0.9"),
        (1, "", "10.0.0.9"),
    ],
)
def test_forwarded_entries_are_trusted_for_the_number_of_proxies(proxies: int, forwarded: str, address: str) -> None:
    assert address_of(request(X_Forwarded_For=forwarded), proxies=proxies) == address


def test_without_the_header_the_peer_counts() -> None:
    assert address_of(request(), proxies=1) == "10.0.0.9"


@pytest.mark.parametrize(
    ("peer", "address"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("", "unknown"), ("::1", "::1")],
)
def test_ipv4_mapped_addresses_of_a_dual_stack_listener(peer: str, address: str) -> None:
    assert address_of(request(peer), proxies=0) == address


EDGES = (ip_network("100.64.0.0/10"), ip_network("fd12::/16"))


@pytest.mark.parametrize(
    ("peer", "named", "address"),
    [
        ("100.64.0.3", "1.1.1.1", "1.1.1.1"),
        ("::ffff:100.127.255.254", "1.1.1.1", "1.1.1.1"),
        ("fd12::7", "2001:DB8::1", "2001:db8::1"),
        ("100.128.0.1", "1.1.1.1", "100.128.0.1"),
        ("fd13::7", "1.1.1.1", "fd13::7"),
        ("100.64.0.3", "nonsense", "100.64.0.3"),
        ("100.64.0.3", "", "100.64.0.3"),
        ("", "1.1.1.1", "unknown"),
    ],
)
def test_only_an_edge_can_name_the_client(peer: str, named: str, address: str) -> None:
    headers = {"X_Real_IP": named, "X_Forwarded_For": "6.6.6.6, 7.7.7.7"}
    assert address_of(request(peer, **headers), proxies=0, edges=EDGES) == address


def test_edge_without_the_header_counts_itself() -> None:
    assert address_of(request("100.64.0.3", X_Forwarded_For="6.6.6.6"), proxies=0, edges=EDGES) == "100.64.0.3"


def test_without_edges_no_client_header_is_trusted() -> None:
    assert address_of(request("100.64.0.3", X_Real_IP="1.1.1.1"), proxies=0) == "100.64.0.3"


@pytest.mark.parametrize(
    ("origin", "allowed", "welcome"),
    [
        (None, (), True),
        ("http://rondo.example", (), True),
        ("HTTPS://Rondo.Example", (), True),
        ("https://rondo.example:8443", (), False),
        ("https://evil.example", (), False),
        ("https://rondo.example.evil.example", (), False),
        ("null", (), False),
        ("", (), False),
        ("https://app.example", ("https://app.example",), True),
        ("http://app.example", ("https://app.example",), False),
        ("https://rondo.example", ("https://app.example",), True),
    ],
)
def test_allowed_origins(origin: str | None, allowed: tuple[str, ...], welcome: bool) -> None:
    headers = {"Host": "rondo.example"} | ({} if origin is None else {"Origin": origin})
    assert is_allowed_origin(request(**headers), allowed) is welcome
