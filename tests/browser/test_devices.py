"""Unavailable camera and microphone: an error where it matters, with a remedy."""

from playwright.async_api import expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.visitor import PATIENCE_MS

REFUSE = """
name => {
    window.getUserMedia ??= navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (what) => {
        if (name) throw new DOMException('', name);
        return window.getUserMedia(what);
    };
}
"""


async def test_denied_busy_or_missing_devices_are_explained_and_retried(visit: Visit) -> None:
    ada, bob = await visit("Ada", viewport=PHONE), await visit("Bob")
    await ada.page.evaluate(REFUSE, "NotAllowedError")
    for visitor in (ada, bob):
        await visitor.sign_up()
    await ada.find("video")
    await ada.see("stop").wait_for()
    trouble = ada.see("device-trouble")
    await expect(trouble).to_contain_text("Allow them in the address bar, then try again", timeout=PATIENCE_MS)
    await ada.photograph("denied-waiting")
    # A switch that cannot work shows the reason.
    await ada.page.evaluate(REFUSE, "NotReadableError")
    await ada.see("mic").click()
    await expect(ada.page.locator(".toast")).to_contain_text("in use by another program", timeout=PATIENCE_MS)
    await bob.find("video")
    await ada.accept()
    await bob.accept()
    await ada.see("hangup").wait_for()
    await expect(trouble).to_contain_text("in use by another program. Close it there, then try again")
    await ada.photograph("busy-call")
    await ada.page.evaluate(REFUSE, "")
    await trouble.get_by_role("button", name="Try again").click()
    await expect(trouble).to_be_hidden(timeout=PATIENCE_MS)
    await ada.until("rondoApp.media.isOpen")
