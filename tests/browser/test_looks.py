"""How the page looks: its font, its pictures, its colours, the life of its first screen, and a very large screen."""

import json
import re
import struct
from pathlib import Path

from playwright.async_api import Route, expect

from server.config import assets
from tests.browser.conftest import Visit
from tests.browser.screens import NARROW, SIDEWAYS, faults, violations

WEB = assets.web()
LARGE = {"width": 2560, "height": 1440}
FONT = "document.fonts.ready.then(() => document.fonts.check('700 20px \"Bricolage Grotesque\"', 'Rondo'))"
WIDTH = "document.querySelector({!r}).getBoundingClientRect().width"
TONES = """
async () => {
    const { avatar } = await import('/app/dom.js');
    const tone = (person) => avatar(person).dataset.tone;
    const names = Array.from({ length: 60 }, (_, i) => `person ${i}`);
    return {
        known: tone({ display_name: 'Zoë', user_id: 'a' }), introduced: tone({ display_name: ' zoe\u0308 ' }),
        all: [...new Set(names.map(display_name => tone({ display_name })))].sort().join(''),
    };
}
"""


def size_of(picture: Path) -> tuple[int, int]:
    """Return width and height of a PNG file."""
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:])
    return width, height


def test_every_image_has_its_declared_size() -> None:
    manifest = json.loads((WEB / "manifest.json").read_text())
    icons = {icon["src"]: icon for icon in manifest["icons"] if icon["type"] == "image/png"}
    for source, icon in icons.items():
        assert "{}x{}".format(*size_of(WEB / source.removeprefix("/"))) == icon["sizes"]
    assert {"any", "maskable"} == {icon["purpose"] for icon in icons.values()}
    page = (WEB / "index.html").read_text()
    assert size_of(WEB / "apple-touch-icon.png") == (180, 180)
    declared = tuple(int(found) for found in re.findall(r'og:image:(?:width|height)" content="(\d+)"', page))
    assert size_of(WEB / "og.png") == declared == (1200, 630)


def test_font_has_its_licence() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (WEB / "fonts" / "OFL.txt").read_text()


async def test_first_screen_shows_the_online_count(visit: Visit) -> None:
    ada = await visit("Ada")
    await expect(ada.see("sign-up")).to_be_visible()
    await expect(ada.see("here")).to_be_hidden()  # one visitor is no crowd
    assert await ada.page.evaluate(FONT)

    async def crowd(route: Route) -> None:
        await route.fulfill(json={"people": 140})

    await ada.page.route("**/v1/online", crowd)
    await ada.page.reload()
    await expect(ada.see("here")).to_have_text("About 140 people here now")
    assert await faults(ada, ["here"], [NARROW, SIDEWAYS]) == {}
    assert await violations(ada.page) == []
    tones = await ada.page.evaluate(TONES)
    assert tones["known"] == tones["introduced"], "known by the name alone, one looks the same"
    assert tones["all"] == "01234567"


async def test_very_large_screen_is_filled(visit: Visit) -> None:
    ada = await visit("Ada", viewport=LARGE)
    await expect(ada.see("sign-up")).to_be_visible()
    assert await ada.page.evaluate(WIDTH.format(".landing")) > 0.8 * LARGE["width"]
    await ada.photograph("sign-up-large")
    await ada.sign_up()
    await ada.photograph("lobby-large")
    assert await ada.page.evaluate(WIDTH.format(".lobby")) > 0.75 * LARGE["width"]
    assert await faults(ada, ["find"], [LARGE]) == {}
