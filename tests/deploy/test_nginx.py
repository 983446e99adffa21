"""The example for nginx, with a real nginx; and the page of either proxy when no node is ready."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from server.drill.servers.ports import steady_port
from tests.deploy.conftest import Node, guest
from tests.deploy.proxies import caddy, nginx
from tests.deploy.test_caddy import FORGED


async def test_users_meet_through_nginx(nodes: tuple[Node, Node], tmp_path: Path, http: aiohttp.ClientSession) -> None:
    async with nginx(tmp_path, nodes[0].port, nodes[1].port) as proxy:
        ada, bob = await guest(http, proxy, "Ada"), await guest(http, proxy, "Bob")
        (session,) = (await ada.get("/v1/sessions", headers=FORGED)).body["sessions"]
        assert session["address"] == "127.0.0.0/24"
        here, there = await ada.connect(), await bob.connect()
        for socket in (here, there):
            await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True, "interests": ["nginx"]})
        for socket in (here, there):
            while (await socket.receive_json(timeout=10))["type"] != "room.started":
                pass
            await socket.close()
        for path in ("/metrics", "/admin", "/admin.js", "/admin/api.js", "/v1/admin/stats"):
            assert (await http.get(proxy + path)).status == 404, path
        assert (await http.get(proxy)).status == 200


async def test_stopping_node_is_not_noticed_behind_nginx(
    nodes: tuple[Node, Node], tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with nginx(tmp_path, nodes[0].port, nodes[1].port) as proxy:
        ada = await guest(http, proxy, "Ada")
        stopping = asyncio.create_task(nodes[0].stop())
        while not stopping.done():
            assert (await ada.get("/v1/me")).status == 200
        assert await stopping == 0
        await (await ada.connect()).close()
    await nodes[0].start()


@pytest.mark.parametrize("proxy", [nginx, caddy], ids=["nginx", "caddy"])
async def test_error_page_is_served_when_no_node_is_ready(proxy, tmp_path: Path, http: aiohttp.ClientSession) -> None:
    async with proxy(tmp_path, steady_port(), steady_port()) as base, http.get(base) as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "2"
        assert "tries again by itself" in await answer.text()
