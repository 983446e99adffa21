"""Limits outlast the process: a server that is killed has forgotten no attempt, another node knows of each."""

import asyncio

import aiohttp
import pytest

from tests.support.client import Person, Refused
from tests.support.cluster import TwoNodes
from tests.support.service import Service


# A setting of no other story: no other user has signed up on this server.
@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_RATE_LIMITS="on", RONDO_DRAIN_S=24)
async def test_crash_does_not_reset_limits(service: Service, http: aiohttp.ClientSession) -> None:
    async def sign_up() -> int:
        body = {"display_name": "Eve", "adult": True}
        async with http.post(f"{service.base}/v1/auth/guest", json=body) as response:
            return response.status

    assert [await sign_up() for _ in range(7)] == [201] * 6 + [429]
    await service.kill()
    await service.start()
    assert await sign_up() == 429


@pytest.mark.topology("one_node")
@pytest.mark.settings(RONDO_RATE_LIMITS="on", RONDO_TRUSTED_PROXIES=1, RONDO_DRAIN_S=23)
async def test_fifty_users_of_one_address_reconnect_after_a_crash(
    service: Service, http: aiohttp.ClientSession
) -> None:
    async def sign_up(number: int) -> str:
        body, headers = {"display_name": "Ada", "adult": True}, {"X-Forwarded-For": f"198.51.{number}.7"}
        async with http.post(f"{service.base}/v1/auth/guest", json=body, headers=headers) as response:
            token: str = (await response.json())["token"]
            return token

    async def come(token: str) -> aiohttp.ClientWebSocketResponse:
        socket = await http.ws_connect(f"{service.base}/v1/ws", headers={"X-Forwarded-For": "203.0.113.7"})
        await socket.send_json({"type": "hello", "token": token})
        assert (await socket.receive_json(timeout=20))["type"] == "welcome"
        return socket

    tokens = await asyncio.gather(*map(sign_up, range(50)))
    for _ in range(2):
        sockets = await asyncio.gather(*map(come, tokens))
        await service.kill()
        await service.start()
        for socket in sockets:
            await socket.close()
    await asyncio.gather(*map(come, tokens))


@pytest.mark.settings(RONDO_RATE_LIMITS="on", RONDO_DISCOVER_EVERY_S=60, RONDO_DISCOVER_BURST=2)
@pytest.mark.topology("two_nodes")
async def test_limit_of_a_user_moves_to_another_node(service: TwoNodes, ada: Person) -> None:
    for _ in range(2):
        await ada.ask("discover")
    await ada.close()
    ada.base = service.nodes[1].base
    await ada.connect(resume=True)
    assert ada.welcome["resumed"] is True
    with pytest.raises(Refused) as refused:
        await ada.ask("discover")
    assert refused.value.code == "rate_limited"
