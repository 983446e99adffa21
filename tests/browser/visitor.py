"""Somebody at the demo page, in a real Chromium with a fake camera. They see, click and type; nothing else."""

import asyncio
import os
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from playwright.async_api import BrowserContext, Locator, Page, expect

SCREENSHOTS = Path(__file__).parent / "screenshots"
"""With `RONDO_SCREENSHOTS=on` the tests save pictures of the screens here, for people to look at."""
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

# Every displayed picture is recorded here, whatever the page shows about its connection; and when the page stood still.
WATCH = """
video => {
    window.clock = () => performance.timeOrigin + performance.now();
    window.shown = [];
    const note = () => { window.shown.push(clock()); video.requestVideoFrameCallback(note); };
    video.requestVideoFrameCallback(note);
    window.stalls = [];
    let last = clock();
    setInterval(() => {
        const now = clock();
        if (now - last > 40) window.stalls.push([last + 20, now]);
        last = now;
    }, 20);
}
"""
# What a screen reader is told.
LISTEN = """
() => {
    const region = document.getElementById('polite');
    window.spoken = [];
    const note = () => region.textContent && window.spoken.push(region.textContent);
    new MutationObserver(note).observe(region, { childList: true });
}
"""


EXPECTED = ("net::ERR_CONNECTION", "net::ERR_INTERNET_DISCONNECTED", "WebSocket")
"""Of what the browser reports: requests while a story has stopped the server, or the network of a page."""


class Visitor:
    """One page of one person."""

    def __init__(self, context: BrowserContext, base: str, name: str) -> None:
        self.name = name
        self.context = context
        self.complaints: list[str] = []
        """What the browser has complained about, violations of the content policy among it."""
        self.base = base
        self.page: Page

    async def come(self, at: str | None = None) -> Self:
        """Open the start page, or the one that a link leads to."""
        self.page = await self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await self.page.goto(at or self.base)
        return self

    def see(self, name: str) -> Locator:
        """Return the part of the page that is marked *name*."""
        return self.page.locator(f'[data-test="{name}"]')

    async def come_in(self) -> None:
        """Fill in the form, and send it."""
        await self.see("name").fill(self.name)
        await self.see("adult").check()
        await self.see("sign-up").click()

    async def sign_up(self) -> None:
        await self.come_in()
        await expect(self.see("find")).to_be_enabled(timeout=PATIENCE_MS)

    async def find(self, mode: str) -> None:
        await self.see(f"mode-{mode}").check(force=True)
        await self.see("find").click()

    async def accept(self) -> None:
        await self.see("accept").click()

    async def say(self, text: str) -> None:
        await self.see("line").fill(text)
        await self.see("send").click()

    async def reads(self, text: str) -> None:
        """Wait until *text* stands in the chat, once."""
        line = self.see("log").get_by_text(text, exact=True)
        await expect(line).to_have_count(1, timeout=PATIENCE_MS)

    async def watch(self) -> None:
        """Note from now on when each picture of the partner is shown."""
        await self.see("remote").evaluate(WATCH)

    async def sees_pictures(self, count: int) -> None:
        """Wait until *count* pictures were shown since `watch`."""
        await self.until(f"window.shown.length >= {count}")

    async def until(self, truth: str) -> None:
        """Wait until *truth*, in JavaScript, holds. (The page's own policy forbids `wait_for_function` its eval.)"""
        async with asyncio.timeout(PATIENCE_MS / 1_000):
            while not await self.page.evaluate(truth):  # noqa: ASYNC110 - the event is in another process
                await asyncio.sleep(0.05)

    async def listen(self) -> None:
        """Note from now on what a screen reader is told."""
        await self.page.evaluate(LISTEN)

    async def hears(self, text: str) -> None:
        """Wait until a screen reader was told *text* since `listen`."""
        await self.until(f"window.spoken.includes({text!r})")

    async def watched_ms(self) -> list[float]:
        """Return the instants of the pictures shown since `watch`, in milliseconds."""
        return [float(at) for at in await self.page.evaluate("window.shown")]

    async def longest_gap_ms(self, sender: "Visitor") -> float:
        """Return the longest time without a new picture since `watch`, up to now, less what either page stood still
        in it: where other programs take the processor away, that is not the call's fault.
        """
        now: Any = await self.page.evaluate("window.clock()")
        shown = [*await self.watched_ms(), float(now)]
        stalls: list[Any] = [*await self.page.evaluate("window.stalls"), *await sender.page.evaluate("window.stalls")]
        return max(later - earlier - covered(stalls, earlier, later) for earlier, later in pairwise(shown))

    async def photograph(self, name: str) -> None:
        await save_screenshot(self.page, name)

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(expected in text for expected in EXPECTED):
            self.complaints.append(text)


def covered(spans: Iterable[tuple[float, float]], since: float, until: float) -> float:
    """Return how much of the time from *since* to *until* lies in at least one span."""
    total, at = 0.0, since
    for first, last in sorted(spans):
        begin, end = max(first, at), min(last, until)
        if end > begin:
            total, at = total + end - begin, end
    return total


async def save_screenshot(page: Page, name: str, *, whole: bool = False) -> None:
    """Save what the page shows, or all of it, where screenshots are wanted."""
    if os.environ.get("RONDO_SCREENSHOTS") == "on":
        SCREENSHOTS.mkdir(exist_ok=True)
        await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)
