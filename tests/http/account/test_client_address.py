"""Whom the service takes an asker for."""

import pytest

from tests.http.conftest import Caller

FORWARDED = {"X-Forwarded-For": "203.0.113.7, 198.51.100.9", "X-Real-IP": "203.0.113.7"}


async def test_header_is_ignored_without_proxies(anonymous: Caller) -> None:
    reply = await anonymous.get("/v1/address", headers=FORWARDED)
    assert reply.body.pop("server_at") > 1_700_000_000_000
    assert reply.body == {"address": "127.0.0.1", "forwarded": 2, "believed": 0, "edges": 0}


@pytest.mark.settings(trusted_proxies=1)
async def test_header_is_trusted_for_the_number_of_proxies(anonymous: Caller) -> None:
    reply = await anonymous.get("/v1/address", headers=FORWARDED)
    del reply.body["server_at"]
    assert reply.body == {"address": "198.51.100.9", "forwarded": 2, "believed": 1, "edges": 0}
    assert (await anonymous.get("/v1/address")).body["address"] == "127.0.0.1"


@pytest.mark.settings(real_ip_from=("127.0.0.0/8",))
async def test_edge_header_names_the_client(anonymous: Caller) -> None:
    reply = await anonymous.get("/v1/address", headers=FORWARDED)
    assert (reply.body["address"], reply.body["edges"]) == ("203.0.113.7", 1)
