"""When messages count as read: when they were on the screen of a visible page."""

from playwright.async_api import Locator, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.visitor import PATIENCE_MS, Visitor

KEYBOARD_UP = {"width": 390, "height": 400}
HIDDEN = """
state => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => state === 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
}
"""
SHRINK_BEFORE_A_SCROLL_EVENT = """
log => {
    log.style.maxHeight = '150px';
    log.dispatchEvent(new Event('scroll'));
}
"""
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
DISTANCE_TO_END = "log => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight)"


def line(visitor: Visitor, text: str) -> Locator:
    """Return the line of the log with *text*."""
    return visitor.see("log").locator("li.line").filter(has_text=text)


async def test_message_is_read_once_it_was_on_the_screen(visit: Visit) -> None:
    ada, bob = await visit("Ada"), await visit("Bob", viewport=PHONE)
    for visitor in (ada, bob):
        await visitor.sign_up()
        await visitor.find("text")
    for visitor in (ada, bob):
        await visitor.accept()
    for number in range(10):
        await ada.say(f"message number {number}, which is long enough to need two lines on a phone")
    await expect(line(ada, "number 9")).to_have_attribute("data-state", "read", timeout=PATIENCE_MS)

    # The keyboard comes up and goes again: the newest message stays in sight.
    for size in (KEYBOARD_UP, PHONE, KEYBOARD_UP):
        await bob.page.set_viewport_size(size)  # type: ignore[arg-type]
        # A size that changes back within one frame is no change to the page.
        await bob.page.evaluate(NEXT_FRAME)
        await bob.until(f"({DISTANCE_TO_END})(document.querySelector('.log')) <= 1")
    await bob.photograph("keyboard-up")

    # A scroll event that the browser delivers after the log shrank, and before the observer hears of it.
    await bob.see("log").evaluate(SHRINK_BEFORE_A_SCROLL_EVENT)
    await bob.until(f"({DISTANCE_TO_END})(document.querySelector('.log')) <= 1")
    await bob.see("log").evaluate("log => log.style.maxHeight = ''")
    await bob.until(f"({DISTANCE_TO_END})(document.querySelector('.log')) <= 1")

    # Bob reads earlier messages: newer ones are below the end of his screen.
    await bob.page.evaluate(NEXT_FRAME)
    await bob.see("log").evaluate("log => log.scrollTop = 0")
    await ada.say("this is below the screen")
    await expect(bob.see("jump")).to_be_visible(timeout=PATIENCE_MS)
    await expect(bob.see("jump")).to_contain_text("1 new")
    await bob.photograph("unseen")
    await expect(line(ada, "below the screen")).to_have_attribute("data-state", "delivered", timeout=PATIENCE_MS)
    await bob.see("jump").click()
    await expect(line(ada, "below the screen")).to_have_attribute("data-state", "read", timeout=PATIENCE_MS)
    await expect(bob.see("jump")).to_be_hidden(timeout=PATIENCE_MS)

    # Neither a hidden page nor one below a dialog.
    await bob.page.evaluate(HIDDEN, "hidden")
    await ada.say("you are looking elsewhere")
    await bob.reads("you are looking elsewhere")
    await expect(line(ada, "looking elsewhere")).to_have_attribute("data-state", "delivered", timeout=PATIENCE_MS)
    await bob.page.evaluate(HIDDEN, "visible")
    await expect(line(ada, "looking elsewhere")).to_have_attribute("data-state", "read", timeout=PATIENCE_MS)
    await bob.see("block").click()
    await ada.say("under a dialog")
    await bob.reads("under a dialog")
    await expect(line(ada, "under a dialog")).to_have_attribute("data-state", "delivered", timeout=PATIENCE_MS)
    await bob.page.keyboard.press("Escape")
    await expect(line(ada, "under a dialog")).to_have_attribute("data-state", "read", timeout=PATIENCE_MS)
