"""A newcomer with one window, in a real browser on the machine of the server."""

import pytest
from playwright.async_api import Browser

from tests.support.service import Service

FRAMES = "() => document.querySelector('[data-test=remote]')?.getVideoPlaybackQuality().totalVideoFrames ?? 0"


@pytest.mark.settings(RONDO_MIRROR="on", RONDO_MIRROR_AFTER_S=0.3, RONDO_CONNECT_TIMEOUT_S=30, RONDO_GRACE_S=10)
async def test_newcomer_with_one_window_sees_a_working_call(chromium: Browser, service: Service) -> None:
    context = await chromium.new_context(permissions=["camera", "microphone"])
    page = await context.new_page()
    page.set_default_timeout(15_000)
    await page.goto(service.base)
    await page.fill("[data-test=name]", "Ada")
    await page.check("[data-test=adult]")
    await page.click("[data-test=sign-up]")
    await page.click("[data-test=find]")
    await page.wait_for_selector("[data-test=mirror]")
    await page.wait_for_selector(".room[data-status=live]")
    seen = await page.evaluate(FRAMES)
    await page.wait_for_function(f"count => ({FRAMES})() >= count + 15", arg=seen)
    await page.click("[data-test=hangup]")
    await page.wait_for_selector("[data-test=again]")
