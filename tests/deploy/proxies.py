"""The proxies of our examples, run as an operator runs them."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from server.drill.servers.ports import steady_port
from tests.deploy.conftest import DEPLOY, tool, until_open


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
    command = [tool("nginx"), "-e", folder / "error.log", "-p", folder, "-c", folder / "nginx.conf"]
    async with _running(command, port) as url:
        yield url


@asynccontextmanager
async def caddy(folder: Path, *backends: int) -> AsyncIterator[str]:
    """Give the URL of a Caddy with our example, in front of what listens on the ports *backends*."""
    port = steady_port()
    # Its own listener for changes is on a fixed port; nothing is to be changed here.
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + (DEPLOY / "Caddyfile").read_text())
    environ = surroundings(folder, port, *(f"127.0.0.1:{backend}" for backend in backends))
    command = [tool("caddy"), "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]
    async with _running(command, port, environ | {"RONDO_PROXY_PAGES": str(DEPLOY / "proxy")}) as url:
        yield url


def surroundings(folder: Path, port: int, *nodes: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "RONDO_SITE": f"http://127.0.0.1:{port}",
        "RONDO_NODES": " ".join(nodes),
    }


@asynccontextmanager
async def _running(
    command: Sequence[str | Path], port: int, environ: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    try:
        await asyncio.to_thread(until_open, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
