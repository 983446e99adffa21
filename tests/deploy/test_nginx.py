"""The example for nginx, tried with a real one; and what people see at either proxy when no node is ready."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from server.drill.ports import steady_port
from tests.deploy.conftest import DEPLOY, Node, guest, tool, until_open
from tests.deploy.test_caddy import FORGED, surroundings


@asynccontextmanager
async def nginx(folder: Path, *backends: int) -> AsyncIterator[str]:
    """Give the URL of an nginx with our example, in front of what listens on the ports *backends*."""
    port = steady_port()
    site = (DEPLOY / "nginx.conf").read_text()
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("server 127.0.0.1:8081 ", f"server 127.0.0.1:{backends[0]} "),
        ("server 127.0.0.1:8082 ", f"server 127.0.0.1:{backends[1]} "),
        ("root /usr/share/rondo;", f"root {DEPLOY / 'proxy'};"),
    ):
        assert old in site
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site)
    temporary = " ".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder / 'pid'}; error_log {folder / 'error.log'}; events {{ }}\n"
        f"http {{ access_log off; {temporary} include {folder / 'site.conf'}; }}\n"
    )
    process = subprocess.Popen(
        [tool("nginx"), "-e", folder / "error.log", "-p", folder, "-c", folder / "nginx.conf"],
        stderr=subprocess.DEVNULL,
    )
    try:
        await asyncio.to_thread(until_open, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


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


async def test_node_that_stops_is_not_noticed_behind_nginx(
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


@asynccontextmanager
async def caddy(folder: Path, *backends: int) -> AsyncIterator[str]:
    """Give the URL of a Caddy with our example."""
    port = steady_port()
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + (DEPLOY / "Caddyfile").read_text())
    environ = surroundings(folder, port, *(f"127.0.0.1:{backend}" for backend in backends))
    process = subprocess.Popen(
        [tool("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")],
        env=environ | {"RONDO_PROXY_PAGES": str(DEPLOY / "proxy")},
        stderr=subprocess.DEVNULL,
    )
    try:
        await asyncio.to_thread(until_open, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("proxy", [nginx, caddy], ids=["nginx", "caddy"])
async def test_people_get_a_page_when_no_node_is_there(proxy, tmp_path: Path, http: aiohttp.ClientSession) -> None:
    async with proxy(tmp_path, steady_port(), steady_port()) as base, http.get(base) as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "2"
        assert "tries again by itself" in await answer.text()
