"""The pages for developers: the guide, and the generated references."""

from playwright.async_api import expect

from tests.browser.conftest import Visit


async def test_every_frame_and_resource_is_on_the_page(visit: Visit) -> None:
    reader = await visit("Reader")
    page = reader.page
    await page.goto(reader.base + "/docs")
    await expect(page.locator("#frame-QueueJoin")).to_be_visible()
    await expect(page.locator("#docs > h2").first).to_have_text("A call in ten minutes")
    shown = set(await page.locator(".op h3 code").all_inner_texts())
    http = await (await page.request.get(reader.base + "/openapi.json")).json()
    socket = await (await page.request.get(reader.base + "/asyncapi.json")).json()
    assert set(http["paths"]) <= shown
    frames = {message["name"] for message in socket["components"]["messages"].values()}
    assert {"hello", "queue.join", "room.started", "torch.warning"} <= frames & shown
    await expect(page.locator("[id^=frame-]:not(:has(pre))"), "every frame has an example").to_have_count(0)
    contents, body = await page.locator("#contents").bounding_box(), await page.locator("#docs").bounding_box()
    assert contents is not None
    assert body is not None
    assert contents["x"] + contents["width"] <= body["x"], "the contents are beside the text"
    assert body["width"] > 700
    await reader.photograph("docs")
    broken = await page.evaluate(
        "[...document.querySelectorAll('a.type, nav a')].filter(a => !document.getElementById(a.hash.slice(1))).length"
    )
    assert broken == 0, "every link leads somewhere"


async def test_guide_and_references_are_searched_together(visit: Visit) -> None:
    reader = await visit("Reader")
    page = reader.page
    await page.goto(reader.base + "/docs")
    await expect(page.locator("#frame-QueueJoin")).to_be_visible()
    find, found = page.locator("#find"), page.locator("#found")

    await find.fill("client_id")
    await expect(page.locator("#frame-ChatSend")).to_be_visible()
    await expect(page.locator("#frame-QueueJoin")).to_be_hidden()
    await expect(page.locator("#guide-first-call")).to_be_hidden()
    await expect(page.locator("#contents a:visible", has_text="queue.join")).to_have_count(0)

    # Of the guide, of HTTP and of the socket; all words count.
    await find.fill("Proof WORK")
    await expect(page.locator(".guide:visible", has_text="Become somebody")).to_have_count(1)
    await expect(page.locator("#http-auth_show_gate")).to_be_visible()
    assert await found.inner_text() == f"{await page.locator('.op:visible').count()} found"

    await find.fill("xyzzy")
    await expect(found).to_have_text("Nothing speaks of that.")
    await expect(page.locator("#docs h2:visible, #docs h3:visible, #contents h2:visible")).to_have_count(0)
    await find.fill("")
    await expect(found).to_have_text("")
    await expect(page.locator("#guide-first-call")).to_be_visible()
