"""Two pages in a real call through a real relay: they see each other, and neither is told where the other one is."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import CONTEXT
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.relay.addresses import named_in
from tests.relay.coturn import RELAYED
from tests.support.service import Service

# The page is unchanged; its connections are only observed. `gives` makes it ignore the policy.
LOOK = """
(() => {
  const Real = window.RTCPeerConnection;
  window.calls = [];
  window.RTCPeerConnection = class extends Real {
    constructor(configuration) {
      super(GIVES ? { ...configuration, iceTransportPolicy: 'all' } : configuration);
      window.calls.push(this);
    }
  };
})();
"""
PATHS = """
async () => {
  const stats = [...(await window.calls.at(-1).getStats()).values()];
  const transport = stats.find(({ type }) => type === 'transport');
  const pair = stats.find(({ id }) => id === transport?.selectedCandidatePairId);
  const kind = (end) => stats.find(({ id }) => id === pair?.[end])?.candidateType;
  return [kind('localCandidateId'), kind('remoteCandidateId')];
}
"""
CREDENTIALS = """
() => {
  const { iceTransportPolicy, iceServers } = window.calls.at(-1).getConfiguration();
  return [iceTransportPolicy, iceServers[0].username];
}
"""


RELAYS = [["relay", "relay"]] * 2


class Guest(Visitor):
    """A visitor whose frames are kept, as their network would see them."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.heard: list[str] = []
        self.context.on("page", self._listen)

    def _listen(self, page: Page) -> None:
        page.on("websocket", lambda socket: socket.on("framereceived", lambda text: self.heard.append(str(text))))

    @property
    def signals(self) -> list[str]:
        return [text for text in self.heard if '"signal"' in text]


@pytest_asyncio.fixture(
    loop_scope="session", params=["true", "false"], ids=["a page that ignores the policy", "our page"]
)
async def guests(chromium: Browser, service: Service, request: pytest.FixtureRequest) -> AsyncIterator[list[Guest]]:
    """Ada, whose page may be modified, and Bob."""
    found = []
    for name, gives in (("Ada", request.param), ("Bob", "false")):
        context = await chromium.new_context(**CONTEXT)
        await context.add_init_script(LOOK.replace("GIVES", gives))
        found.append(await Guest(context, service.base, name).come())
    yield found
    for guest in found:
        await guest.context.close()
        assert guest.complaints == []


async def meet(guests: list[Guest]) -> None:
    """Bring two guests into a call, and return once they see each other."""
    for guest in guests:
        await guest.sign_up()
    for guest in guests:
        await guest.find("video")
    for guest in guests:
        await guest.accept()
    for guest in guests:
        await expect(guest.see("hangup")).to_be_visible(timeout=PATIENCE_MS)
        await guest.watch()
    for guest in guests:
        await guest.sees_pictures(15)


async def test_two_pages_connect_through_the_relay_only(guests: list[Guest]) -> None:
    await meet(guests)
    ada, bob = guests
    async with asyncio.timeout(PATIENCE_MS / 1_000):
        while [await guest.page.evaluate(PATHS) for guest in guests] != RELAYS:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    for guest in (ada, bob):
        assert len(guest.signals) >= 2, "a description and candidates"
        assert set().union(*map(named_in, guest.signals)) == {RELAYED}


@pytest.mark.parametrize("guests", ["false"], indirect=True, ids=["our page"])
async def test_reloaded_page_has_fresh_credentials(guests: list[Guest], service: Service) -> None:
    await meet(guests)
    before = [await guest.page.evaluate(CREDENTIALS) for guest in guests]
    await service.kill()
    for guest in guests:
        await expect(guest.see("reconnecting")).to_be_visible(timeout=PATIENCE_MS)
    await service.start()
    for guest, old in zip(guests, before, strict=True):
        await expect(guest.see("reconnecting")).to_be_hidden(timeout=PATIENCE_MS)
        policy, new = await guest.page.evaluate(CREDENTIALS)
        assert (policy, new != old[1], new.partition(":")[2]) == ("relay", True, old[1].partition(":")[2])
        await guest.sees_pictures(len(await guest.watched_ms()) + 15)
