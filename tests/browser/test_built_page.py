"""The built page does what its sources do: a conversation, workers, another language, within the content policy."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Request, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import PATIENCE_MS
from tests.support.service import Service

SOURCES = pytest.mark.settings(RONDO_DEV="on", RONDO_RATE_LIMITS="off")
LIMIT = 45_000
"""Bytes that a first visit may load, headers of the answers and the font too."""


@pytest.mark.parametrize("page", ["built", pytest.param("sources", marks=SOURCES)])
async def test_page_holds_a_conversation(visit: Visit, page: str) -> None:
    ada, bob = await visit("Ada"), await visit("Bob", locale="de-CH")
    for visitor in (ada, bob):
        await visitor.sign_up()
        await visitor.find("text")
    await ada.accept()
    await bob.accept()
    await ada.say("Hello")
    await bob.reads("Hello")
    loaded = await bob.page.evaluate(
        "performance.getEntriesByType('resource').map(entry => new URL(entry.name).pathname)"
    )
    folders = {name.split("/")[1] for name in loaded if name.endswith((".js", ".css"))}
    assert folders & {"app", "client", "style.css", "assets"} == (
        {"assets"} if page == "built" else {"app", "client", "style.css"}
    )
    messages = {"/".join(name.split("/")[-2:]) for name in loaded if name.endswith(".ftl")}
    assert messages == {"start/de.ftl", "app/de.ftl"}
    await ada.see("hangup").click()
    await expect(bob.page.get_by_role("heading", level=1)).to_have_text("Ada hat aufgelegt", timeout=PATIENCE_MS)


async def weigh(page: Page, address: str) -> dict[str, int]:
    """Open *address*; return the bytes of each answer, headers too, by its path."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    page.on("requestfinished", note)
    await page.goto(address)
    await expect(page.locator('[data-test="sign-up"]')).to_be_visible(timeout=PATIENCE_MS)
    await page.evaluate("document.fonts.ready")
    await page.wait_for_load_state("networkidle")
    sizes = {urlsplit(request.url).path: await request.sizes() for request in requests}
    return {path: size["responseHeadersSize"] + size["responseBodySize"] for path, size in sizes.items()}


async def test_first_visit_loads_at_most_45_kb(chromium: Browser, service: Service, built: Path) -> None:
    longest = max(built.glob("assets/locales-*/start/*.ftl.br"), key=lambda path: path.stat().st_size)
    for language in ("en", longest.name.partition(".")[0]):
        context = await chromium.new_context(locale=language)
        sizes = await weigh(await context.new_page(), service.base)
        await context.close()
        assert {path.rpartition(".")[2] for path in sizes} > {"/", "css", "js", "ftl", "woff2", "svg"}
        assert sum(sizes.values()) <= LIMIT, (language, sizes)
