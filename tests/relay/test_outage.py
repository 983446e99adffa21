"""The relay goes down in the middle of a call, and comes back: the pages find their way with fresh credentials."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import CONTEXT
from tests.browser.visitor import PATIENCE_MS
from tests.journeys.conftest import StartService
from tests.relay.coturn import SECRET, Coturn
from tests.relay.test_chromium import LOOK, Guest, meet

OUTAGE_S = 60
"""How long a story waits for pictures to come back. Chromium needs six to eight seconds to miss them."""


@pytest.fixture
async def fragile(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Coturn]:
    """A relay of this story's own."""
    relay = Coturn(tmp_path_factory.mktemp("coturn"), f"--static-auth-secret={SECRET}")
    await asyncio.to_thread(relay.start)
    yield relay
    relay.stop()


async def test_call_survives_a_relay_outage(chromium: Browser, start_service: StartService, fragile: Coturn) -> None:
    settings = {**fragile.settings, "RONDO_ICE_POLICY": "relay", "RONDO_RATE_LIMITS": "off"}
    service = await asyncio.to_thread(start_service, settings)
    guests = []
    for name in ("Ada", "Bob"):
        context = await chromium.new_context(**CONTEXT)
        await context.add_init_script(LOOK.replace("GIVES", "false"))
        guests.append(await Guest(context, service.base, name).come())
    asked: list[str] = []
    for guest in guests:
        guest.page.on("request", lambda request: asked.append(request.url))
    await meet(guests)
    await asyncio.to_thread(fragile.stop)
    await asyncio.to_thread(fragile.start)
    async with asyncio.timeout(OUTAGE_S):
        for guest in guests:
            count = len(await guest.watched_ms()) + 30
            while len(await guest.watched_ms()) < count:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.2)
    for guest in guests:
        await expect(guest.see("hangup")).to_be_visible(timeout=PATIENCE_MS)
    assert f"{service.base}/v1/ice" in asked
    for guest in guests:
        await guest.context.close()
