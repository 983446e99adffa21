"""A page in a room, a server that stops answering, and a hidden tab."""

import asyncio
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import expect

from server.drill.servers.proxy import Proxy
from tests.browser.conftest import Visit
from tests.browser.test_meeting import meet
from tests.browser.visitor import PATIENCE_MS
from tests.support.service import Service

NOTICED_S = 5.0
STAYS_S = 12.0
"""A half more than after which a silent page is away (8 s)."""
BUSY_S = 2.5
"""How late a busy machine may be with a page."""

HIDDEN = """
const run = window.setTimeout.bind(window);
// A page that has been hidden for five minutes runs its timers once a minute (Chrome 88, "intensive throttling").
window.setTimeout = (call, ms, ...rest) => run(call, Math.max(ms || 0, 60_000), ...rest);
Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
Object.defineProperty(document, 'hidden', { get: () => true });
"""
NO_WORKER = "delete window.Worker;"


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(service: Service) -> AsyncIterator[Proxy]:
    address = urlsplit(service.base)
    proxy = Proxy((address.hostname or "", address.port or 0))
    await proxy.open()
    yield proxy
    await proxy.close()


async def test_silent_server_is_left_within_5_s_and_the_call_continues(visit: Visit, proxy: Proxy) -> None:
    ada, bob = await visit("Ada", at=proxy.base), await visit("Bob")
    await meet(ada, bob, "video")
    for visitor in (ada, bob):
        await visitor.watch()
        await visitor.sees_pictures(20)
    proxy.swallow()
    began = time.monotonic()
    await expect(ada.see("reconnecting")).to_be_visible(timeout=PATIENCE_MS)
    assert time.monotonic() - began < NOTICED_S + BUSY_S
    await expect(bob.see("away")).to_be_visible(timeout=PATIENCE_MS)
    assert time.monotonic() - began < 8 + BUSY_S
    proxy.mend()
    await expect(ada.see("reconnecting")).to_be_hidden(timeout=PATIENCE_MS)
    await expect(bob.see("away")).to_be_hidden(timeout=PATIENCE_MS)
    for visitor, sender in ((ada, bob), (bob, ada)):
        await visitor.sees_pictures(len(await visitor.watched_ms()) + 20)
        assert await visitor.longest_gap_ms(sender) < 1_000


# Its timers are looked at in the sources.
@pytest.mark.settings(RONDO_DEV="on", RONDO_RATE_LIMITS="off")
async def test_hidden_page_with_a_worker_and_visible_one_without_stay_in_their_room(visit: Visit) -> None:
    ada, bob = await visit("Ada"), await visit("Bob")
    await ada.page.add_init_script(HIDDEN)
    await bob.page.add_init_script(NO_WORKER)
    for visitor in (ada, bob):
        await visitor.page.reload()
    await meet(ada, bob, "text")
    # Longer than the server waits for a sign of life, and than a page waits for one of the server.
    until = time.monotonic() + STAYS_S
    while time.monotonic() < until:
        for visitor in (ada, bob):
            assert not await visitor.see("away").is_visible()
            assert not await visitor.see("reconnecting").is_visible()
        await asyncio.sleep(0.25)
    await bob.say("are you there?")
    await ada.reads("are you there?")
    kind = "import('/rondo.js').then((rondo) => rondo.timers.kind)"
    assert [await visitor.page.evaluate(kind) for visitor in (ada, bob)] == ["worker", "page"]
    warned, bob.complaints = bob.complaints, []
    assert len(warned) == 1
    assert "no worker for timers" in warned[0]
