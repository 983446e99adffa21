"""Two users meet on the start page, in real browsers with fake cameras."""

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.support.service import Service

NO_CAMERA = (
    "() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError') } }"
)


async def meet(one: Visitor, other: Visitor, mode: str) -> None:
    """Bring two visitors from the start page into one room."""
    for visitor in (one, other):
        await visitor.sign_up()
    await one.photograph("lobby")
    await one.find(mode)
    await expect(one.see("stop")).to_be_visible(timeout=PATIENCE_MS)
    await one.photograph("waiting")
    await other.find(mode)
    for visitor in (one, other):
        await visitor.accept()
    for visitor in (one, other):
        await expect(visitor.see("hangup")).to_be_visible(timeout=PATIENCE_MS)


async def restart(service: Service, *visitors: Visitor) -> None:
    """Kill the server, start it again, and wait until all are connected again."""
    await service.kill()
    for visitor in visitors:
        await expect(visitor.see("reconnecting")).to_be_visible(timeout=PATIENCE_MS)
    await service.start()
    for visitor in visitors:
        await expect(visitor.see("reconnecting")).to_be_hidden(timeout=PATIENCE_MS)
        await expect(visitor.see("away")).to_be_hidden(timeout=PATIENCE_MS)


async def test_two_users_see_each_other_while_the_server_is_killed(visit: Visit, service: Service) -> None:
    ada, bob = await visit("Ada"), await visit("Bob", color_scheme="dark")
    await ada.photograph("sign-up")
    await bob.photograph("sign-up-dark")
    await meet(ada, bob, "video")
    for visitor in (ada, bob):
        await visitor.watch()
        await visitor.sees_pictures(10)
        await expect(visitor.see("clock")).to_be_visible()
    await ada.photograph("call")
    await bob.photograph("call-dark")
    await ada.see("open-chat").click()
    await ada.say("hold on")
    await service.kill()
    await expect(ada.see("reconnecting")).to_be_visible(timeout=PATIENCE_MS)
    await ada.photograph("restart")
    await service.start()
    for visitor, sender in ((ada, bob), (bob, ada)):
        await expect(visitor.see("reconnecting")).to_be_hidden(timeout=PATIENCE_MS)
        await expect(visitor.see("away")).to_be_hidden(timeout=PATIENCE_MS)
        await visitor.sees_pictures(len(await visitor.watched_ms()) + 20)
        assert await visitor.longest_gap_ms(sender) < 1_000, "the picture never stopped"
    await bob.see("open-chat").click()
    await bob.reads("hold on")
    await bob.say("still here")
    await ada.reads("still here")
    await ada.page.keyboard.press("Escape")
    await ada.see("next").click()
    for visitor in (ada, bob):  # after the next of the other one, too
        await expect(visitor.see("stop")).to_be_visible(timeout=PATIENCE_MS)


SLOW_CAMERA = """
() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    window.given = [];
    navigator.mediaDevices.getUserMedia = async (what) => {
        window.given.push(null);
        const stream = await new Promise((go) => { window.answer = go; }).then(() => ask(what));
        window.given.push(stream);
        return stream;
    };
}
"""


async def test_text_needs_no_camera_and_stops_one_that_is_starting(visit: Visit) -> None:
    ada, bob = await visit("Ada"), await visit("Bob", permissions=[])
    await bob.page.evaluate(NO_CAMERA)
    await ada.page.evaluate(SLOW_CAMERA)
    await ada.sign_up()
    await ada.until("window.given.length === 1")
    await ada.see("find").focus()
    await ada.see("mode-text").check(force=True)
    await ada.page.evaluate("window.answer()")
    await ada.until("window.given.length === 2")
    await ada.until("window.given[1].getTracks().every(track => track.readyState === 'ended')")
    await ada.see("find").focus()
    await ada.page.keyboard.press("Enter")
    await bob.sign_up()
    await bob.find("text")
    await ada.accept()
    await bob.accept()
    await bob.say("no camera needed")
    await ada.reads("no camera needed")


async def test_text_becomes_video(visit: Visit) -> None:
    ada, bob = await visit("Ada"), await visit("Bob")
    await meet(ada, bob, "text")
    await ada.see("ask-video").click()
    await bob.see("agree-video").click()
    for visitor in (ada, bob):
        await visitor.watch()
        await visitor.sees_pictures(10)


async def test_keyboard_alone(visit: Visit) -> None:
    ada, bob = await visit("Ada"), await visit("Bob")
    await ada.page.keyboard.press("Tab")
    reached = []
    for _ in range(12):
        reached.append(await ada.page.evaluate("document.activeElement.dataset.test ?? document.activeElement.id"))
        await ada.page.keyboard.press("Tab")
    assert {"name", "adult", "sign-up"} <= set(reached)
    await ada.see("name").focus()
    await ada.page.keyboard.type("Ada")
    await ada.see("adult").focus()
    await ada.page.keyboard.press("Space")
    await ada.page.keyboard.press("Enter")
    await expect(ada.see("find")).to_be_enabled(timeout=PATIENCE_MS)
    await ada.see("mode-text").check(force=True)
    await ada.see("find").focus()
    await ada.page.keyboard.press("Enter")
    await bob.sign_up()
    await bob.find("text")
    await ada.see("accept").wait_for()
    await ada.photograph("invite")
    await ada.page.keyboard.press("a")
    await bob.accept()
    await expect(ada.see("line")).to_be_focused(timeout=PATIENCE_MS)
    await ada.page.keyboard.type("typed")
    await ada.page.keyboard.press("Enter")
    await bob.reads("typed")
    await ada.page.keyboard.press("Escape")
    await ada.see("confirm").wait_for()
    for _ in range(2):  # past "Stay", the safe choice
        await ada.page.keyboard.press("Tab")
    await expect(ada.see("confirm")).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(ada.see("again")).to_be_visible(timeout=PATIENCE_MS)
