"""Whom the service takes an asker for."""

import pytest

from tests.http.conftest import Caller

FORWARDED = {"X-Forwarded-For": "203.0.113.7, 198.51.100.9", "X-Real-IP": "203.0.113.7"}


async def test_without_proxies_a_header_is_not_believed(anonymous: Caller) -> None:
    reply = await anonymous.get("/v1/address", headers=FORWARDED)
    assert reply.body.pop("server_at") > 1_700_000_000_000
    assert reply.body == {"address": "127.0.0.1", "forwarded": 2, "believed": 0, "edges": 0}


@pytest.mark.settings(trusted_proxies=1)
async def test_as_many_are_believed_as_there_are(anonymous: Caller) -> None:
    reply = await anonymous.get("/v1/address", headers=FORWARDED)
    del reply.body["server_at"]
    assert reply.body == {"address": "198.51.100.9", "forwarded": 2, "believed": 1, "edges": 0}
    assert (await anonymous.get("/v1/address")).body["address"] == "127.0.0.1"


@pytest.mark.settings(real_ip_from=("127.0.0.0/8",))
async def test_an_edge_names_them(anonymous: Caller) -> None:
    reply = await anonymous.get("/v1/address", headers=FORWARDED)
    assert (reply.body["address"], reply.body["edges"]) == ("203.0.113.7", 1)
