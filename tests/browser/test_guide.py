"""The guide and the example, followed literally by two users in a real Chromium."""

import asyncio
import os
import re
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from server.config import assets
from server.config.version import VERSION
from tests.browser.conftest import PHONE, Visit
from tests.client.conftest import BIN, ROOT, run
from tests.journeys.conftest import StartService
from tests.support.service import Service

BLOCK = re.compile(r"`([\w.]+)`:\n\n```(?:html|js)\n(.*?)```", re.DOTALL)
GUIDE = {name: (assets.guide() / f"{name}.md").read_text() for name in ("first-call", "messages")}
SHELL = re.findall(r"```sh\n(.*?)```", GUIDE["first-call"], re.DOTALL)
FILES = {name: text for chapter in GUIDE.values() for name, text in BLOCK.findall(chapter)}
WITHOUT_NETWORK = {"npm_config_offline": "true", "npm_config_audit": "false", "npm_config_fund": "false"}
PATIENCE_MS = 40_000


async def sees_moving_pictures(page: Page, video: str) -> None:
    """Wait until *video* shows pictures, and go on when it has shown a few."""
    async with asyncio.timeout(PATIENCE_MS / 1_000):
        while not await page.locator(video).evaluate("video => video.videoWidth > 0 && video.currentTime > 0.3"):  # noqa: ASYNC110 - the event is in another process
            await asyncio.sleep(0.05)


async def become_friends(*pages: Page) -> None:
    """Follow chapter and example: meet, like each other quietly, and become friends."""
    for page in pages:
        await expect(page.locator("#status")).to_contain_text("You met", timeout=PATIENCE_MS)
        await page.locator("#like").click()
    for page in pages:
        await expect(page.locator("#status")).to_contain_text("are friends", timeout=PATIENCE_MS)
        await expect(page.locator("#form")).to_be_visible()


async def write(page: Page, text: str, file: Path | None = None) -> None:
    """Send a message, with a file if there is one."""
    await page.locator("#text").fill(text)
    if file is not None:
        await page.locator("#file").set_input_files(file)
    await page.locator("#form button").click()


async def sees(page: Page, *lines: str | re.Pattern[str]) -> None:
    """Wait until these are the messages that *page* shows."""
    await expect(page.locator("#messages li")).to_have_text(list(lines), timeout=PATIENCE_MS)


@pytest.mark.settings(RONDO_RATE_LIMITS="off", RONDO_ATTACHMENTS="local")
async def test_examples_make_a_call_and_a_conversation(visit: Visit, service: Service, tmp_path: Path) -> None:
    folder = assets.web() / "examples" / "vanilla"
    lines = [line for path in folder.iterdir() for line in path.read_text().splitlines()]
    assert len(lines) <= 20
    address = f"{service.base}/examples/vanilla/index.html"
    ada, bob = await visit("Ada", at=address), await visit("Bob", at=address, viewport=PHONE)
    for one in (ada, bob):
        await sees_moving_pictures(one.page, "#me")
        await sees_moving_pictures(one.page, "#peer")

    for one in (ada, bob):
        await one.page.goto(f"{service.base}/examples/messages/index.html")
    await become_friends(ada.page, bob.page)
    (file := tmp_path / "plan.txt").write_text("At nine.")
    await write(ada.page, "Hello", file)
    await sees(bob.page, "Hello plan.txt")
    await write(bob.page, "At nine, then.")
    for one in (ada, bob):
        await sees(one.page, "Hello plan.txt", "At nine, then.")

    # Ada meets another one, and makes a group of both.
    cat = await visit("Cat", at=f"{service.base}/examples/messages/index.html")
    await ada.page.locator("#next").click()
    await become_friends(ada.page, cat.page)
    await ada.page.locator("#name").fill("Chess")
    await ada.page.locator("#new button").click()
    for one in (bob, cat):
        await one.page.locator("#inbox button").filter(has_text="Chess").click()
    await expect(cat.page.locator("#title")).to_have_text("Chess: 3 members", timeout=PATIENCE_MS)
    await write(ada.page, "Tonight?")
    for one in (bob, cat):
        await sees(one.page, re.compile(r"^[0-9a-f]{8}: Tonight\?$"))


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def followed(start_service: StartService, port: int, tmp_path: Path) -> Service:
    """Follow `first-call.md` up to `npx vite`, with free ports and without the network: vite is installed already."""
    start, build, project, serve = SHELL
    assert (start.split()[-2:], build, serve) == (["make", "run"], "make client\n", "npx vite\n")
    settings = dict(word.replace("5173", str(port)).split("=", 1) for word in start.split()[:-2])
    service = await asyncio.to_thread(
        start_service, settings | {"RONDO_RATE_LIMITS": "off", "RONDO_GRACE_S": "60", "RONDO_ATTACHMENTS": "local"}
    )
    (tmp_path / "rondo" / "dist").mkdir(parents=True)
    run("node", "client_package.mjs")
    run("npm", "pack", ROOT / "build" / "rondo-client", "--pack-destination", tmp_path / "rondo" / "dist")
    vite = f"ln -s {ROOT}/node_modules/vite node_modules/\nmkdir -p node_modules/.bin\n"
    vite += "ln -s ../vite/bin/vite.js node_modules/.bin/vite"
    assert "npm install --save-dev vite\n" in project
    assert f"rondo-client-{VERSION}.tgz" in project
    commands = project.replace("npm install --save-dev vite\n", f"{vite}\n")
    run("env", *(f"{name}={value}" for name, value in WITHOUT_NETWORK.items()), "bash", "-ec", commands, cwd=tmp_path)
    assert sorted(FILES) == ["index.html", "main.js", "messages.html", "messages.js"]
    for name, text in FILES.items():
        (tmp_path / "hello-rondo" / name).write_text(text.replace("http://localhost:8080", service.base))
    return service


