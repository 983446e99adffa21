"""The speed of the roulette: no question first, one key or swipe to the next user, a continuing search."""

from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.test_reading import HIDDEN
from tests.browser.visitor import PATIENCE_MS, Visitor


async def swipe(page: Page, *, left: int) -> None:
    """Draw one finger across the middle of the page."""
    client = await page.context.new_cdp_session(page)
    for at, kind in ((0, "touchStart"), (left // 2, "touchMove"), (left, "touchMove"), (left, "touchEnd")):
        points = [] if kind == "touchEnd" else [{"x": 330 - at, "y": 400}]
        await client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


async def start_at_once(visitor: Visitor) -> None:
    await visitor.sign_up()
    await visitor.see("autoAccept").check()


async def test_next_by_key_or_swipe(visit: Visit) -> None:
    ada, bob = await visit("Ada"), await visit("Bob", viewport=PHONE)
    cleo = await visit("Cleo", viewport=PHONE, is_mobile=True, has_touch=True)
    for visitor in (ada, bob, cleo):
        await start_at_once(visitor)
    # It is remembered.
    await ada.page.reload()
    await expect(ada.see("autoAccept")).to_be_checked(timeout=PATIENCE_MS)
    await bob.find("video")
    await bob.see("stop").wait_for()
    await ada.find("video")
    for visitor in (ada, bob):
        await visitor.see("hangup").wait_for()
        await expect(visitor.see("accept")).to_have_count(0)

    # Space is next; the peer's search continues automatically, unless the page is hidden: then the 3 s are paused.
    await bob.page.evaluate(HIDDEN, "hidden")
    await ada.page.keyboard.press("Space")
    await expect(bob.see("going-on")).to_contain_text("in 3 s", timeout=PATIENCE_MS)
    await bob.photograph("goes-on")
    await bob.page.evaluate(HIDDEN, "visible")
    await bob.see("stop").wait_for()
    await ada.see("stop").click()

    # A wide swipe does the same; it can be cancelled.
    await cleo.find("video")
    await bob.see("hangup").wait_for()
    await cleo.see("hangup").wait_for()
    await bob.page.evaluate(HIDDEN, "hidden")
    await swipe(cleo.page, left=40)
    await swipe(cleo.page, left=260)
    await bob.see("stay").click()
    await bob.page.evaluate(HIDDEN, "visible")
    await expect(bob.see("going-on")).to_be_hidden(timeout=PATIENCE_MS)
    await expect(bob.see("again")).to_be_visible()
    await cleo.see("stop").wait_for()
    assert await bob.page.evaluate("rondoApp.state.phase") == "idle"
