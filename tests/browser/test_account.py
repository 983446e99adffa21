"""One's account at the demo page: stay, come back, see where one is signed in, take everything along, go."""

import asyncio
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiosmtpd.smtp import SMTP
from playwright.async_api import Browser, Route, expect

from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.screens import NARROW, SIDEWAYS, faults, violations
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.http.email.conftest import Relay
from tests.journeys.conftest import StartService

PASSWORD = "correct horse"
BELOW_TOP_BAR = "document.querySelector('.top').offsetHeight <= document.querySelector('.toasts').offsetTop"
NAMES = """
async () => {
    const { memberName } = await import('/app/friends/faces.js');
    const [first, second] = [0, 1].map(() => ({ friend: () => null, state: { former: {} } }));
    memberName(first, { channel_id: 'c', kind: 'dm', members: [{ user_id: '1', display_name: 'Cat' }] }, '1');
    return [first, second].map((people) => memberName(people, null, '1'));
}
"""


@pytest.mark.settings(RONDO_DEV="on", RONDO_RATE_LIMITS="off")  # the sources: modules are imported below
async def test_guest_upgrades_logs_in_again_and_deletes_the_account(visit: Visit) -> None:
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
    assert await violations(phone.page) == []
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
        phone.complaints = [
            one for one in phone.complaints if "403" not in one
        ]  # the browser logs every error response
        await phone.see("proof-password").fill(PASSWORD)
        await phone.see("prove").click()
    file = await (await coming.value).path()
    everything = json.loads(file.read_text())
    assert everything["sections"]["profile"][0]["email"] == "ada@example.org"

    await phone.page.evaluate("rondoApp.prefs.set({ interests: ['lute'], want: ['female'], minutes: 7 })")
    await phone.page.evaluate("import('/app/dialogs.js').then(({ toast }) => toast('Bob: our secret'))")
    await phone.see("delete").click()
    await phone.see("proof-password").fill(PASSWORD)
    await phone.see("prove").click()
    await expect(phone.see("sign-up")).to_be_visible(timeout=PATIENCE_MS)
    # The next user of this device sees nothing of the account.
    await expect(phone.page.locator(".toast")).to_have_count(0)
    await expect(phone.see("interests")).to_have_value("")
    assert await phone.page.evaluate("['interests', 'want', 'minutes'].map((name) => rondoApp.prefs.get(name))") == [
        [],
        [],
        7,
    ]
    assert await phone.page.evaluate(NAMES) == ["Cat", "Former member"]


async def test_profile_is_edited_on_the_account_page(visit: Visit) -> None:
    ada = await visit("Ada", viewport=NARROW)
    await ada.sign_up()
    await ada.see("account").click()
    await ada.see("own-name").fill("Ada Lovelace")
    await ada.see("own-interests").fill("Engines, music")
    await ada.see("own-gender").select_option("female")
    await ada.see("save-profile").click()
    await expect(ada.page.locator(".toast")).to_contain_text("Saved", timeout=PATIENCE_MS)
    for size in (DESKTOP, PHONE, NARROW):
        await ada.page.set_viewport_size(size)  # type: ignore[arg-type]
        assert await ada.page.evaluate(BELOW_TOP_BAR), size
    assert await faults(ada, ["account-close"], [NARROW, SIDEWAYS]) == {}
    assert await violations(ada.page) == []
    await ada.photograph("account-sideways")
    # What cannot be undone is the last button of the page, and no bright one.
    last = ada.page.locator("main button").last
    await expect(last).to_have_attribute("data-test", "delete")
    assert not {"danger", "primary"} & set((await last.get_attribute("class") or "").split())
    await ada.see("account-close").click()
    await expect(ada.see("find")).to_be_visible(timeout=PATIENCE_MS)
    await ada.see("account").click()
    await ada.see("own-name").wait_for()
    await ada.page.go_back()
    await expect(ada.see("find")).to_be_visible(timeout=PATIENCE_MS)
    await ada.page.reload()
    await ada.see("account").click()
    await expect(ada.see("own-name")).to_have_value("Ada Lovelace", timeout=PATIENCE_MS)
    await expect(ada.see("own-interests")).to_have_value("engines, music")
    await expect(ada.see("own-gender")).to_have_value("female")
    await ada.page.keyboard.press("Escape")
    await expect(ada.see("find")).to_be_visible(timeout=PATIENCE_MS)
    await ada.see("bell").click()
    await ada.see("dialog-close").wait_for()
    assert await violations(ada.page) == []
    await ada.see("dialog-close").click()
    await ada.page.get_by_role("button", name="Help and shortcuts").click()
    assert await violations(ada.page) == []


