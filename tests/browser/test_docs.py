"""The API pages render what the server says of itself."""

from playwright.async_api import expect

from tests.browser.conftest import Visit


async def test_every_frame_and_every_resource_is_on_the_page(visit: Visit) -> None:
    reader = await visit("Reader")
    page = reader.page
    await page.goto(reader.base + "/docs")
    await expect(page.locator("#frame-QueueJoin")).to_be_visible()
    shown = set(await page.locator(".op h3 code").all_inner_texts())
    http = await (await page.request.get(reader.base + "/openapi.json")).json()
    socket = await (await page.request.get(reader.base + "/asyncapi.json")).json()
    assert set(http["paths"]) <= shown
    frames = {message["name"] for message in socket["components"]["messages"].values()}
    assert {"hello", "queue.join", "room.started", "torch.warning"} <= frames & shown
    await reader.photograph("docs")
    await page.locator("#find").fill("client_id")
    await expect(page.locator("#frame-ChatSend")).to_be_visible()
    await expect(page.locator("#frame-QueueJoin")).to_be_hidden()
    broken = await page.evaluate(
        "[...document.querySelectorAll('a.type, nav a')].filter(a => !document.getElementById(a.hash.slice(1))).length"
    )
    assert broken == 0, "every link leads somewhere"
