"""`deploy/Caddyfile` in front of two nodes: sockets, client addresses, and a node that goes."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from server.config.settings import Settings
from server.doctor import service_probe
from tests.deploy.conftest import DEPLOY, Node, guest, tool
from tests.deploy.phone import Phone
from tests.deploy.proxies import caddy, surroundings

FORGED = {"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "X-Forwarded-Proto": "https"}


@pytest.fixture
async def proxy(nodes: tuple[Node, Node], tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a Caddy that passes on to both nodes."""
    async with caddy(tmp_path, *(node.port for node in nodes)) as url:
        yield url


def test_caddy_accepts_the_configuration(tmp_path: Path) -> None:
    words = [tool("caddy"), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    plain = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    compose = surroundings(tmp_path, 0, "node1:8080", "node2:8080") | {"RONDO_SITE": "call.example"}
    for environ in (plain, compose):
        done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


async def test_client_addresses_are_forwarded(
    proxy: str, nodes: tuple[Node, Node], http: aiohttp.ClientSession
) -> None:
    eve = await guest(http, proxy, "Eve")
    (session,) = (await eve.get("/v1/sessions", headers=FORGED)).body["sessions"]
    # As much of 127.0.0.1 as is kept; what they wrote themselves was thrown away.
    assert session["address"] == "127.0.0.0/24"


async def test_doctor_reports_no_problem(proxy: str) -> None:
    found = {finding.check: finding for finding in await service_probe.examine(Settings(trusted_proxies=1), proxy)}
    assert found["proxies"].state == found["origins"].state == "ok", found
    assert "127.0.0.1 (1 trusted)" in found["proxies"].found


async def test_users_meet_through_caddy(proxy: str, http: aiohttp.ClientSession) -> None:
    ada, bob = await guest(http, proxy, "Ada"), await guest(http, proxy, "Bob")
    here, there = await ada.connect(), await bob.connect()
    for socket in (here, there):
        await socket.send_json({"type": "queue.join", "mode": "text", "auto_accept": True, "interests": ["caddy"]})
    for socket in (here, there):
        while (await socket.receive_json(timeout=10))["type"] != "room.started":
            pass
        await socket.close()


async def test_page_and_socket_have_one_origin(proxy: str, http: aiohttp.ClientSession) -> None:
    assert (await http.get(proxy)).status == 200
    socket = await http.ws_connect(f"{proxy}/v1/ws", headers={"Origin": proxy})
    await socket.close()
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await http.ws_connect(f"{proxy}/v1/ws", headers={"Origin": "https://evil.example"})


async def test_ops_endpoints_are_not_forwarded(proxy: str, http: aiohttp.ClientSession) -> None:
    for path in ("/metrics", "/admin", "/admin.js", "/admin/api.js", "/v1/admin/stats"):
        assert (await http.get(proxy + path)).status == 404, path


async def test_stopping_node_is_not_noticed(proxy: str, nodes: tuple[Node, Node], http: aiohttp.ClientSession) -> None:
    ada = await guest(http, proxy, "Ada")
    stopping = asyncio.create_task(nodes[0].stop())
    began, asked = time.monotonic(), 0
    while not stopping.done() or asked < 20:
        assert (await ada.get("/v1/me")).status == 200
        asked += 1
        assert time.monotonic() - began < 30
    assert await stopping == 0
    await (await ada.connect()).close()
    await nodes[0].start()


async def test_rolling_upgrade_ends_no_room(proxy: str, nodes: tuple[Node, Node], http: aiohttp.ClientSession) -> None:
    async with Phone(await guest(http, proxy, "Ada")) as ada, Phone(await guest(http, proxy, "Bob")) as bob:
        for phone in (ada, bob):
            await phone.say(type="queue.join", mode="text", auto_accept=True)
        room = (await ada.hears("room.started"))["room"]["room_id"]
        assert (await bob.hears("room.started"))["room"]["room_id"] == room
        for number, node in enumerate(nodes):
            heard, before = (len(ada.told), len(bob.told)), ada.welcomes + bob.welcomes
            assert await node.stop() == 0
            async with asyncio.timeout(20):
                # Its users have reconnected, and the others stayed connected.
                while ada.welcomes + bob.welcomes == before or not (ada.is_on and bob.is_on):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            await node.start()
            await ada.say(type="chat.send", room_id=room, client_id=str(number), body=f"after {number}")
            await bob.say(type="chat.send", room_id=room, client_id=str(number), body=f"after {number}")
            for phone, after in zip((ada, bob), heard, strict=True):
                assert (await phone.hears("chat.message", after=after))["message"]["body"] == f"after {number}"
        for phone in (ada, bob):
            assert "room.ended" not in {frame["type"] for frame in phone.told}
