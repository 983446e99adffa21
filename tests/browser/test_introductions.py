"""A friend is introduced at the demo page, and the door of an invite-only service, in real browsers."""

import asyncio
import os
import subprocess
import sys

import asyncpg
import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.screens import violations
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.support.service import Service


async def have_talked(one: Visitor, other: Visitor) -> None:
    """Let two visitors have met in a text room, which is over."""
    for visitor in (one, other):
        await visitor.sign_up()
    await one.find("text")
    await expect(one.see("stop")).to_be_visible(timeout=PATIENCE_MS)
    await other.find("text")
    for visitor in (one, other):
        await visitor.accept()
    await one.say("nice to meet you")
    await other.reads("nice to meet you")
    await other.say("my friend should meet you")
    await one.reads("my friend should meet you")
    await asyncio.sleep(5)  # shorter conversations leave nothing in the history
    await one.see("hangup").click()
    for visitor in (one, other):
        await expect(visitor.see("again")).to_be_visible(timeout=PATIENCE_MS)


async def link_of(introducer: Visitor) -> str:
    """Make the link on the screen that shows how it ended."""
    await introducer.see("introduce").click()
    await expect(introducer.see("link")).to_be_visible(timeout=PATIENCE_MS)
    return await introducer.see("link").input_value()


async def test_friend_is_introduced_after_a_call(visit: Visit) -> None:
    ada, bob = await visit("Ada"), await visit("Bob", color_scheme="dark")
    await have_talked(ada, bob)
    link = await link_of(ada)
    await ada.photograph("introduce")
    assert await violations(ada.page) == []
    await ada.page.keyboard.press("Escape")
    await bob.see("home").click()

    eve = await visit("Eve", at=link, viewport=PHONE)
    await expect(eve.see("letter")).to_contain_text("Ada would like you to meet Bob", timeout=PATIENCE_MS)
    await eve.photograph("introduced-phone")
    assert await violations(eve.page) == []
    await eve.sign_up()
    await expect(bob.page.locator(".toast")).to_contain_text("you and Eve should meet", timeout=PATIENCE_MS)
    await bob.see("bell").click()
    await expect(bob.see("notices")).to_contain_text("Would you like that?", timeout=PATIENCE_MS)
    await bob.photograph("introduction-question-dark")
    await bob.see("agree").click()
    await expect(bob.see("notices")).to_contain_text("You and Eve go first with each other now", timeout=PATIENCE_MS)
    await bob.photograph("introduction-answered-dark")
    assert await violations(bob.page) == []
    await bob.page.emulate_media(color_scheme="dark")
    await bob.see("mode-text").evaluate("choice => choice.click()")
    await bob.see("notice-find").click()
    assert "intro=" not in eve.page.url

    await expect(bob.see("stop")).to_be_visible(timeout=PATIENCE_MS)
    await eve.see("refresh").click()
    await expect(eve.page.locator(".person")).to_contain_text("introduced by Ada", timeout=PATIENCE_MS)


async def test_signed_in_user_follows_a_link_and_is_declined(visit: Visit) -> None:
    ada, bob, eve = await visit("Ada"), await visit("Bob"), await visit("Eve")
    await have_talked(ada, bob)
    link = await link_of(ada)
    await eve.sign_up()
    await eve.page.goto(link)
    await eve.see("follow").click()
    await expect(bob.page.locator(".toast")).to_contain_text("you and Eve should meet", timeout=PATIENCE_MS)
    assert "intro=" not in eve.page.url

    await bob.page.set_viewport_size(PHONE)
    await bob.see("bell").click()
    await expect(bob.see("notices")).to_contain_text("nobody is told, and Ada cannot ask again", timeout=PATIENCE_MS)
    await bob.photograph("introduction-question-phone")
    await bob.see("refuse").click()
    await expect(bob.see("notices")).to_contain_text("That is fine. Nobody is told.", timeout=PATIENCE_MS)
    await bob.page.keyboard.press("Escape")
    await bob.see("bell").click()
    await expect(bob.see("notices")).to_contain_text("You said no.", timeout=PATIENCE_MS)
    await expect(bob.see("refuse")).to_have_count(0)
    await bob.page.keyboard.press("Escape")
    await bob.page.set_viewport_size(DESKTOP)

    await bob.see("account").click()
    past = bob.see("past")
    await expect(past).to_contain_text("Ada", timeout=PATIENCE_MS)
    await past.locator("summary").click()
    await expect(past.locator(".transcript li")).to_have_count(2, timeout=PATIENCE_MS)
    await bob.photograph("account")
    await past.get_by_role("button", name="Introduce a friend to Ada").click()
    await expect(bob.see("link")).to_be_visible(timeout=PATIENCE_MS)


async def test_expired_link_prevents_no_sign_up(visit: Visit, service: Service) -> None:
    eve = await visit("Eve", at=f"{service.base}/?intro=0000000000")
    await expect(eve.see("name")).to_be_visible(timeout=PATIENCE_MS)
    await expect(eve.see("letter")).to_have_count(0)
    await eve.sign_up()
    # A link that does not exist is a 404, which the browser notes.
    eve.complaints = [said for said in eve.complaints if "404" not in said]


@pytest.mark.settings(RONDO_ACCESS="invite_only", RONDO_RATE_LIMITS="off")
async def test_sign_up_by_invite_code(visit: Visit, service: Service) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "server", "admin", "invite-code", "--uses", "2"],
        env=os.environ | {"DATABASE_URL": service.dsn},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    code = made.stdout.split()[-1]
    ada = await visit("Ada")
    await expect(ada.see("invite-code")).to_be_visible(timeout=PATIENCE_MS)
    await ada.come_in()
    await expect(ada.see("gate-code")).to_be_visible(timeout=PATIENCE_MS)
    await ada.photograph("gate")
    assert await violations(ada.page) == []
    await ada.see("gate-code").fill("ABCD-EFGH-JKMN-PQRS")
    await ada.see("gate-open").click()
    await expect(ada.page.locator(".problem")).to_contain_text("no such code", timeout=PATIENCE_MS)
    await ada.see("gate-code").fill(f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}".lower())
    await ada.see("gate-open").click()
    await expect(ada.see("find")).to_be_enabled(timeout=PATIENCE_MS)
    ada.complaints = [said for said in ada.complaints if "404" not in said]

    bob = await visit("Bob", at=f"{service.base}/?code={code}", viewport=PHONE)
    await expect(bob.see("invite-code")).to_have_value(code, timeout=PATIENCE_MS)
    await bob.sign_up()
    await bob.see("account").click()
    await expect(bob.see("no-code")).to_contain_text("4 more conversations", timeout=PATIENCE_MS)
    await bob.page.keyboard.press("Escape")

    connection = await asyncpg.connect(service.dsn)
    await connection.execute("UPDATE users SET access = 'verified', completions = 4 WHERE display_name = 'Bob'")
    await connection.close()
    await bob.see("account").click()
    await expect(bob.see("uses-left")).to_have_text("4 of 4 uses left.", timeout=PATIENCE_MS)
    await bob.until("document.querySelector('.qr').naturalWidth > 0")
    await bob.photograph("own-code-phone")
