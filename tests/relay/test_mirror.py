"""The mirror keeps company through the relay too: it tells its own address to nobody, and learns nobody's."""

import asyncio

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import DESKTOP
from tests.browser.visitor import PATIENCE_MS
from tests.journeys.conftest import Hire
from tests.relay.addresses import named_in
from tests.relay.coturn import RELAYED, Coturn
from tests.relay.test_chromium import LOOK, PATHS, Guest


@pytest.fixture
async def base(hire: Hire, coturn: Coturn) -> str:
    """Where a server in relay-only mode is that has a mirror."""
    settings = {"RONDO_ICE_POLICY": "relay", "RONDO_MIRROR": "on", "RONDO_MIRROR_AFTER_S": 0.3}
    service = await asyncio.to_thread(hire, {**coturn.settings, **settings, "RONDO_RATE_LIMITS": "off"})
    return service.base


async def test_a_newcomer_alone(chromium: Browser, base: str) -> None:
    context = await chromium.new_context(viewport=DESKTOP)
    await context.add_init_script(LOOK.replace("GIVES", "false"))
    ada = await Guest(context, base, "Ada").come()
    await ada.sign_up()
    await ada.find("video")
    await expect(ada.see("hangup")).to_be_visible(timeout=PATIENCE_MS)
    await ada.watch()
    await ada.sees_pictures(15)
    assert await ada.page.evaluate(PATHS) == ["relay", "relay"]
    assert set().union(*map(named_in, ada.signals)) == {RELAYED}
    await context.close()
