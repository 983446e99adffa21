"""Users who met stay in touch at the demo page: a heart, friends, messages, groups, calls."""

import asyncio
import re
from functools import partial

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.friends import acquaint, befriend, user_id, write, write_to
from tests.browser.screens import NARROW, SIDEWAYS, faults, violations
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.people.pictures import picture
from tests.support.service import Service

pytestmark = pytest.mark.settings(
    RONDO_ATTACHMENTS="local", RONDO_MESSAGE_CHARS="500", RONDO_RATE_LIMITS="off", RONDO_SEARCH_DELAY_S="0.2"
)


COVERED = """(toast) => {
    const bottom = toast.offsetParent.offsetTop + toast.offsetTop + toast.offsetHeight;
    return [...document.querySelectorAll('.ended h1, .ended button, .ended .touch')]
        .filter((part) => part.offsetWidth && part.getBoundingClientRect().top < bottom)
        .map((part) => part.textContent);
}"""
"""What is there after a call and below a toast, wherever its animation has it."""


def line(visitor: Visitor, text: str) -> Locator:
    """Return the message of the conversation with *text*."""
    return visitor.see("talk").locator("li.line").filter(has_text=text)


async def send_after(event: asyncio.Event, route: Route) -> None:
    """Let a request go once *event* is set."""
    await event.wait()
    await route.continue_()


async def act(visitor: Visitor, text: str, what: str) -> None:
    """Choose *what* in the menu of a message."""
    await line(visitor, text).hover()
    await line(visitor, text).locator('[data-test="line-more"]').click()
    await visitor.see(what).first.click()


