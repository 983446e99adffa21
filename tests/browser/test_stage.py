"""The stage of a call: picture, screen, devices, our own picture, quality, and messages while the chat is closed."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.conftest import PHONE, Visit, launched
from tests.browser.screens import NARROW, SIDEWAYS, faults, violations
from tests.browser.test_meeting import meet
from tests.browser.visitor import PATIENCE_MS, Visitor

CAMERAS = "--use-fake-device-for-media-stream=device-count=3,fps=10"
"""The second one of them is a depth camera, which no peer can be sent."""
DESKTOP = {"width": 1440, "height": 900}
CONTROLS = ["mic", "camera", "open-chat", "block", "next", "hangup", "more"]

FIT = "getComputedStyle(document.querySelector('[data-test=remote]')).objectFit"
CORNER = "document.querySelector('.room .self').dataset.corner"
# What the browser measures, without what a busy machine does to it.
MEASURED = """
() => {
    const ask = RTCPeerConnection.prototype.getStats;
    window.lossy = false;
    const made = {
        'inbound-rtp': ({ timestamp: at }) => ({ framesDecoded: at / 50, packetsReceived: at, packetsLost: 0 }),
        'remote-inbound-rtp': () => ({ fractionLost: window.lossy ? 0.2 : 0 }),
        'candidate-pair': () => ({ currentRoundTripTime: 0.03 }),
    };
    RTCPeerConnection.prototype.getStats = async function () {
        const reports = [...(await ask.call(this)).entries()];
        return new Map(reports.map(([id, report]) => [id, { ...report, ...made[report.type]?.(report) }]));
    };
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser with several cameras."""
    async with launched(CAMERAS) as running:
        yield running


async def choose(visitor: Visitor, what: str) -> None:
    """Do something of the panel."""
    await visitor.see("more").click()
    await visitor.see(what).click()


async def test_picture_screen_and_devices_of_a_call(visit: Visit) -> None:
    ada = await visit("Ada", viewport=DESKTOP)
    bob = await visit("Bob", viewport=PHONE, is_mobile=True, has_touch=True)
    await bob.listen()
    await meet(ada, bob, "video")
    for visitor in (ada, bob):
        await visitor.until("document.querySelector('.room').classList.contains('seeing')")
        assert await visitor.page.evaluate(FIT) == "cover", "the picture fills the frame"
    await choose(bob, "fit")
    await bob.until(f"{FIT} === 'contain'")
    await choose(bob, "fit")
    await bob.until(f"{FIT} === 'cover'")

    await choose(ada, "share-screen")
    await bob.until(f"{FIT} === 'contain'")
    await bob.hears("Ada shares a screen.")
    await bob.watch()
    await bob.sees_pictures(3)
    await ada.photograph("sharing")
    await ada.see("stop-sharing").click()
    await bob.until(f"{FIT} === 'cover'")
    await expect(ada.see("sharing")).to_be_hidden()

    await bob.see("more").click()
    camera = bob.page.locator("#camera-choice")
    first = await camera.input_value()
    await camera.select_option(index=2)
    running = "window.rondoApp.media.video.getSettings().deviceId"
    await bob.until(f"{running} === {await camera.input_value()!r}")
    await bob.page.keyboard.press("Escape")
    await expect(bob.see("panel")).to_be_hidden()
    await expect(ada.see("self-flip")).to_be_hidden()
    await bob.see("self-flip").click()
    await bob.until(f"{running} === {first!r}")
    await ada.watch()
    await ada.sees_pictures(5)

    await ada.see("more").click()
    await expect(ada.see("quality-line")).to_contain_text("Connection", timeout=PATIENCE_MS)
    assert await violations(ada.page) == []
    await ada.photograph("panel")
    speaker = ada.page.locator("#speaker-choice")
    await speaker.select_option(index=1)
    chosen = await speaker.input_value()
    await ada.until(f"document.querySelector('[data-test=remote]').sinkId === {chosen!r}")
    await ada.see("full").click()
    await ada.until("!!document.fullscreenElement")
    await ada.page.keyboard.press("f")
    await ada.until("!document.fullscreenElement")
    await choose(ada, "float")
    await ada.until("document.pictureInPictureElement?.dataset.test === 'remote'")
    await bob.see("next").click()
    await ada.see("stop").wait_for()  # her search continues automatically
    await ada.until("!document.pictureInPictureElement")


async def test_own_picture_messages_and_a_weak_connection_are_shown_and_announced(visit: Visit) -> None:
    ada = await visit("Ada", viewport=DESKTOP, reduced_motion="no-preference")
    bob = await visit("Bob", viewport=PHONE, is_mobile=True, has_touch=True, color_scheme="dark")
    for visitor in (ada, bob):
        await visitor.listen()
    await ada.page.evaluate(MEASURED)
    await meet(ada, bob, "video")
    await ada.until("document.querySelector('.room').classList.contains('seeing')")
    box = await ada.see("self-handle").bounding_box()
    assert box
    await ada.page.mouse.move(box["x"] + 40, box["y"] + 40)
    await ada.page.mouse.down()
    await ada.page.mouse.move(300, 200, steps=3)
    await ada.page.mouse.up()
    assert await ada.page.evaluate(CORNER) == "top-left"
    await ada.see("self-handle").focus()
    await ada.page.keyboard.press("ArrowDown")
    assert await ada.page.evaluate(CORNER) == "bottom-left"
    await ada.hears("Your picture is bottom left.")
    await ada.see("self-handle").click()
    assert await ada.page.evaluate(CORNER) == "top-left", "a click moves it to the next corner"

    await ada.see("open-chat").click()
    await ada.say("I can hear the sea")
    await expect(bob.see("peek")).to_be_visible(timeout=PATIENCE_MS)
    await bob.see("peek").focus()  # then it stays
    await expect(bob.see("peek")).to_have_text("AI can hear the sea")
    await bob.hears("Ada writes: I can hear the sea")
    assert await faults(bob, ["peek", "self-handle", *CONTROLS], [NARROW, SIDEWAYS, PHONE]) == {}
    assert await violations(bob.page) == []
    await bob.photograph("peek")
    await bob.see("peek").click()
    await bob.reads("I can hear the sea")
    await expect(bob.see("peek")).to_be_hidden()

    await ada.page.evaluate("window.lossy = true")
    await expect(ada.see("weak")).to_contain_text("Your connection is weak", timeout=PATIENCE_MS)
    await expect(ada.see("weak")).to_contain_text("20 % lost", timeout=PATIENCE_MS)
    await expect(ada.see("quality")).to_contain_text("Connection: weak", timeout=PATIENCE_MS)
    await ada.photograph("weak")
    await ada.page.evaluate("window.lossy = false")
    await expect(ada.see("weak")).to_be_hidden(timeout=PATIENCE_MS)
    await ada.hears("Your connection is weak")
    await ada.hears("Your connection is better again.")


@pytest.mark.settings(RONDO_MIRROR="on", RONDO_MIRROR_AFTER_S=0.5, RONDO_RATE_LIMITS="off")
async def test_mirror_echo_is_mirrored(visit: Visit) -> None:
    ada = await visit("Ada")
    await ada.sign_up()
    await ada.find("video")  # it asks no question
    await ada.until("document.querySelector('.room')?.classList.contains('seeing')")
    flipped = "[...document.querySelectorAll('.remote, .room .self-video')].map(one => getComputedStyle(one).transform)"
    assert await ada.page.evaluate(flipped) == ["matrix(-1, 0, 0, 1, 0, 0)"] * 2
    await ada.photograph("mirror")


async def test_screen_can_be_shared_without_a_camera(visit: Visit) -> None:
    ada, bob = await visit("Ada"), await visit("Bob")
    for visitor in (ada, bob):
        await visitor.sign_up()
        await visitor.see("camera").click()
    for visitor in (ada, bob):
        await visitor.find("video")
    for visitor in (ada, bob):
        await visitor.accept()
    for visitor in (ada, bob):  # one made the offer of the call, the other answers: both directions are renegotiated
        await visitor.until("window.rondoApp.rondo.call?.flowing")
    for sharer, viewer in ((ada, bob), (bob, ada)):
        await sharer.see("share").click()
        await viewer.until("document.querySelector('.room').classList.contains('seeing')")
        await viewer.watch()
        await viewer.sees_pictures(3)
        await sharer.see("share").click()
        await viewer.until("!document.querySelector('.room').classList.contains('seeing')")
