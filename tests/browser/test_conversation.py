"""A conversation as it looks: directions of writing, pictures, an edit that is on its way."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.friends import befriend, write, write_to
from tests.browser.screens import NARROW, SIDEWAYS, faults
from tests.browser.visitor import PATIENCE_MS
from tests.people.pictures import picture
from tests.support.service import Service

pytestmark = pytest.mark.settings(
    RONDO_ATTACHMENTS="local", RONDO_MESSAGE_CHARS="500", RONDO_RATE_LIMITS="off", RONDO_SEARCH_DELAY_S="0.2"
)

BEGINS_INSIDE = """
text => {
    const range = document.createRange();
    range.setStart(text.firstChild, 0);
    range.setEnd(text.firstChild, 1);
    const [first, box] = [range.getBoundingClientRect(), text.getBoundingClientRect()];
    return text.scrollWidth > text.clientWidth && first.left >= box.left - 1 && first.right <= box.right + 1;
}
"""
"""Whether a text that is cut is cut at its end."""


async def test_after_a_call_the_card_is_on_a_phone_on_its_side(visit: Visit) -> None:
    ada, bob = await visit("Ada", viewport=SIDEWAYS), await visit("Bob")
    for visitor in (ada, bob):
        await visitor.sign_up()
        await visitor.find("text")
    for visitor in (ada, bob):
        await visitor.accept()
    await ada.see("heart").wait_for()
    await bob.see("hangup").click()
    await ada.see("touch").wait_for()
    assert await faults(ada, ["again", "home", "like", "touch-aloud"], [SIDEWAYS]) == {}


async def test_texts_are_cut_at_their_end_and_pictures_keep_their_shape(visit: Visit, service: Service) -> None:
    ada, bob = await visit("Ada", viewport=NARROW), await visit("Bob", viewport=PHONE)
    for visitor in (ada, bob):
        await visitor.sign_up()
    await bob.page.evaluate("rondoApp.rondo.api.upgrade(`${crypto.randomUUID()}@example.org`, 'correct horse')")
    await befriend(service, [ada, bob])
    face = {"name": "me.png", "mimeType": "image/png", "buffer": picture(size=(300, 200))}
    await bob.page.evaluate("location.hash = '#you'")
    await bob.see("avatar-input").set_input_files(face)
    await expect(bob.see("avatar-remove")).to_be_visible(timeout=PATIENCE_MS)
    await write_to(bob, "Ada")
    await bob.see("file-input").set_input_files({**face, "name": "sea.png"})
    await write(bob, "The sea today")
    await ada.context.add_cookies([{"name": "lang", "value": "ar", "url": service.base}])
    await ada.page.reload()
    await ada.page.evaluate("location.hash = '#messages'")
    await ada.see("channel").click()
    await ada.see("picture").click()
    picture_shown = ada.page.get_by_role("dialog").locator("img")
    await expect(picture_shown).to_have_js_property("naturalWidth", 300)
    width, height = await picture_shown.evaluate("one => [one.clientWidth, one.clientHeight]")
    assert abs(width / height - 1.5) < 0.05
    await ada.page.keyboard.press("Escape")
    # No letter stands beside the picture of a person.
    await ada.until("document.querySelector('.talk-bar .avatar img')?.naturalWidth === 256")
    assert await ada.page.evaluate("(one => one.scrollHeight <= one.clientHeight)(document.querySelector('.avatar'))")

    # She begins the next message before the server has taken the change of the last.
    await write(ada, "I am off to the hills")
    own = ada.see("talk").locator("li.line.mine")
    await expect(own).to_have_attribute("data-state", "read", timeout=PATIENCE_MS)
    await ada.see("talk-line").press("ArrowUp")
    await ada.see("talk-line").fill("I am off to the mountains, the whole weekend, with Dora")
    async with ada.page.expect_response(lambda response: response.request.method == "PATCH"):
        await ada.page.keyboard.press("Enter")
        await ada.page.keyboard.type("And you?")
    await expect(own).to_contain_text("with Dora", timeout=PATIENCE_MS)
    await expect(ada.see("talk-line")).to_have_value("And you?")
    await ada.see("talk-back").click()
    preview = ada.see("channel").locator(".row-text [dir=auto]")
    await expect(preview).to_contain_text("with Dora")
    assert await preview.evaluate(BEGINS_INSIDE)