async def test_mutual_hearts_make_friends_who_write_to_each_other(visit: Visit, service: Service) -> None:
    ada, bob = await visit("Ada"), await visit("Bob", viewport=PHONE)
    for visitor in (ada, bob):
        await visitor.sign_up()
        await visitor.find("text")
    for visitor in (ada, bob):
        await visitor.accept()
    await ada.see("heart").click()
    await expect(ada.see("heart")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)
    await acquaint(service, [ada, bob])
    await bob.see("hangup").click()
    await ada.see("again").wait_for()
    await expect(ada.see("touch")).to_contain_text("You would like to stay in touch", timeout=PATIENCE_MS)
    # Bob learns of nothing. Ada takes it back, and asks openly; that he declines she does not learn.
    await expect(bob.see("touch")).to_have_attribute("data-standing", "none", timeout=PATIENCE_MS)
    await bob.photograph("touch-phone")
    # The answer arrives while she is writing.
    written = asyncio.Event()
    await ada.page.route("**/v1/friends/*", partial(send_after, written))
    await ada.see("unlike").click()
    await ada.see("touch-aloud").click()
    await ada.see("touch-note").fill("Chess again?")
    written.set()
    await expect(ada.see("touch")).to_have_attribute("data-standing", "none", timeout=PATIENCE_MS)
    await expect(ada.see("touch-note")).to_be_focused()
    await expect(ada.see("touch-note")).to_have_value("Chess again?")
    await ada.see("touch-send").click()
    await expect(ada.see("touch")).to_have_attribute("data-standing", "asked", timeout=PATIENCE_MS)
    await expect(bob.see("touch")).to_contain_text("Chess again?", timeout=PATIENCE_MS)
    await bob.photograph("touch-asked-phone")
    await bob.see("touch-no").click()
    await expect(bob.see("touch")).to_have_attribute("data-standing", "none", timeout=PATIENCE_MS)
    await expect(ada.see("touch")).to_have_attribute("data-standing", "asked")
    # He thinks better of it.
    await bob.see("like").click()
    await expect(bob.see("touch")).to_contain_text("You and Ada are friends now", timeout=PATIENCE_MS)
    await expect(ada.see("touch")).to_contain_text("You and Bob are friends now", timeout=PATIENCE_MS)
    await ada.photograph("touch-friends")

    await bob.listen()
    await ada.see("touch-write").click()
    await expect(ada.see("talk-line")).to_have_attribute("maxlength", "500", timeout=PATIENCE_MS)
    await bob.page.set_viewport_size(SIDEWAYS)
    await write(ada, "Hello agian, and good that we met: shall we play chess tomorrow evening, the two of us?")
    # It is told in place of the request, and covers nothing.
    assert await bob.page.locator("a.toast").evaluate(COVERED) == []
    await bob.photograph("touch-told-sideways")
    await bob.page.set_viewport_size(PHONE)
    await bob.until("window.spoken.some(words => words.includes('Hello agian'))")
    await expect(line(ada, "Hello agian")).to_have_attribute("data-state", "delivered", timeout=PATIENCE_MS)
    await expect(bob.see("friends-badge")).to_have_text("1", timeout=PATIENCE_MS)
    await bob.see("friends-nav").click()
    await expect(bob.page.locator("a.toast")).to_have_count(0, timeout=3_000)
    await expect(bob.see("channel").locator('[data-test="unread"]')).to_contain_text("1", timeout=PATIENCE_MS)
    await bob.photograph("inbox-phone")
    await bob.see("channel").click()
    await expect(line(ada, "Hello agian")).to_have_attribute("data-state", "read", timeout=PATIENCE_MS)
    await expect(bob.see("friends-badge")).to_be_hidden(timeout=PATIENCE_MS)

    await bob.see("talk-line").press_sequentially("W")
    await expect(ada.see("typing")).to_have_text("Bob is typing", timeout=PATIENCE_MS)
    await act(ada, "Hello agian", "edit")
    await ada.see("talk-line").fill("Hello again")
    await ada.page.keyboard.press("Enter")
    await expect(line(bob, "Hello again")).to_contain_text("edited", timeout=PATIENCE_MS)
    await act(bob, "Hello again", "react")
    await expect(line(ada, "Hello again").locator('[data-test="reaction"]')).to_contain_text(
        "👍 1", timeout=PATIENCE_MS
    )

    # A picture is sent, another file shows an error.
    await bob.see("file-input").set_input_files({"name": "no.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    refused = bob.page.locator(".toast").filter(has_text="no.svg is not sent")
    await expect(refused).to_be_visible(timeout=PATIENCE_MS)
    await bob.see("file-input").set_input_files(
        {"name": "sea.png", "mimeType": "image/png", "buffer": picture(size=(320, 240))}
    )
    await expect(bob.see("chosen")).to_contain_text("sea.png")
    await act(bob, "Hello again", "reply")
    await write(bob, "The sea today")
    await expect(line(ada, "The sea today").locator("img")).to_be_visible(timeout=PATIENCE_MS)
    await expect(line(ada, "The sea today").locator('[data-test="quote"]')).to_contain_text("Hello again")
    await ada.until("document.querySelector('.picture img')?.naturalWidth === 320")
    await ada.photograph("talk")
    await bob.photograph("talk-phone")

    # A message is reported: the two are parted, and Bob may read on.
    await act(ada, "The sea today", "report")
    await ada.see("category").select_option("harassment")
    await ada.see("confirm").click()
    await expect(ada.see("no-messages")).to_be_visible(timeout=PATIENCE_MS)
    await expect(bob.see("talk-line")).to_be_hidden(timeout=PATIENCE_MS)
    await expect(line(bob, "The sea today")).to_be_visible()
    await expect(line(bob, "The sea today")).not_to_have_attribute("data-state", "read")
    await ada.see("tab-friends").click()
    await expect(ada.see("no-friends")).to_be_visible()
    assert "There is news for you." not in await bob.page.evaluate("window.spoken")


async def test_friends_call_each_other_and_make_groups(visit: Visit, service: Service) -> None:
    ada, bob = await visit("Ada"), await visit("Bob", viewport=PHONE)
    for visitor in (ada, bob):
        await visitor.sign_up()
    await befriend(service, [ada, bob])

    # With keys alone: to the friend, and call.
    await ada.see("friends-nav").focus()
    await ada.page.keyboard.press("Enter")
    await ada.see("friend").wait_for()
    await expect(ada.see("friend")).to_contain_text("here now", timeout=PATIENCE_MS)
    await ada.see("call-friend").focus()
    await ada.page.keyboard.press("Enter")
    await expect(bob.page.get_by_role("dialog")).to_contain_text("Ada is calling", timeout=PATIENCE_MS)
    await bob.photograph("call-phone")
    await bob.accept()
    for visitor in (ada, bob):
        await expect(visitor.see("hangup")).to_be_visible(timeout=PATIENCE_MS)
        await expect(visitor.see("next")).to_have_count(0)
        await visitor.until("rondoApp.state.room?.status === 'live'")
    await ada.see("hangup").click()
    await ada.see("ended-write").click()
    await expect(ada.see("talk")).to_contain_text("Video call", timeout=PATIENCE_MS)
    await ada.see("talk-call").click()
    await bob.see("decline").click()
    await expect(ada.see("talk")).to_contain_text("not answered", timeout=PATIENCE_MS)
    await ada.photograph("talk-call")

    await ada.see("new-group").click()
    await ada.see("group-name").fill("Chess")
    await ada.see("group-friend").check()
    await ada.photograph("group-new")
    await ada.see("group-create").click()
    await expect(ada.see("talk")).to_contain_text("You made this group", timeout=PATIENCE_MS)
    await ada.see("talk-line").press_sequentially("Who plays, @B")
    await expect(ada.see("names")).to_contain_text("Bob", timeout=PATIENCE_MS)
    await ada.page.keyboard.press("Enter")
    await ada.page.keyboard.press("Enter")
    await expect(line(ada, "Who plays")).to_contain_text("@Bob", timeout=PATIENCE_MS)
    await bob.page.evaluate("location.hash = '#messages'")
    await expect(bob.see("channel").first).to_contain_text("you are mentioned", timeout=PATIENCE_MS)
    await bob.see("channel").first.click()
    await expect(ada.see("talk")).to_contain_text("Read by Bob", timeout=PATIENCE_MS)
    await write(bob, "I do")
    await act(ada, "I do", "reply")
    await write(ada, "Lovely")
    # What is begun is there again after a look at another conversation.
    await ada.see("talk-line").fill("@Bob, and then")
    await ada.see("channel").filter(has_text="Video call").locator("a").click()
    await expect(ada.see("talk-line")).to_have_value("")
    await ada.see("channel").filter(has_text="Chess").locator("a").click()
    await expect(ada.see("talk-line")).to_have_value("@Bob, and then")
    await ada.see("talk-line").fill("")
    await expect(line(bob, "Lovely")).to_contain_text("I do", timeout=PATIENCE_MS)
    await act(ada, "Lovely", "delete")
    await ada.see("confirm").click()
    await expect(bob.see("talk")).to_contain_text("Message deleted", timeout=PATIENCE_MS)

    await ada.see("talk-about").click()
    await ada.see("group-name").fill("Chess club")
    await ada.see("group-rename").click()
    await expect(bob.see("talk")).to_contain_text("Ada named the group Chess club", timeout=PATIENCE_MS)
    await ada.photograph("group-about")
    await write(bob, "Until Monday")
    await ada.see("group-remove").click()
    await ada.see("confirm").click()
    await expect(ada.see("members").locator("li")).to_have_count(1, timeout=PATIENCE_MS)
    await ada.see("dialog-close").click()
    # What a former member wrote can be reported.
    await act(ada, "Until Monday", "report")
    await expect(ada.page.get_by_role("dialog")).to_contain_text("Bob is blocked and not told")
    await ada.page.keyboard.press("Escape")
    # Bob is no member any more, and the group goes from his list.
    await expect(bob.see("channel")).to_have_count(1, timeout=PATIENCE_MS)

    # What was written before is found, from anywhere.
    await ada.see("search").fill("plays")
    await expect(ada.see("found")).to_contain_text("You: Who plays", timeout=PATIENCE_MS)
    await expect(ada.see("found").locator("mark")).to_have_text("plays")


async def test_friends_and_messages_fit_every_screen_theme_and_direction(visit: Visit, service: Service) -> None:
    ada = await visit("Ada", viewport=NARROW)
    bob = await visit("Wolfeschlegelsteinhausenbergerdorffabcde", viewport=PHONE)
    cleo = await visit("مريم السلمان")
    for visitor in (ada, bob, cleo):
        await visitor.sign_up()
    await befriend(service, [ada, bob])
    await acquaint(service, [cleo, ada])
    await cleo.page.evaluate(
        "other => rondoApp.people.ask(other, { note: 'We spoke of chess: play again?' })", await user_id(ada)
    )
    seen: dict[str, object] = {}

    async def look(screen: str, *names: str) -> None:
        if found := await faults(ada, names, [PHONE, SIDEWAYS, NARROW]):
            seen[screen] = found
        if found := await violations(ada.page):
            seen[f"{screen}, axe"] = found
        await ada.photograph(f"people-{screen}-dark")
        await ada.page.emulate_media(color_scheme="light")
        await ada.photograph(f"people-{screen}")

    async def look_everywhere(language: str) -> None:
        await ada.page.evaluate("location.hash = '#friends'")
        await ada.see("friend").wait_for()
        await look(
            f"friends-{language}", "friends-close", "tab-messages", "tab-friends", "accept-friend", "decline-friend"
        )
        await ada.see("write").click()
        await expect(ada.see("talk-line")).to_be_visible(timeout=PATIENCE_MS)
        await write(ada, f"See https://rondo.example/, in {language}")
        await expect(line(ada, f"in {language}")).to_have_attribute("data-n", re.compile("[0-9]"), timeout=PATIENCE_MS)
        await look(f"talk-{language}", "talk-back", "talk-call", "talk-about", "talk-line", "talk-send", "attach")
        await line(ada, f"in {language}").locator('[data-test="line-more"]').click()
        await look(f"menu-{language}", "reply", "copy-text", "edit", "delete")
        await ada.page.keyboard.press("Escape")
        await ada.see("talk-back").click()
        await ada.see("channel").wait_for()
        await look(f"inbox-{language}", "search", "friends-close")

    async def look_at_dialogs_and_account() -> None:
        await ada.see("new-group").click()
        await look("group", "dialog-close")
        await ada.page.keyboard.press("Escape")
        await ada.see("tab-friends").click()
        await ada.see("friend-name").click()
        await look("friend", "dialog-close")
        await ada.page.keyboard.press("Escape")
        await ada.page.evaluate("location.hash = '#you'")
        await ada.see("kinds").scroll_into_view_if_needed()
        await look("account", "account-close")

    await look_everywhere("en")
    await look_at_dialogs_and_account()
    await ada.context.add_cookies([{"name": "lang", "value": "ar", "url": service.base}])
    await ada.page.reload()
    await expect(ada.page.locator("html")).to_have_attribute("dir", "rtl", timeout=PATIENCE_MS)
    await look_everywhere("ar")
    assert seen == {}

    # A request is answered; a friendship ends, and what was written stays.
    await ada.see("tab-friends").click()
    await ada.see("accept-friend").click()
    await expect(ada.see("friend")).to_have_count(2, timeout=PATIENCE_MS)
    # In a group one adds another, hears no more of it, and one leaves.
    await ada.see("tab-messages").click()
    await ada.see("new-group").click()
    await ada.see("group-name").fill("Chess")
    await ada.see("group-friend").first.check()
    await ada.see("group-create").click()
    await ada.see("talk-about").click()
    await ada.see("group-add-yes").click()
    await expect(ada.see("members").locator("li")).to_have_count(3, timeout=PATIENCE_MS)
    await ada.see("talk-notify").select_option("none")
    await ada.until("rondoApp.people.state.channels.find(({ kind }) => kind === 'group')?.notify === 'none'")
    await ada.see("dialog-close").click()
    await cleo.page.evaluate("location.hash = '#messages'")
    await cleo.see("channel").click()
    await write(cleo, "Gladly")
    await expect(line(ada, "Gladly")).to_be_visible(timeout=PATIENCE_MS)
    await cleo.see("talk-about").click()
    await cleo.see("group-leave").click()
    await cleo.see("confirm").click()
    await expect(cleo.see("no-messages")).to_be_visible(timeout=PATIENCE_MS)
    await expect(ada.see("talk")).to_contain_text("غادر", timeout=PATIENCE_MS)
    # Bob has not opened the group: his list names the former member all the same.
    await bob.page.evaluate("location.hash = '#messages'")
    await expect(bob.see("channel").first).to_contain_text("مريم السلمان", timeout=PATIENCE_MS)
    await ada.see("talk-back").click()
    await expect(ada.see("channel").first.locator(".row-foot")).to_contain_text("مكتومة", timeout=PATIENCE_MS)

    await write_to(ada, "Wolfe")
    await ada.see("talk-about").click()
    await ada.see("unfriend").click()
    await ada.see("confirm").click()
    await expect(ada.see("talk-line")).to_be_hidden(timeout=PATIENCE_MS)
    await expect(line(ada, "in ar")).to_be_visible()


async def test_profile_for_friends_is_edited_in_the_account(visit: Visit, service: Service) -> None:
    ada, bob = await visit("Ada", viewport=PHONE), await visit("Bob", viewport=PHONE)
    for visitor in (ada, bob):
        await visitor.sign_up()
    await ada.page.evaluate("rondoApp.rondo.api.upgrade(`${crypto.randomUUID()}@example.org`, 'correct horse')")
    await befriend(service, [ada, bob])
    await write_to(ada, "Bob")
    await write(ada, "Keep this a secret")
    await ada.page.evaluate("location.hash = '#you'")
    await ada.see("avatar-input").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": picture(size=(300, 200))}
    )
    await expect(ada.see("avatar-remove")).to_be_visible(timeout=PATIENCE_MS)
    await ada.see("own-bio").fill("I play the lute")
    await ada.see("own-status").fill("On a train")
    await ada.see("own-status-until").select_option("hour")
    await ada.see("save-shown").click()
    await ada.until("rondoApp.rondo.api.me().then(me => me.status_text === 'On a train')")
    await ada.see("message-email").check()
    await ada.see("sends-receipts").uncheck()
    await ada.until("rondoApp.rondo.api.me().then(me => !me.sends_receipts)")
    await ada.until("rondoApp.people.notificationSettings().then(kinds => kinds.message.email)")
    await ada.page.reload()
    await expect(ada.see("avatar-remove")).to_be_visible(timeout=PATIENCE_MS)
    await expect(ada.see("own-bio")).to_have_value("I play the lute")
    await expect(ada.see("sends-receipts")).not_to_be_checked()
    await ada.photograph("people-account-phone")
    await bob.page.reload()
    await bob.page.evaluate("location.hash = '#friends'")
    await expect(bob.see("friend")).to_contain_text("On a train", timeout=PATIENCE_MS)
    await bob.see("friend-name").click()
    await expect(bob.page.get_by_role("dialog")).to_contain_text("I play the lute")
    await bob.until("document.querySelector('dialog .avatar img')?.naturalWidth === 256")
    await bob.photograph("people-friend-phone")

    # She goes, and what she has written goes with her.
    await bob.see("friend-write").click()
    await expect(line(bob, "Keep this a secret")).to_be_visible(timeout=PATIENCE_MS)
    await ada.see("delete").click()
    await ada.see("erase-messages").check()
    await ada.see("proof-password").fill("correct horse")
    async with ada.page.expect_request(lambda sent: sent.method == "DELETE" and "erase_messages=true" in sent.url):
        await ada.see("prove").click()
    await expect(ada.page.locator(".toast").filter(has_text="Emptying your messages goes on")).to_be_visible()
    await expect(bob.see("talk-line")).to_be_hidden(timeout=PATIENCE_MS)
    await expect(bob.page.get_by_role("heading", level=1)).to_have_text("Deleted person")


async def test_guests_see_what_an_account_offers(visit: Visit) -> None:
    ada, bob = await visit("Ada", viewport=NARROW), await visit("Bob")
    await ada.sign_up()
    await ada.see("friends-nav").click()
    await expect(ada.see("friends-guest")).to_contain_text("you need an account", timeout=PATIENCE_MS)
    await ada.photograph("people-guest")
    await ada.see("friends-account").click()
    await expect(ada.see("own-email")).to_be_focused(timeout=PATIENCE_MS)
    # Two guests who like each other are asked for an account, and not once more for an answer.
    await ada.see("account-close").click()
    await bob.sign_up()
    for visitor in (ada, bob):
        await visitor.find("text")
    for visitor in (ada, bob):
        await visitor.accept()
    await ada.see("heart").click()
    await expect(ada.see("heart")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)
    await bob.see("heart").click()
    await expect(bob.see("heart")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)
    await bob.see("hangup").click()
    for visitor in (ada, bob):
        await expect(visitor.see("touch")).to_contain_text("Keep your account", timeout=PATIENCE_MS)
    await bob.photograph("touch-guest")
    await bob.see("touch-account").click()
    await expect(bob.see("own-email")).to_be_focused(timeout=PATIENCE_MS)


@pytest.mark.settings(RONDO_FRIENDS="off", RONDO_RATE_LIMITS="off")
async def test_feature_off_shows_nothing_of_friends(visit: Visit) -> None:
    ada = await visit("Ada")
    await ada.sign_up()
    await ada.until("rondoApp.people.state.available === false")
    await expect(ada.see("friends-nav")).to_be_hidden()
    await ada.page.evaluate("location.hash = '#friends'")
    await expect(ada.see("find")).to_be_visible()
    await ada.see("account").click()
    await ada.see("own-name").wait_for()
    await expect(ada.see("kinds")).to_have_count(0)
