"""One's account at the demo page: stay, come back, see where one is signed in, take everything along, go."""

import asyncio
import json

import pytest
from aiosmtpd.smtp import SMTP
from playwright.async_api import Browser, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.http.letters.conftest import Relay
from tests.journeys.conftest import Hire

PASSWORD = "correct horse"


async def test_a_guest_stays_comes_back_and_goes(visit: Visit) -> None:
    ada = await visit("Ada")
    await ada.sign_up()
    await ada.see("account").click()
    await ada.see("own-email").fill("ada@example.org")
    await ada.see("own-password").fill(PASSWORD)
    await ada.photograph("account-guest")
    await ada.see("upgrade").click()
    await expect(ada.see("address")).to_contain_text("ada@example.org", timeout=PATIENCE_MS)

    # On another device, with the password.
    phone = await visit("Ada's telephone", viewport=PHONE)
    await phone.see("have-account").click()
    await phone.see("login-email").fill("ADA@example.org")
    await phone.see("login-password").fill(PASSWORD)
    await phone.photograph("log-in-phone")
    await phone.see("login").click()
    await expect(phone.see("find")).to_be_enabled(timeout=PATIENCE_MS)
    await phone.see("account").click()
    await expect(phone.see("devices").locator("li")).to_have_count(2, timeout=PATIENCE_MS)
    await phone.photograph("account-phone")

    # The other one is signed out from here.
    await phone.see("revoke").click()
    await ada.page.get_by_role("button", name="Use it here").click()
    await expect(ada.page.get_by_role("heading", level=1)).to_contain_text("signed out", timeout=PATIENCE_MS)

    async with phone.page.expect_download() as coming:
        await phone.see("export").click()
        await phone.see("proof-password").fill("wrong horse")
        await phone.see("prove").click()
        await expect(phone.see("prove-problem")).to_contain_text("not your password", timeout=PATIENCE_MS)
        await phone.photograph("prove-phone")
        phone.complaints = [one for one in phone.complaints if "403" not in one]  # the browser tells of every refusal
        await phone.see("proof-password").fill(PASSWORD)
        await phone.see("prove").click()
    file = await (await coming.value).path()
    everything = json.loads(file.read_text())
    assert everything["sections"]["profile"][0]["email"] == "ada@example.org"

    await phone.see("delete").click()
    await phone.see("proof-password").fill(PASSWORD)
    await phone.see("prove").click()
    await expect(phone.see("sign-up")).to_be_visible(timeout=PATIENCE_MS)


async def test_an_address_counts_once_the_letter_is_answered(chromium: Browser, hire: Hire) -> None:
    relay = Relay()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(relay), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mail = {"RONDO_SMTP_URL": f"smtp://127.0.0.1:{port}", "RONDO_MAIL_FROM": "hello@rondo.example"}
    service = await asyncio.to_thread(hire, {"RONDO_RATE_LIMITS": "off", **mail})
    context = await chromium.new_context(viewport=PHONE)
    ada = await Visitor(context, service.base, "Ada").come()
    await ada.sign_up()
    await ada.see("account").click()
    await ada.see("own-email").fill("ada@example.org")
    await ada.see("own-password").fill(PASSWORD)
    await ada.see("upgrade").click()
    await expect(ada.see("pending")).to_contain_text("ada@example.org", timeout=PATIENCE_MS)
    await ada.see("pending").scroll_into_view_if_needed()
    await ada.photograph("account-pending-phone")
    await ada.see("verify-code").fill(await relay.code("ada@example.org"))
    await ada.see("verify").click()
    await expect(ada.see("address")).to_contain_text("verified", timeout=PATIENCE_MS)
    await ada.photograph("account-verified-phone")
    assert ada.complaints == []
    await context.close()
    server.close()


@pytest.mark.settings(RONDO_REQUIRE_BIRTH_DATE="on", RONDO_MIN_AGE="21", RONDO_RATE_LIMITS="off")
async def test_where_one_has_to_say_when_one_was_born(visit: Visit) -> None:
    ada = await visit("Ada", viewport=PHONE)
    await expect(ada.page.get_by_text("I am 21 or older")).to_be_visible(timeout=PATIENCE_MS)
    await ada.see("birth-date").fill("1990-12-31")
    await ada.see("birth-date").scroll_into_view_if_needed()
    await ada.photograph("birth-date-phone")
    await ada.sign_up()
