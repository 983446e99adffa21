"""Every screen on the smallest phone, upright and on its side, and before axe in both themes."""

import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.screens import NARROW, SIDEWAYS, faults, violations
from tests.browser.test_meeting import restart
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.support.service import Service

TABLET = {"width": 768, "height": 1024}
SIZES = [PHONE, NARROW, SIDEWAYS]
LONG = "Wolfeschlegelsteinhausenbergerdorffabcde"


async def connecting_and_stopped(visitor: Visitor) -> list[str]:
    """Return what axe finds while a second window waits for the server, and in the first one once that has the line."""
    answers = False

    def answer(socket: WebSocketRoute) -> None:
        if answers:
            socket.connect_to_server()

    second = await visitor.context.new_page()
    await second.route_web_socket("**/v1/ws", answer)
    await second.goto(visitor.base)
    await expect(second.get_by_role("heading", level=1)).to_have_text("Coming in…", timeout=PATIENCE_MS)
    found = await violations(second)
    answers = True
    await second.reload()
    await visitor.see("back").wait_for()
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("You are in another window")
    found += await violations(visitor.page)
    await visitor.see("back").click()
    await expect(visitor.see("find")).to_be_enabled(timeout=PATIENCE_MS)
    await second.close()
    return found


async def test_main_action_of_every_call_screen_is_visible(visit: Visit) -> None:
    ada, bob = await visit("Ada"), await visit(LONG)
    seen: dict[str, object] = {}

    async def look(visitor: Visitor, screen: str, *names: str) -> None:
        await visitor.page.wait_for_load_state()
        if found := await faults(visitor, names, SIZES):
            seen[screen] = found
        if found := await violations(visitor.page):
            seen[f"{screen}, axe"] = found
        await visitor.photograph(f"{screen}-sideways")
        await visitor.page.set_viewport_size(NARROW)
        await visitor.photograph(f"{screen}-narrow")

    await look(ada, "sign-up")
    for visitor in (ada, bob):
        await visitor.sign_up()
    await expect(ada.see("mic")).to_be_visible(timeout=PATIENCE_MS)
    await look(ada, "lobby", "find", "autoAccept", "mic", "camera")
    await ada.context.set_offline(True)
    await expect(ada.page.locator("#offline")).to_contain_text("You are offline", timeout=PATIENCE_MS)
    assert await faults(ada, ["find"], SIZES[1:]) == {}
    await ada.context.set_offline(False)
    await expect(ada.page.locator("#offline")).to_be_hidden(timeout=PATIENCE_MS)
    if found := await connecting_and_stopped(ada):
        seen["connecting and stopped, axe"] = found
    await ada.find("video")
    await ada.see("stop").wait_for()
    await look(ada, "waiting", "stop", "mic", "camera")
    await bob.find("video")
    await ada.see("accept").wait_for()
    await look(ada, "invite", "accept", "decline", "invite-mic", "invite-camera")
    await expect(ada.page.get_by_role("dialog")).to_contain_text("You two are matched for a video call of 5 minutes")
    await ada.accept()
    await bob.accept()
    await ada.see("hangup").wait_for()
    assert await ada.page.evaluate("navigator.mediaSession.metadata.title") == LONG
    await look(ada, "call", "hangup", "next", "mic", "camera", "open-chat", "block")
    await ada.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await ada.see("open-chat").click()
    beside = ["hangup", "next", "mic", "camera", "line", "send"]
    if found := await faults(ada, beside, [TABLET, SIDEWAYS, NARROW]):
        seen["call with chat"] = found
    await bob.see("block").click()
    for visitor in (ada, bob):
        if found := await violations(visitor.page):
            seen[f"{visitor.name} in the call, axe"] = found
    await bob.page.keyboard.press("Escape")
    await bob.see("hangup").click()
    await ada.see("again").wait_for()
    await look(ada, "ended", "again", "home", "top-mic", "top-camera")
    assert seen == {}


@pytest.mark.settings(RONDO_TORCH_IDLE_S=3, RONDO_TORCH_WARNING_S=120, RONDO_RATE_LIMITS="off")
async def test_torch_survives_a_kill_and_the_input_stays_visible(visit: Visit, service: Service) -> None:
    ada, bob = await visit("Ada", viewport=NARROW), await visit("مريم السلمان", color_scheme="dark")
    for visitor in (ada, bob):
        await visitor.sign_up()
        await visitor.find("text")
    for visitor in (ada, bob):
        await visitor.accept()
    await bob.say("do you like trains, and how are you on this fine day?")
    await ada.reads("do you like trains, and how are you on this fine day?")
    await ada.see("torch").wait_for()
    parts = ["torch", "line", "send", "hangup", "next", "ask-video"]
    assert await faults(ada, parts, SIZES) == {}
    assert await violations(ada.page) == []
    await ada.photograph("torch-sideways")
    await restart(service, ada, bob)
    await bob.photograph("torch-dark")
    for visitor in (ada, bob):
        await expect(visitor.see("torch")).to_be_visible(timeout=PATIENCE_MS)
        await visitor.reads("do you like trains, and how are you on this fine day?")
        await visitor.listen()
    await bob.say("only slow ones")
    await ada.reads("only slow ones")
    await ada.say("good")
    for visitor in (ada, bob):
        await visitor.hears("The torch is lit again.")
    await ada.context.set_offline(True)
    await expect(ada.see("reconnecting")).to_contain_text("You are offline", timeout=PATIENCE_MS)
    assert await faults(ada, ["reconnecting", "line", "send", "hangup"], SIZES) == {}
    await ada.context.set_offline(False)
    await expect(ada.see("reconnecting")).to_be_hidden(timeout=PATIENCE_MS)
    await bob.see("ask-video").click()
    await bob.see("ask-camera").wait_for()
    await ada.see("agree-video").wait_for()
    assert await faults(ada, ["agree-video", "decline-video", "line", "send", "hangup"], SIZES) == {}
    await ada.page.set_viewport_size(NARROW)
    await ada.photograph("ask-video-narrow")
    # The camera that was on for the question goes off with a no, and never was on without a switch.
    assert await bob.page.evaluate("rondoApp.media.video?.readyState") == "live"
    await ada.see("decline-video").click()
    await bob.until("!rondoApp.media.isOpen")
    await expect(bob.see("ask-camera")).to_be_hidden(timeout=PATIENCE_MS)
    # Each may ask once a minute: a no is not a request.
    await ada.see("ask-video").click()
    await bob.see("agree-video").wait_for()
