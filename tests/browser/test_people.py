"""Users who met stay in touch at the demo page: a heart, friends, messages, groups, calls."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.friends import acquaint, befriend, user_id, write, write_to
from tests.browser.screens import NARROW, SIDEWAYS, faults, violations
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.people.pictures import picture
from tests.support.service import Service

pytestmark = pytest.mark.settings(RONDO_ATTACHMENTS="local", RONDO_RATE_LIMITS="off")


def line(visitor: Visitor, text: str) -> Locator:
    """Return the message of the conversation that says *text*."""
    return visitor.see("talk").locator("li.line").filter(has_text=text)


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
    # Bob learns of nothing, until he presses it too.
    await expect(bob.see("touch")).to_have_attribute("data-standing", "none", timeout=PATIENCE_MS)
    await bob.photograph("touch-phone")
    await bob.see("like").click()
    await expect(bob.see("touch")).to_contain_text("You and Ada are friends now", timeout=PATIENCE_MS)
    await expect(ada.see("touch")).to_contain_text("You and Bob are friends now", timeout=PATIENCE_MS)
    await ada.photograph("touch-friends")

    await ada.see("home").click()
    await write_to(ada, "Bob")
    await write(ada, "Hello agian")
    await expect(line(ada, "Hello agian")).to_have_attribute("data-state", "delivered", timeout=PATIENCE_MS)
    await expect(bob.see("friends-badge")).to_have_text("1", timeout=PATIENCE_MS)
    await bob.see("friends-nav").click()
    await expect(bob.see("channel").locator('[data-test="unread"]')).to_contain_text("1", timeout=PATIENCE_MS)
    await bob.photograph("inbox-phone")
    await bob.see("channel").click()
    await expect(line(ada, "Hello agian")).to_have_attribute("data-state", "read", timeout=PATIENCE_MS)
    await expect(bob.see("friends-badge")).to_be_hidden(timeout=PATIENCE_MS)

    await act(ada, "Hello agian", "edit")
    await ada.see("talk-line").fill("Hello again")
    await ada.page.keyboard.press("Enter")
    await expect(line(bob, "Hello again")).to_contain_text("edited", timeout=PATIENCE_MS)
    await act(bob, "Hello again", "react")
    await expect(line(ada, "Hello again").locator('[data-test="reaction"]')).to_contain_text(
        "👍 1", timeout=PATIENCE_MS
    )

    # A picture goes, what is none says so.
    await bob.see("file-input").set_input_files({"name": "no.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    await expect(bob.page.locator(".toast").last).to_contain_text("no.svg is not sent", timeout=PATIENCE_MS)
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
    await expect(line(bob, "Lovely")).to_contain_text("I do", timeout=PATIENCE_MS)
    await act(ada, "Lovely", "delete")
    await ada.see("confirm").click()
    await expect(bob.see("talk")).to_contain_text("Message deleted", timeout=PATIENCE_MS)

    await ada.see("talk-about").click()
    await ada.see("group-name").fill("Chess club")
    await ada.see("group-rename").click()
    await expect(bob.see("talk")).to_contain_text("Ada named the group Chess club", timeout=PATIENCE_MS)
    await ada.photograph("group-about")
    await ada.see("group-remove").click()
    await ada.see("confirm").click()
    await expect(ada.see("members").locator("li")).to_have_count(1, timeout=PATIENCE_MS)
    await ada.see("dialog-close").click()
    # Bob is no member any more, and the group goes from his list.
    await expect(bob.see("channel")).to_have_count(1, timeout=PATIENCE_MS)

    # What was written before is found, from anywhere.
    await ada.see("search").fill("plays")
    await expect(ada.see("found")).to_contain_text("Who plays", timeout=PATIENCE_MS)


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
    await ada.see("friend").filter(has_text="Wolfe").locator('[data-test="write"]').click()
    await ada.see("talk-about").click()
    await ada.see("unfriend").click()
    await ada.see("confirm").click()
    await expect(ada.see("talk-line")).to_be_hidden(timeout=PATIENCE_MS)
    await expect(line(ada, "in ar")).to_be_visible()


async def test_profile_for_friends_is_edited_in_the_account(visit: Visit, service: Service) -> None:
    ada, bob = await visit("Ada", viewport=PHONE), await visit("Bob", viewport=PHONE)
    for visitor in (ada, bob):
        await visitor.sign_up()
    await befriend(service, [ada, bob])
    await ada.see("account").click()
    await ada.see("avatar-input").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": picture(size=(300, 200))}
    )
    await expect(ada.see("avatar-remove")).to_be_visible(timeout=PATIENCE_MS)
    await ada.see("own-bio").fill("I play the lute")
    await ada.see("own-status").fill("On a train")
    await ada.see("own-status-until").select_option("hour")
    await ada.see("save-shown").click()
    await expect(ada.page.locator(".toast").last).to_contain_text("Saved", timeout=PATIENCE_MS)
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
    await bob.see("friends-nav").click()
    await expect(bob.see("friend")).to_contain_text("On a train", timeout=PATIENCE_MS)
    await bob.see("friend-name").click()
    await expect(bob.page.get_by_role("dialog")).to_contain_text("I play the lute")
    await bob.until("document.querySelector('dialog .avatar img')?.naturalWidth === 256")
    await bob.photograph("people-friend-phone")


async def test_guests_see_what_an_account_offers(visit: Visit) -> None:
    ada = await visit("Ada", viewport=NARROW)
    await ada.sign_up()
    await ada.see("friends-nav").click()
    await expect(ada.see("friends-guest")).to_contain_text("you need an account", timeout=PATIENCE_MS)
    await ada.photograph("people-guest")
    await ada.see("friends-account").click()
    await expect(ada.see("own-email")).to_be_visible(timeout=PATIENCE_MS)


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
