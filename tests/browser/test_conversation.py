"""A conversation as it looks: directions of writing, pictures, an edit that is on its way."""

import asyncio

import asyncpg
import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.friends import acquaint, befriend, user_id, write, write_to
from tests.browser.screens import NARROW, SIDEWAYS, faults, violations
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


async def later_groups(service: Service, user: str, count: int) -> None:
    """Make *user* a member of groups with later messages than all conversations so far."""
    database = await asyncpg.connect(service.dsn)
    try:
        await database.execute(
            """WITH made AS (INSERT INTO channels (channel_id, kind, name, created_at, last_at)
                 SELECT gen_random_uuid(), 'group', 'Later', now(), now() + interval '1 hour'
                 FROM generate_series(1, $2::int) RETURNING channel_id)
               INSERT INTO channel_members (channel_id, user_id, slot, joined_at)
               SELECT channel_id, $1::uuid, 1, now() FROM made""",
            user,
            count,
        )
    finally:
        await database.close()


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


async def test_one_conversation_is_searched_and_names_who_has_left(visit: Visit, service: Service) -> None:
    ada, bob, cleo = await visit("Ada"), await visit("Bob", viewport=NARROW), await visit("Cleo")
    for visitor in (ada, bob, cleo):
        await visitor.sign_up()
    # Ada knows Cleo by the group alone.
    await befriend(service, [ada, bob])
    await acquaint(service, [bob, cleo])
    for one, other in ((bob, cleo), (cleo, bob)):
        await one.page.evaluate("other => rondoApp.people.ask(other)", await user_id(other))
    await bob.until("rondoApp.people.state.friends.length === 2")
    make = "others => rondoApp.people.createGroup('Chess', others).then(({ channelId }) => channelId)"
    group = await bob.page.evaluate(make, [await user_id(ada), await user_id(cleo)])
    await write_to(ada, "Bob")
    await write(ada, "A rook, elsewhere")
    for visitor in (ada, bob, cleo):
        await visitor.page.evaluate("group => location.hash = `#messages/${group}`", group)
    await write(cleo, "A rook for a bishop")
    await write(bob, "A bishop for a pawn")
    await cleo.page.evaluate("group => rondoApp.people.open(group).leave()", group)
    talk = ada.see("talk")
    await expect(talk).to_contain_text("Cleo left", timeout=PATIENCE_MS)
    await ada.page.reload()
    await expect(talk).to_contain_text("Cleo left", timeout=PATIENCE_MS)

    await ada.see("talk-find").click()
    found = ada.see("talk-found").locator("li")
    async with asyncio.timeout(PATIENCE_MS / 1_000):  # what was written is indexed in the background
        while not await found.count():
            await ada.see("talk-search-field").fill("")
            await ada.see("talk-search-field").fill("rook")
            await expect(ada.see("talk-search").get_by_role("status")).to_contain_text("found", timeout=PATIENCE_MS)
    await expect(found).to_have_count(1)
    await expect(found).to_contain_text("Cleo")
    assert await violations(ada.page) == []
    await ada.page.keyboard.press("Tab")
    await ada.page.keyboard.press("Tab")
    await ada.page.keyboard.press("Enter")
    await expect(ada.see("talk-search")).to_be_hidden()
    await expect(talk.locator(".found-line")).to_contain_text("A rook for a bishop")
    # On a phone the way there is in the dialog about the group; Escape leads back.
    await bob.see("talk-about").click()
    await bob.see("about-search").click()
    await bob.page.keyboard.type("pawn")
    await expect(bob.see("talk-search").locator("mark")).to_have_text("pawn", timeout=PATIENCE_MS)
    await expect(bob.page.locator(".toast")).to_have_count(0, timeout=PATIENCE_MS)
    assert await faults(bob, ["talk-search-field", "talk-search-close", "talk-found"], [NARROW, SIDEWAYS]) == {}
    await bob.page.keyboard.press("Escape")
    await bob.page.keyboard.press("Escape")
    await expect(bob.see("talk-search")).to_be_hidden()
    await expect(bob.see("talk-line")).to_be_focused()
    # A match in a conversation that is further down in the inbox than what was read is named all the same.
    await later_groups(service, await user_id(ada), 60)
    await ada.page.reload()
    await ada.until("window.rondoApp?.people.state.hasMoreChannels")
    await ada.page.evaluate("location.hash = '#messages'")
    await ada.see("search").fill("bishop")
    await expect(ada.see("found").locator("li")).to_have_count(2, timeout=PATIENCE_MS)
    await expect(ada.see("found")).to_contain_text("Cleo: A rook for a bishop")
    await expect(ada.see("found").locator("strong").first).to_have_text("Chess")
    # Ada owns the group now.
    await bob.page.evaluate("group => rondoApp.people.open(group).leave()", group)
    await ada.see("found").locator("button").first.click()
    await expect(talk).to_contain_text("You look after the group now.", timeout=PATIENCE_MS)
