"""Sounds and notifications: for an invite, a message and the last half minute, for those who want them."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.conftest import CHROMIUM, Visit, launched
from tests.browser.test_reading import HIDDEN

# How loud it has been since, at most: a look sees the last 0.7 s. The badge of an installed page, which a window of a
# browser does not show.
LISTEN = """
() => {
    const { output } = rondoApp.alerts;
    const ear = new AnalyserNode(output.context, { fftSize: 32768 });
    output.connect(ear);
    const heard = new Float32Array(ear.fftSize);
    window.loudest = 0;
    clearInterval(window.listening);
    window.listening = setInterval(() => {
        ear.getFloatTimeDomainData(heard);
        window.loudest = Math.max(window.loudest, ...heard);
    }, 50);
    window.badges = [];
    navigator.setAppBadge = async (count) => window.badges.push(count);
    navigator.clearAppBadge = async () => window.badges.push(0);
}
"""
# Alerts of their own, in a call that ends in so many ms: the story need not last as long as a call.
IN_A_CALL = """
async () => {
    const { Alerts } = await import('/app/alerts.js');
    window.room = { room_id: 'r', ends_at: 31_000 };
    rondoApp.alerts = new Alerts({ prefs: rondoApp.prefs, state: { room }, rondo: { left: at => at } });
}
"""
SHOWN = "navigator.serviceWorker.ready.then(at => at.getNotifications()).then(all => all.map(one => one.title).sort())"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser with notifications."""
    async with launched(program=CHROMIUM) as running:
        yield running


async def test_hidden_page_plays_sounds_and_shows_notifications(visit: Visit) -> None:
    ada, bob = await visit("Ada", permissions=["notifications"]), await visit("Bob")
    for visitor in (ada, bob):
        await visitor.sign_up()
    await ada.find("text")
    await ada.see("alerts").click()
    await expect(ada.see("sounds")).to_be_checked()
    await expect(ada.see("notify")).not_to_be_checked()
    await ada.see("notify").check()
    # It is checked at the click, and switched on when the browser has answered.
    await ada.until("rondoApp.prefs.get('notify')")
    await expect(ada.see("notify")).to_be_checked()
    await ada.page.evaluate(LISTEN)
    await ada.page.evaluate(HIDDEN, "hidden")
    await bob.find("text")
    await ada.see("accept").wait_for()
    await ada.until("window.loudest > 0.02")
    await ada.until(f"({SHOWN}).then(all => String(all) === 'Bob is here')")
    await ada.accept()
    await bob.accept()
    await bob.see("line").wait_for()
    await ada.until(f"({SHOWN}).then(all => !all.includes('Bob is here'))")
    await ada.page.evaluate("window.loudest = 0")
    await bob.say("hello")
    await ada.until(f"({SHOWN}).then(all => String(all) === 'New message from Bob')")
    await ada.until("window.loudest > 0.02")
    assert await ada.page.evaluate("window.badges.at(-1)") == 2
    await ada.page.evaluate(HIDDEN, "visible")
    await ada.until("window.badges.at(-1) === 0")

    # The last half minute of a call.
    await ada.page.evaluate(IN_A_CALL)
    await ada.page.keyboard.press("Shift")  # a browser allows sounds after that
    await ada.until("rondoApp.alerts.output?.context.state === 'running'")
    await ada.page.evaluate(LISTEN)
    await ada.until("rondoApp.alerts.output.context.currentTime > 1")
    assert await ada.page.evaluate("window.loudest") == 0
    await ada.page.evaluate("room.ends_at = 30_000")
    await ada.until("window.loudest > 0.02")
