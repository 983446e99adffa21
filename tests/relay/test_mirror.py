"""The mirror uses the TURN server too: it neither reveals its address nor learns the user's."""

import asyncio
import base64
import hashlib
import hmac
import time

import pytest
from playwright.async_api import Browser, expect

from server.mirror.protocol import MirrorIceServer, MirrorRoom
from tests.browser.conftest import CONTEXT
from tests.browser.visitor import PATIENCE_MS
from tests.journeys.conftest import StartService
from tests.mirror.test_call import Stage
from tests.mirror.test_strangers_candidates import SILENCE_S, Victim, answered, silent_offer
from tests.relay.addresses import named_in
from tests.relay.coturn import RELAYED, SECRET, Coturn
from tests.relay.test_chromium import LOOK, PATHS, Guest


@pytest.fixture
async def base(start_service: StartService, coturn: Coturn) -> str:
    """Where a server in relay-only mode is that has a mirror."""
    settings = {"RONDO_ICE_POLICY": "relay", "RONDO_MIRROR": "on", "RONDO_MIRROR_AFTER_S": 0.3}
    service = await asyncio.to_thread(start_service, {**coturn.settings, **settings, "RONDO_RATE_LIMITS": "off"})
    return service.base


async def test_newcomer_alone_gets_the_mirror(chromium: Browser, base: str) -> None:
    context = await chromium.new_context(**CONTEXT)
    await context.add_init_script(LOOK.replace("GIVES", "false"))
    ada = await Guest(context, base, "Ada").come()
    await ada.sign_up()
    await ada.find("video")
    await expect(ada.see("hangup")).to_be_visible(timeout=PATIENCE_MS)
    await ada.watch()
    await ada.sees_pictures(15)
    assert await ada.page.evaluate(PATHS) == ["relay", "relay"]
    assert set().union(*map(named_in, ada.signals)) == {RELAYED}
    await context.close()


async def test_address_in_a_candidate_gets_no_packet_through_the_relay(coturn: Coturn) -> None:
    name = f"{time.time() + 600:.0f}:mirror"
    credential = base64.b64encode(hmac.digest(SECRET.encode(), name.encode(), hashlib.sha1)).decode()
    server = MirrorIceServer(urls=coturn.url, username=name, credential=credential)
    stage = Stage(heard=False, room=MirrorRoom(room_id="room", ice_servers=[server], ice_transport_policy="relay"))
    running = asyncio.create_task(stage.call.run())
    victim = Victim(RELAYED)  # where the relay would send to, if it were asked
    await stage.to_mirror({"description": await silent_offer(stage, victim.candidate("relay"))})
    await answered(stage)
    assert named_in(stage.descriptions) == {RELAYED}, "the mirror is behind the relay"
    await stage.to_mirror({"candidate": {"candidate": victim.candidate("relay"), "sdpMid": "0", "sdpMLineIndex": 0}})
    await asyncio.sleep(SILENCE_S)
    assert victim.received == []
    victim.close()
    running.cancel()
    await asyncio.wait((running,))
