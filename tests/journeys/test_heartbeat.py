"""A connection that dies without a word: the partner learns of it in seconds, and who comes back has everything."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from server.drill.servers.proxy import Proxy
from tests.journeys.conftest import ConnectUser
from tests.support.client import Person, meet
from tests.support.service import Service

SILENT = {"RONDO_PING_S": 0.5, "RONDO_SERVER_SILENT_S": 0.8, "RONDO_CLIENT_SILENT_S": 1.2}
SILENT_S = 1.2
BUSY_S = 2.0

pytestmark = [
    pytest.mark.settings(RONDO_GRACE_S=4, RONDO_TEXT_GRACE_S=4, **SILENT),
    pytest.mark.topology("one_node"),
]


@pytest.fixture
async def proxy(service: Service) -> AsyncIterator[Proxy]:
    proxy = Proxy(("127.0.0.1", service.port))
    await proxy.open()
    yield proxy
    await proxy.close()


async def behind(proxy: Proxy, person: Person, **announced: bool) -> None:
    """Let *person* come in through *proxy*."""
    await person.close()
    straight, person.base = person.base, proxy.base
    await person.connect(**announced)
    person.base = straight


async def test_half_open_socket_marks_the_peer_away_and_a_return_loses_nothing(
    ada: Person, bob: Person, proxy: Proxy
) -> None:
    await behind(proxy, bob, heartbeat=True)
    assert bob.welcome["heartbeat"] == {"ping_s": 0.5, "server_silent_s": 0.8, "client_silent_s": 1.2}
    room = (await meet(ada, bob, "video"))["room_id"]
    proxy.swallow()
    began = time.monotonic()
    await ada.receive("room.peer_away", room_id=room)
    assert time.monotonic() - began < SILENT_S + BUSY_S
    await ada.ask("chat.send", room_id=room, client_id="1", body="still there?")
    assert (await bob.connect(resume=True, heartbeat=True))["resumed"] is True
    assert (await bob.receive("chat.message"))["message"]["body"] == "still there?"
    await ada.receive("room.peer_back", room_id=room)


async def test_client_without_a_heartbeat_may_be_silent(ada: Person, bob: Person, proxy: Proxy) -> None:
    await behind(proxy, bob)
    assert "heartbeat" not in bob.welcome
    await meet(ada, bob, "video")
    proxy.swallow()
    await asyncio.sleep(3 * SILENT_S)
    await ada.receive_all()
    assert not ada.received("room.peer_away")
    proxy.mend()


async def test_invitee_vanishes_during_an_invite(connect_user: ConnectUser, ada: Person, proxy: Proxy) -> None:
    bob = await connect_user("Bob")
    await behind(proxy, bob, heartbeat=True)
    await bob.ask("queue.join", mode="text", pairing="manual")
    await asyncio.sleep(2 * SILENT_S)  # who waits may be silent
    invite = (await ada.ask("invite.send", user_id=bob.user_id, mode="text"))["invite"]
    await bob.receive("invite.received")
    proxy.swallow()
    closed = await ada.receive("invite.closed", invite_id=invite["invite_id"])
    assert closed["outcome"] in ("unavailable", "expired")
    proxy.mend()
