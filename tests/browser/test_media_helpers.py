"""The helpers of the client package for devices, screens and the quality of a call, in a real Chromium."""

from typing import Any

from tests.browser.conftest import Visit
from tests.browser.test_meeting import meet

QUALITY = """
async () => {
    const { judge, measure, sample } = await import('/client/quality.js');
    const report = (timestamp, received, lost, decoded, rtt) => [
        { type: 'transport', selectedCandidatePairId: 'b' },
        { type: 'candidate-pair', id: 'a', nominated: true, currentRoundTripTime: 9 },
        { type: 'candidate-pair', id: 'b', nominated: true, currentRoundTripTime: rtt },
        { type: 'inbound-rtp', kind: 'video', ssrc: 1, timestamp, packetsReceived: received, packetsLost: lost, framesDecoded: decoded, bytesReceived: 100 * received },
    ];
    const numbers = (lost, decoded, rtt) =>
        measure(sample(report(1000, 100, 0, 0, rtt)), sample(report(3000, 300 - lost, lost, decoded, rtt)));
    const level = (...given) => { const { level, reasons } = judge(numbers(...given)); return [level, ...reasons]; };
    return {
        numbers: numbers(20, 60, 0.04),
        good: level(0, 60, 0.04),
        lossy: level(20, 60, 0.04),
        at_the_limit: level(16, 60, 0.5),
        below_the_limit: level(5, 60, 0.249),
        still: level(0, 8, 0.04),
        screen: judge(numbers(0, 0, 0.04), false),
        rebuilt: measure(sample(report(1000, 100, 0, 0, 0.1)), sample([{ type: 'inbound-rtp', ssrc: 2, timestamp: 3000 }])),
    };
}
"""  # noqa: E501 - a table

CANVAS = """
() => {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    window.painting = setInterval(() => context.fillRect(0, 0, 300 * Math.random(), 150), 50);
    window.rondoApp.rondo.setScreen(canvas.captureStream(20).getVideoTracks()[0]);
}
"""

EFFECT = """
() => {
    const canvas = document.createElement('canvas');
    canvas.width = 200;
    const context = canvas.getContext('2d');
    setInterval(() => context.fillRect(0, 0, 200 * Math.random(), 150), 50);
    return window.rondoApp.rondo.setVideoEffect(async (camera) => (window.effectOn = camera, canvas.captureStream(20).getVideoTracks()[0]));
}
"""  # noqa: E501 - a script


async def test_quality_numbers_levels_and_reasons(visit: Visit) -> None:
    ada = await visit("Ada")
    found: Any = await ada.page.evaluate(QUALITY)
    assert found["numbers"] == {
        "rttMs": 40, "lossIn": 0.1, "lossOut": None, "fps": 30, "kbpsIn": 72, "kbpsOut": 0, "jitterMs": 0,
        "limited": "none",
    }  # fmt: skip
    assert found["good"] == ["good"]
    assert found["lossy"] == ["weak", "loss"]
    assert found["at_the_limit"] == ["weak", "loss", "delay"]
    assert found["below_the_limit"] == ["good"]
    assert found["still"] == ["weak", "frames"]
    assert found["screen"] == {"level": "good", "reasons": []}, "a screen that stands still is no weak connection"
    assert found["rebuilt"] is None, "counters of other streams are not compared"


async def test_peer_is_told_of_mute_and_screen_and_sees_an_effect(visit: Visit) -> None:
    ada, bob = await visit("Ada"), await visit("Bob")
    await meet(ada, bob, "video")
    peer = "window.rondoApp.rondo.call?.state.peer"
    await bob.until(f"{peer}?.mic === true && {peer}.camera === true && {peer}.screen === false")
    await bob.watch()
    await bob.sees_pictures(5)
    await ada.page.evaluate("window.rondoApp.rondo.call && (window.rondoApp.media.audio.enabled = false)")
    await bob.until(f"{peer}.mic === false")
    await ada.page.evaluate(CANVAS)
    await bob.until(f"{peer}.screen === true && {peer}.camera === true")
    await bob.until("document.querySelector('[data-test=remote]').videoWidth === 300")
    await ada.page.evaluate("window.rondoApp.rondo.setScreen(null)")
    await bob.until(f"{peer}.screen === false && document.querySelector('[data-test=remote]').videoWidth > 300")

    # An effect is sent in the place of the camera; one that fails hides it.
    camera = "window.rondoApp.rondo.call?.state.peer.camera"
    width = "document.querySelector('[data-test=remote]').videoWidth"
    await bob.until(f"{camera} === true && {width} > 200")
    await ada.page.evaluate(EFFECT)
    assert await ada.page.evaluate("window.effectOn === window.rondoApp.media.video")
    await bob.until(f"{camera} === true && {width} === 200")

    await ada.page.evaluate("window.rondoApp.rondo.setVideoEffect(() => { throw new Error('no such effect') })")
    await bob.until(f"{camera} === false")
    complaints, ada.complaints = ada.complaints, []
    assert any("no such effect" in complaint for complaint in complaints), "it is reported"

    await ada.page.evaluate("window.rondoApp.rondo.setVideoEffect(null)")
    await bob.until(f"{camera} === true && {width} > 200")
