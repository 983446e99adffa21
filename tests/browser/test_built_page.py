"""The built page does what its sources do: a conversation, workers, another language, within the content policy."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import PATIENCE_MS
from tests.client.conftest import run
from tests.journeys.conftest import Hire
from tests.journeys.service import Service


@pytest.fixture
async def service(hire: Hire, tmp_path_factory: pytest.TempPathFactory) -> Service:
    folder = tmp_path_factory.mktemp("page")
    await asyncio.to_thread(run, "node", "page_build.mjs", folder)
    return await asyncio.to_thread(hire, {"RONDO_RATE_LIMITS": "off", "RONDO_PAGE": str(folder)})


async def test_the_built_page_holds_a_conversation(visit: Visit) -> None:
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
    assert not [name for name in loaded if name.startswith(("/app", "/client", "/style"))], "nothing of the sources"
    assert [name for name in loaded if name.endswith(".ftl")] == [name for name in loaded if "/de-" in name]
    assert len([name for name in loaded if name.endswith(".ftl")]) == 1
    await ada.see("hangup").click()
    await expect(bob.page.get_by_role("heading", level=1)).to_have_text("Ada hat aufgelegt", timeout=PATIENCE_MS)