@pytest.fixture
async def site(followed: Service, port: int, tmp_path: Path) -> AsyncIterator[str]:
    """The address where Vite serves the page of the guide."""
    environ = {**os.environ, **WITHOUT_NETWORK, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    command = ["npx", "vite", "--host", "127.0.0.1", "--port", str(port), "--strictPort"]
    with (tmp_path / "vite.log").open("wb") as log:
        vite = subprocess.Popen(
            command, cwd=tmp_path / "hello-rondo", env=environ, stdout=log, stderr=log, start_new_session=True
        )
    try:
        async with asyncio.timeout(60):
            while b"ready in" not in (tmp_path / "vite.log").read_bytes():
                assert vite.poll() is None, (tmp_path / "vite.log").read_text()
                await asyncio.sleep(0.05)
        yield f"http://localhost:{port}"
    finally:
        os.killpg(vite.pid, 15)
        vite.wait()


async def test_first_call_and_messages_of_the_guide(
    chromium: Browser, site: str, port: int, followed: Service, tmp_path: Path
) -> None:
    context = await chromium.new_context()
    ada, bob = await context.new_page(), await context.new_page()
    for page in (ada, bob):
        page.set_default_timeout(PATIENCE_MS)
        await page.goto(site)
        await page.locator("#start").click()
    for page in (ada, bob):
        await sees_moving_pictures(page, "#peer")
        await expect(page.locator("#status")).to_have_text("live with Guest", timeout=PATIENCE_MS)

    await ada.reload()
    await ada.locator("#start").click()
    await sees_moving_pictures(ada, "#peer")
    await expect(ada.locator("#status")).to_have_text("live with Guest", timeout=PATIENCE_MS)

    await bob.locator("#next").click()
    await expect(bob.locator("#status")).to_have_text("queued", timeout=PATIENCE_MS)
    await expect(ada.locator("#status")).to_have_text("idle", timeout=PATIENCE_MS)

    for page in (ada, bob):
        await page.goto(f"{site}/messages.html")
        await page.locator("#start").click()
    await become_friends(ada, bob)
    (file := tmp_path / "plan.txt").write_text("At nine.")
    await write(ada, "Hello", file)
    await sees(bob, "Hello plan.txt")
    await ada.bring_to_front()
    await asyncio.to_thread(followed.stop_hard)
    await write(bob, "one")
    await write(bob, "two")
    await sees(bob, "Hello plan.txt", "one …", "two …")
    await asyncio.to_thread(followed.start_now)
    for page in (ada, bob):
        await sees(page, re.compile("^Hello plan.txt"), re.compile("^one(?! …)"), re.compile("^two(?! …)"))
    await ada.reload()
    await ada.locator("#start").click()
    await sees(ada, "Hello plan.txt (read)", "one", "two")

    # The same page at an address that the server does not allow.
    stranger = await context.new_page()
    await stranger.goto(f"http://127.0.0.1:{port}")
    await stranger.locator("#start").click()
    refused = f"does not allow pages of http://127.0.0.1:{port}."
    await expect(stranger.locator("#status")).to_contain_text(refused, timeout=PATIENCE_MS)
    await context.close()
