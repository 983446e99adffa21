"""Chromium with fake cameras, and visitors of a real server."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.camera import film
from tests.browser.visitor import Visitor
from tests.client.conftest import run
from tests.journeys.conftest import StartService, start_service  # noqa: F401 - the same servers as in the stories
from tests.support.service import Service

CHROMIUM = "/usr/bin/chromium"
HEADLESS_SHELL = shutil.which("chromium-headless-shell") or CHROMIUM
"""The same engine without the windows of a desktop: a page costs a third less processor time. No notifications."""
LEFT_OUT = [
    # One page per context, which is not shown: half of the cost of a context.
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    # A process in reserve for the next site of a context: here each has one.
    "SpareRendererForSitePerProcess",
    # What Playwright leaves out: Chromium heeds the last list only.
    "AimEnabled", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying",
    "OptimizationHints", "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
]  # fmt: skip
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream=fps=10",
    # Without the last one, Chromium looks for no path where there is nothing but the loopback.
    "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection",
    # For pictures: the preference of a context counts for its pages alone.
    "--force-prefers-reduced-motion", f"--disable-features={','.join(LEFT_OUT)}",
]  # fmt: skip
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
CONTEXT = {"viewport": DESKTOP, "reduced_motion": "reduce", "permissions": ["camera", "microphone"]}
"""Every frame of an animation is drawn by the processor; `reduced_motion="no-preference"` shows them."""

Visit = Callable[..., Awaitable[Visitor]]


@asynccontextmanager
async def launched(*flags: str, program: str = HEADLESS_SHELL) -> AsyncIterator[Browser]:
    """Run Chromium with *flags* beside those of every test; the last one of a name counts."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
        yield running
        await running.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """One Chromium for all tests of a process: a start takes a second of a core."""
    camera = tmp_path_factory.mktemp("camera") / "film.y4m"
    film(camera)
    async with launched(f"--use-file-for-fake-video-capture={camera}") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(browser: Browser) -> AsyncIterator[Browser]:
    """Chromium without any context; those of this test are closed at its end."""
    yield browser
    for context in browser.contexts:
        await context.close()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The start page as it is in a wheel: it loads with a third less processor time than its sources."""
    folder = tmp_path_factory.mktemp("page")
    run("node", "page_build.mjs", folder)
    return folder


@pytest.fixture
async def service(start_service: StartService, built: Path, request: pytest.FixtureRequest) -> Service:  # noqa: F811
    """A server of the built page with the windows of the product; `@pytest.mark.settings(RONDO_…=…)` changes them."""
    marker = request.node.get_closest_marker("settings")
    settings = marker.kwargs if marker else {"RONDO_RATE_LIMITS": "off"}
    return await asyncio.to_thread(start_service, {"RONDO_PAGE": str(built), **settings})


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, service: Service) -> AsyncIterator[Visit]:
    """Open the page as a new visitor: `ada = visit("Ada", viewport=PHONE)`. At the end no browser may have logged an
    error.
    """
    visitors: list[Visitor] = []

    async def come(name: str, *, at: str | None = None, **details: Any) -> Visitor:
        context = await chromium.new_context(**CONTEXT | details)
        visitors.append(Visitor(context, service.base, name))
        return await visitors[-1].come(at)

    yield come
    for visitor in visitors:
        await visitor.context.close()
    assert {visitor.name: visitor.complaints for visitor in visitors if visitor.complaints} == {}
    assert service.faults() == []
