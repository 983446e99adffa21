"""The page in seven languages: chosen by the browser, changed in the page, remembered; from right to left in Arabic."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.screens import violations
from tests.browser.visitor import PATIENCE_MS, Visitor

NARROW = {"width": 320, "height": 568}
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"


async def shows(visitor: Visitor, language: str, direction: str) -> None:
    await expect(visitor.page.locator("html")).to_have_attribute("lang", language, timeout=PATIENCE_MS)
    await expect(visitor.page.locator("html")).to_have_attribute("dir", direction, timeout=PATIENCE_MS)


async def catalogues(visitor: Visitor) -> list[str]:
    loaded: list[str] = await visitor.page.evaluate(
        "performance.getEntriesByType('resource').map(entry => entry.name).filter(name => name.endsWith('.ftl'))"
    )
    return loaded


async def test_page_uses_the_browser_language_then_the_chosen_one(visit: Visit) -> None:
    ada = await visit("Ada", viewport=NARROW, locale="ar-EG")
    await shows(ada, "ar", "rtl")
    heading = ada.page.get_by_role("heading", level=1)
    await expect(heading).to_contain_text("لقاء", timeout=PATIENCE_MS)
    assert len(await catalogues(ada)) == 1
    assert await violations(ada.page) == []
    name, box = await ada.see("name").bounding_box(), await ada.see("adult").bounding_box()
    assert name is not None
    assert box is not None
    assert box["x"] > name["x"] + name["width"] / 2, "the box stands where one begins to read"

    # Every language fits into a narrow window, and changes the page immediately.
    languages = await ada.see("language").locator("option").all()
    codes = [await option.get_attribute("value") for option in languages]
    assert codes == ["en", "de", "es", "fr", "pt", "ar", "ja"]
    seen = set()
    for code in codes:
        await ada.see("language").select_option(code)
        await shows(ada, str(code), "rtl" if code == "ar" else "ltr")
        assert await ada.page.evaluate(SIDEWAYS) <= 0, code
        seen.add(await heading.inner_text())
    assert len(seen) == len(codes)

    # The last one is remembered, and only its catalogue comes over the wire.
    await ada.page.reload()
    await shows(ada, "ja", "ltr")
    assert [name.rpartition("/")[2] for name in await catalogues(ada)] == ["ja.ftl"]

    # Signed in it is changed in the help; the screen stays the same one.
    await ada.sign_up()
    await ada.see("help").click()
    await ada.see("language").select_option("de")
    await shows(ada, "de", "ltr")
    await expect(heading).to_have_text("Hallo, Ada", timeout=PATIENCE_MS)
    await expect(ada.page.locator("dialog")).to_have_count(0, timeout=PATIENCE_MS)
    for code in codes:
        await ada.see("help").click()
        await ada.see("language").select_option(code)
        await shows(ada, str(code), "rtl" if code == "ar" else "ltr")
        assert await ada.page.evaluate(SIDEWAYS) <= 0, code
        if code == "ar":
            assert await violations(ada.page) == []
    # So it is on the page of the account, where the camera is off however one came there.
    await ada.until("rondoApp.media.isOpen")
    await ada.page.evaluate("location.hash = '#you'")
    await ada.until("!rondoApp.media.isOpen")
    await ada.see("language").select_option("en")
    await shows(ada, "en", "ltr")
    await expect(heading).to_be_focused()


async def test_name_in_another_direction_does_not_turn_the_sentence(visit: Visit) -> None:
    leila, bob = await visit("ليلى"), await visit("Bob", locale="fr-CA")
    await shows(bob, "fr", "ltr")
    for visitor in (leila, bob):
        await visitor.sign_up()
        await visitor.find("text")
    await leila.accept()
    await bob.accept()
    await expect(bob.page.locator(".room-who h1")).to_have_attribute("dir", "auto", timeout=PATIENCE_MS)
    first = bob.page.locator(".log .first")
    words = "Voici le début de ta conversation avec \u2068ليلى\u2069. Sois bienveillant."
    await expect(first).to_have_text(words, timeout=PATIENCE_MS)
    await expect(leila.page.locator(".log .first")).to_contain_text("with Bob. Be kind.", timeout=PATIENCE_MS)
    await leila.say("مرحبا! (Bob)")
    line = bob.see("log").get_by_text("مرحبا! (Bob)", exact=True)
    await expect(line).to_have_count(1, timeout=PATIENCE_MS)
    assert await line.evaluate("line => getComputedStyle(line).direction") == "rtl"


@pytest.mark.settings(RONDO_DEV="on", RONDO_RATE_LIMITS="off")
async def test_right_to_left_sentence_isolates_names_and_selects_its_variant(visit: Visit) -> None:
    leila = await visit("ليلى", locale="ar")
    await shows(leila, "ar", "rtl")
    said = await leila.page.evaluate("""
        async () => {
            const { loadMessages, t } = await import('/app/i18n.js');
            await loadMessages('app');
            return ['video', 'text'].map(mode => t('room-entered', { mode, name: 'Bob' }));
        }
    """)
    assert said == ["أنت في مكالمة فيديو مع \u2068Bob\u2069.", "أنت في محادثة مكتوبة مع \u2068Bob\u2069."]
