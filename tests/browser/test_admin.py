"""The moderation page in a real browser: log in, read the evidence, decide; the user sees the reason."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import CONTEXT, PHONE, Visit
from tests.browser.friends import befriend, user_id, write
from tests.browser.screens import violations
from tests.browser.visitor import PATIENCE_MS, save_screenshot
from tests.people.pictures import picture
from tests.support.client import Person, Refused, meet
from tests.support.service import Service

PASSWORD = "correct horse battery"
STATEMENT = "You insulted people you met, more than once. That is not what Rondo is for."
INSULTS = ["<b>you</b> are an idiot", "nobody will ever like you", "go away"]


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class ModerationUsers:
    """Users of a story, who are deleted at its end."""

    def __init__(self, http: aiohttp.ClientSession, service: Service) -> None:
        self._http = http
        self._service = service
        self.people: list[Person] = []

    async def connect(self, name: str) -> Person:
        person = await Person(self._http, self._service.base, name).sign_up()
        self.people.append(person)
        await person.connect()
        return person

    async def appoint(self, name: str, role: str = "moderator") -> tuple[Person, str]:
        """Return a moderator or administrator, and the address they log in with."""
        person = await self.connect(name)
        email = f"{name.lower()}.{person.user_id}@example.org"
        await person.call("POST", "/v1/auth/upgrade", {"email": email, "password": PASSWORD})
        connection = await asyncpg.connect(self._service.dsn)
        await connection.execute("UPDATE users SET role = $2 WHERE user_id = $1::uuid", person.user_id, role)
        await connection.close()
        return person, email

    async def report(self, reporter: Person, about: Person, *said: str, category: str, details: str = "") -> None:
        """Put two users into a room with messages, and report one of them."""
        room = await meet(reporter, about)
        for number, body in enumerate(said):
            speaker = about if number % 2 == 0 else reporter
            await speaker.ask("chat.send", room_id=room["room_id"], client_id=str(number), body=body)
        await reporter.ask("report", user_id=about.user_id, category=category, details=details)
        await about.receive("room.ended")


@pytest_asyncio.fixture(loop_scope="session")
async def users(http: aiohttp.ClientSession, service: Service) -> AsyncIterator[ModerationUsers]:
    users = ModerationUsers(http, service)
    yield users
    await asyncio.gather(*(person.delete_account() for person in users.people))


@pytest_asyncio.fixture(loop_scope="session")
async def desk(chromium: Browser, service: Service) -> AsyncIterator[Page]:
    """The page at /admin; its browser logs no error."""
    context = await chromium.new_context(**CONTEXT)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    await page.goto(f"{service.base}/admin")
    yield page
    await context.close()
    assert errors == []


def see(part: Page | Locator, name: str) -> Locator:
    """Return what is marked *name* in *part*."""
    return part.locator(f'[data-test="{name}"]')


async def log_in(desk: Page, email: str, password: str = PASSWORD) -> None:
    await see(desk, "email").fill(email)
    await see(desk, "password").fill(password)
    await see(desk, "log-in").click()


async def photograph(page: Page, name: str, *, whole: bool = True) -> None:
    await save_screenshot(page, f"admin-{name}", whole=whole)


async def test_only_moderators_can_log_in(desk: Page, users: ModerationUsers) -> None:
    ada = await users.connect("Ada")
    email = f"ada.{ada.user_id}@example.org"
    await ada.call("POST", "/v1/auth/upgrade", {"email": email, "password": PASSWORD})
    await photograph(desk, "door")
    assert await violations(desk) == []
    await log_in(desk, email, "wrong password")
    await expect(desk.get_by_role("alert")).to_contain_text("wrong")
    await log_in(desk, email)
    await expect(desk.get_by_role("alert")).to_contain_text("not a moderator")
    await expect(see(desk, "tab-reports")).to_have_count(0)


async def test_moderator_decides(desk: Page, users: ModerationUsers, service: Service) -> None:
    _, email = await users.appoint("Mo")
    bob = await users.connect("Bob")
    for name, details in (
        ("Ada", "He insulted me from the first second."),
        ("Cleo", ""),
        ("Dora", "Same as everybody says."),
    ):
        await users.report(await users.connect(name), bob, *INSULTS, category="harassment", details=details)
    eve, fay = await users.connect("Eve"), await users.connect("Fay")
    await users.report(fay, eve, "hello", "hi!", "how are you?", category="spam", details="I did not like her.")

    await log_in(desk, email)
    await expect(desk.locator(".tile")).to_have_count(6)
    await expect(see(desk, "tab-reports")).to_contain_text("4")
    await photograph(desk, "overview")

    await see(desk, "tab-reports").click()
    case = see(desk, "case").filter(has=desk.get_by_role("heading", name="Bob", exact=True))
    await expect(case).to_contain_text("reported by 3 people")
    await expect(case.get_by_text(INSULTS[0])).to_have_count(3)  # as text, not as markup
    await photograph(desk, "reports")
    await see(case, "confirm").click()
    await see(desk, "statement").fill(STATEMENT)
    await see(desk, "length").select_option("7")
    await photograph(desk, "statement", whole=False)
    await see(desk, "decide").click()
    assert await bob.closed() == 4003
    assert bob.received("error")[0]["statement"] == STATEMENT
    assert (await bob.call("GET", "/v1/me"))["ban"]["until_at"] is not None
    await expect(case).to_have_count(0)

    spared = see(desk, "case").filter(has=desk.get_by_role("heading", name="Eve", exact=True))
    await see(spared, "vindicate").click()
    await see(desk, "statement").fill("She only said hello.")
    await see(desk, "decide").click()
    await expect(spared).to_have_count(0)
    await expect(desk.get_by_text("Nobody is waiting for a decision.")).to_be_visible()

    await bob.call("POST", "/v1/appeal", {"text": "I had a terrible day, and I am sorry. It will not happen again."})
    await see(desk, "tab-appeals").click()
    appeal = see(desk, "appeal").filter(has=desk.get_by_role("heading", name="Bob", exact=True))
    await photograph(desk, "appeals")
    assert await violations(desk) == []
    await see(appeal, "grant").click()
    await see(desk, "statement").fill("Everybody has a bad day. Welcome back.")
    await see(desk, "decide").click()
    await expect(appeal).to_have_count(0)
    await bob.connect()


@pytest.mark.settings(RONDO_ATTACHMENTS="local", RONDO_RATE_LIMITS="off")
async def test_reported_group_message_has_its_senders_earlier_text_and_file(
    desk: Page, users: ModerationUsers, visit: Visit, service: Service
) -> None:
    _, email = await users.appoint("Mo")
    ada, bob, cleo = await visit("Ada"), await visit("Bob"), await visit("Cleo")
    for visitor in (ada, bob, cleo):
        await visitor.sign_up()
    await befriend(service, [ada, bob, cleo])
    make = "others => rondoApp.people.createGroup('Chess', others).then(({ channelId }) => channelId)"
    channel = await ada.page.evaluate(make, [await user_id(bob), await user_id(cleo)])
    for visitor in (ada, bob, cleo):
        await visitor.page.evaluate("channel => location.hash = `#messages/${channel}`", channel)
    for n in range(12):
        await write(cleo, f"Move {n}")
    await expect(bob.see("talk")).to_contain_text("Move 11")
    await bob.see("file-input").set_input_files(
        {"name": "sea.png", "mimeType": "image/png", "buffer": picture(size=(64, 48))}
    )
    await expect(bob.see("chosen")).to_contain_text("sea.png")
    await write(bob, "You idiot")
    line = "[...document.querySelectorAll('[data-test=talk] [data-n]')].find(one => one.textContent.includes('You i'))"
    await ada.until(f"!!{line}")
    n = int(await ada.page.evaluate(f"{line}.dataset.n"))
    edit = "([channel, n]) => rondoApp.people.open(channel).edit(n, 'You idealist')"
    await bob.page.evaluate(edit, [channel, n])
    report = "([user, channel_id, n]) => rondoApp.rondo.report(user, { category: 'harassment', channel_id, n })"
    await ada.page.evaluate(report, [await user_id(bob), channel, n])

    await log_in(desk, email)
    await see(desk, "tab-reports").click()
    case = see(desk, "case").filter(has=desk.get_by_role("heading", name="Bob", exact=True))
    await expect(see(case, "meeting")).to_contain_text(f"Message {n} of a conversation")
    await expect(see(case, "said").filter(has_text="Move 3")).to_contain_text("another member")
    reported = see(case, "reported")
    await expect(reported).to_be_in_viewport()
    await expect(reported).to_contain_text("You idealist")
    await expect(reported).to_contain_text(": You idiot")
    await photograph(desk, "message")
    assert await violations(desk) == []
    await see(reported, "evidence-file").click()
    shown = desk.get_by_role("dialog").get_by_role("img", name="sea.png")
    await expect(shown).to_have_js_property("naturalWidth", 64)


async def test_bans_addresses_codes_and_the_audit_log(desk: Page, users: ModerationUsers) -> None:
    _, email = await users.appoint("Mo", "admin")
    bob = await users.connect("Bob")
    await log_in(desk, email)

    await see(desk, "tab-bans").click()
    await desk.get_by_text("Ban a user").click()
    await desk.get_by_label("Id of the person").fill(bob.user_id)
    await desk.get_by_label("Statement of reasons").fill(STATEMENT)
    await desk.get_by_role("button", name="Ban", exact=True).click()
    row = desk.get_by_role("row").filter(has_text=bob.user_id[-8:])
    await expect(row).to_contain_text("temporary")
    assert await bob.closed() == 4003
    await photograph(desk, "bans")
    assert await violations(desk) == []
    await row.get_by_role("button", name="Lift").click()
    await see(desk, "statement").fill("A mistake.")
    await see(desk, "decide").click()
    await expect(row).to_have_count(0)
    await bob.connect()

    await see(desk, "tab-addresses").click()
    await desk.get_by_text("Ban an address").click()
    await desk.get_by_label("Address or network").fill("127.0.0.1")
    await desk.get_by_role("button", name="Ban", exact=True).click()
    await expect(desk.locator(".toast").get_by_text("lock yourself out")).to_be_visible()
    await desk.get_by_label("Address or network").fill("2001:db8::/32")
    await desk.get_by_label("Why").fill("A flood of empty accounts.")
    await desk.get_by_role("button", name="Ban", exact=True).click()
    banned = desk.get_by_role("row").filter(has_text="2001:db8::/32")
    await expect(banned).to_contain_text("A flood")
    await photograph(desk, "addresses")
    await banned.get_by_role("button", name="Lift").click()
    await desk.get_by_role("dialog").get_by_role("button", name="Lift").click()
    await expect(banned).to_have_count(0)

    await see(desk, "tab-codes").click()
    await desk.get_by_role("button", name="Make a code").click()
    await expect(desk.get_by_role("row")).not_to_have_count(0)
    await photograph(desk, "codes")
    assert await violations(desk) == []

    await see(desk, "tab-log").click()
    await expect(desk.get_by_role("row").nth(1)).to_be_visible()
    await expect(desk.get_by_role("table")).to_contain_text("ip_ban.lifted")
    await expect(desk.get_by_role("table")).to_contain_text("A mistake.")
    await photograph(desk, "log")
    await desk.reload()
    await expect(desk.get_by_role("table")).to_contain_text("ip_ban.lifted")
    await desk.get_by_title("Log out").click()
    await expect(see(desk, "log-in")).to_be_visible()


async def test_desk_on_a_phone_and_in_dark_mode(desk: Page, users: ModerationUsers) -> None:
    _, email = await users.appoint("Mo")
    bob, ada = await users.connect("Bob"), await users.connect("Ada")
    await users.report(ada, bob, *INSULTS, category="harassment", details="He insulted me.")
    await desk.set_viewport_size(PHONE)
    await desk.emulate_media(color_scheme="dark")
    await log_in(desk, email)
    await expect(desk.locator(".tile")).to_have_count(6)
    await photograph(desk, "phone-overview")
    await see(desk, "tab-reports").click()
    await expect(see(desk, "case")).not_to_have_count(0)
    await photograph(desk, "phone-reports")
    assert await violations(desk) == []
    assert await desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The tabs are wider than the screen: the one that is open is on it.
    for tab in ("log", "overview", "addresses"):
        await see(desk, f"tab-{tab}").click()
        await expect(see(desk, f"tab-{tab}")).to_have_attribute("aria-current", "page")
        await expect(see(desk, f"tab-{tab}")).to_be_in_viewport(ratio=1)
        await expect(desk.get_by_role("heading", level=1)).to_be_visible()
        assert await violations(desk) == []
    await photograph(desk, "phone-addresses")


async def test_revoked_role_shows_the_log_in(desk: Page, users: ModerationUsers, service: Service) -> None:
    mo, email = await users.appoint("Mo")
    await log_in(desk, email)
    await expect(desk.locator(".tile")).to_have_count(6)
    connection = await asyncpg.connect(service.dsn)
    await connection.execute("UPDATE users SET role = NULL WHERE user_id = $1::uuid", mo.user_id)
    await connection.close()
    await see(desk, "tab-bans").click()
    await expect(see(desk, "log-in")).to_be_visible()
    with pytest.raises(Refused):
        await mo.call("GET", "/v1/admin/stats")


async def test_report_from_a_call_ban_and_appeal(visit: Visit, users: ModerationUsers, service: Service) -> None:
    mo, _ = await users.appoint("Mo")
    ada, bob = await visit("Ada"), await visit("Bob")
    for person in (ada, bob):
        await person.sign_up()
        await person.find("text")
    await ada.accept()
    await bob.accept()
    await bob.say("something rude")
    await ada.reads("something rude")

    await ada.see("block").click()
    await ada.see("category").select_option("harassment")
    await ada.see("details").fill("He was rude.")
    await ada.photograph("report")
    await ada.see("confirm").click()
    await expect(ada.page.get_by_role("heading", name="You reported Bob")).to_be_visible()
    await expect(bob.page.get_by_role("heading", name="Ada hung up")).to_be_visible()

    (report,) = [
        report
        for report in (await mo.call("GET", "/v1/admin/reports"))["reports"]
        if report["details"] == "He was rude."
    ]
    assert [said["body"] for said in report["evidence"]["messages"]] == ["something rude"]
    await mo.call("POST", f"/v1/admin/reports/{report['report_id']}/confirm", {"statement": STATEMENT})
    await expect(bob.see("ban")).to_contain_text(STATEMENT)
    await bob.page.reload()
    await expect(bob.see("ban")).to_contain_text(STATEMENT)
    await bob.see("appeal").fill("It was a joke.")
    await bob.photograph("banned")
    assert await violations(bob.page) == []
    await bob.see("send-appeal").click()
    await expect(bob.see("ban")).to_contain_text("A moderator will read it")
    (appeal,) = (await mo.call("GET", "/v1/admin/appeals"))["appeals"]
    answer = {"statement": "Everybody has a bad day."}
    await mo.call("POST", f"/v1/admin/appeals/{appeal['ban_id']}/grant", answer, status=204)
    await bob.page.reload()
    await expect(bob.see("find")).to_be_enabled()