async def test_address_counts_once_verified(chromium: Browser, start_service: StartService) -> None:
    relay = Relay()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(relay), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mail = {"RONDO_SMTP_URL": f"smtp://127.0.0.1:{port}", "RONDO_MAIL_FROM": "hello@rondo.example"}
    service = await asyncio.to_thread(start_service, {"RONDO_RATE_LIMITS": "off", **mail})
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
async def test_birth_date_is_asked_where_required(visit: Visit) -> None:
    ada = await visit("Ada", viewport=PHONE)
    await expect(ada.page.get_by_text("I am 21 or older")).to_be_visible(timeout=PATIENCE_MS)
    await ada.see("birth-date").fill("1990-12-31")
    await ada.see("birth-date").scroll_into_view_if_needed()
    await ada.photograph("birth-date-phone")
    await ada.sign_up()


HERE = {"X-Forwarded-For": "203.0.113.7"}
gated = pytest.mark.settings(RONDO_TRUSTED_PROXIES="1", RONDO_SIGNUPS="1", RONDO_SIGNUP_GATE_BITS="12")


def forgive(person: Visitor, what: str) -> None:
    """Take back complaints of the browser that this story is about."""
    person.complaints = [one for one in person.complaints if what not in one]


@gated
async def test_sign_up_passes_the_gate_automatically(visit: Visit) -> None:
    first = await visit("Ada", extra_http_headers=HERE)
    await first.sign_up()
    for name, device in (("Bob", PHONE), ("Cleo", DESKTOP)):
        person = await visit(name, viewport=device, extra_http_headers=HERE)
        seen = asyncio.Event()

        async def hold(route: Route, _: object, seen: asyncio.Event = seen) -> None:
            await seen.wait()
            await route.continue_()

        await person.page.route("**/gate-worker*.js", hold)
        await person.come_in()
        await expect(person.see("gate-work")).to_be_visible(timeout=PATIENCE_MS)
        await person.see("gate-work").scroll_into_view_if_needed()
        await person.photograph(f"gate-{name.lower()}")
        seen.set()
        await expect(person.see("find")).to_be_enabled(timeout=PATIENCE_MS)
        forgive(person, "403")


@gated
async def test_without_a_worker_the_page_works_in_slices(visit: Visit) -> None:
    there = {"X-Forwarded-For": "198.51.100.7"}  # stories share a server
    first = await visit("Ada", extra_http_headers=there)
    await first.sign_up()
    second = await visit("Bob", extra_http_headers=there)
    await second.page.evaluate("() => { window.Worker = class { constructor() { throw new Error('no worker'); } }; }")
    await second.sign_up()
    forgive(second, "403")
    forgive(second, "no worker")


WIDGET = """
window.turnstile = { render: (place, { sitekey, callback }) => {
  const box = document.createElement('button');
  box.type = 'button';
  box.dataset.test = 'widget';
  box.textContent = `Verify you are human (${sitekey})`;
  box.onclick = () => callback('good');
  place.append(box);
} };
"""


async def test_turnstile_is_shown_where_configured(chromium: Browser, start_service: StartService) -> None:
    asked: list[str] = []

    async def verify(request: web.Request) -> web.Response:
        asked.append(str((await request.post())["response"]))
        return web.json_response({"success": True, "error-codes": []})

    cloudflare = web.Application()
    cloudflare.router.add_post("/siteverify", verify)
    async with TestServer(cloudflare) as there:
        gate = {
            "RONDO_SIGNUP_GATE": "turnstile",
            "RONDO_TURNSTILE_SITE_KEY": "0x4AAA",
            "RONDO_TURNSTILE_SECRET": "secret",
            "RONDO_TURNSTILE_URL": str(there.make_url("/siteverify")),
        }
        service = await asyncio.to_thread(start_service, {"RONDO_TRUSTED_PROXIES": "1", "RONDO_SIGNUPS": "1", **gate})
        visitors = []
        for name in ("Ada", "Bob"):
            context = await chromium.new_context(viewport=PHONE, extra_http_headers=HERE)
            # Cloudflare's script is replaced by a fake; the page's own policy has to allow it.
            await context.route(
                "https://challenges.cloudflare.com/**",
                lambda route: route.fulfill(body=WIDGET, content_type="text/javascript"),
            )
            visitors.append(await Visitor(context, service.base, name).come())
        first, bob = visitors
        await first.sign_up()
        await bob.come_in()
        await expect(bob.see("widget")).to_contain_text("0x4AAA", timeout=PATIENCE_MS)
        await bob.photograph("turnstile-phone")
        await bob.see("widget").click()
        await expect(bob.see("find")).to_be_enabled(timeout=PATIENCE_MS)
        assert asked == ["good"]
        forgive(bob, "403")
        assert (first.complaints, bob.complaints) == ([], [])
        for visitor in visitors:
            await visitor.context.close()
