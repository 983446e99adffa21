"""Two real WebRTC peers in relay-only mode, over a real TURN server: they send all candidates,
and few are passed on.
"""

import asyncio
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCDataChannel, RTCIceServer, RTCPeerConnection, RTCSessionDescription

from server.mirror.addresses import reach_loopback
from tests.journeys.conftest import ConnectUser
from tests.relay.addresses import named_in
from tests.relay.coturn import RELAYED
from tests.support.client import Person, Refused, meet

PATIENCE_S = 15
HOST = "candidate:1 1 udp 2113937151 192.168.1.23 51234 typ host generation 0 ufrag abcd network-id 1"
MDNS = "candidate:2 1 udp 2113937151 2f1bd2c3-5d6f-4a52-b0c5-1d1f0b0d5a11.local 51234 typ host"
MIRRORED = "candidate:3 1 udp 1677729535 198.51.100.9 51234 typ srflx raddr 192.168.1.23 rport 51234"
TCP = "candidate:4 1 tcp 1518280447 192.168.1.23 9 typ host tcptype active"
OWN = (HOST, MDNS, MIRRORED, TCP)
RELAYS = f"candidate:5 1 udp 41885695 {RELAYED} 49170 typ relay raddr 198.51.100.9 rport 51234 generation 0 ufrag abcd"

reach_loopback()


class Peer:
    """One end of a call that is text over a data channel."""

    def __init__(self, person: Person, room: dict[str, Any]) -> None:
        self.person = person
        self.room_id = room["room_id"]
        servers = [RTCIceServer(**server) for server in room["ice_servers"]]
        # Not `relay`, as the room requires: a client without the policy must not reveal its user either.
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self.heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def open(self, channel: RTCDataChannel) -> None:
        channel.on("message", lambda text: self.heard.done() or self.heard.set_result(text))

    async def describe(self) -> None:
        await self.pc.setLocalDescription()
        mine = self.pc.localDescription
        await self.person.ask("signal", room_id=self.room_id, description={"type": mine.type, "sdp": mine.sdp})

    async def take(self) -> None:
        theirs = (await self.person.receive("signal"))["description"]
        await self.pc.setRemoteDescription(RTCSessionDescription(**theirs))

    @property
    def path(self) -> set[str]:
        """The kinds of the two candidates that carry the call."""
        assert self.pc.sctp is not None
        pair = self.pc.sctp.transport.transport._connection._nominated[1]
        return {pair.local_candidate.type, pair.remote_candidate.type}


async def test_call_uses_the_relay_only(ada: Person, bob: Person) -> None:
    room = await meet(ada, bob, "video")
    assert room["ice_transport_policy"] == "relay"
    here, there = Peer(ada, room), Peer(bob, (bob.received("room.started"))[-1]["room"])
    channel = here.pc.createDataChannel("words")
    here.open(channel)
    there.pc.on("datachannel", lambda opened: (there.open(opened), opened.send("and you me")))
    channel.on("open", lambda: channel.send("I see you"))
    async with asyncio.timeout(PATIENCE_S):
        await here.describe()
        await there.take()
        await there.describe()
        await here.take()
        assert (await there.heard, await here.heard) == ("I see you", "and you me")
    assert here.path == there.path == {"relay"}
    for person in (ada, bob):
        said = person.received("signal")
        assert set().union(*map(named_in, said)) == {RELAYED}, "and no address of the other one"
    await asyncio.gather(here.pc.close(), there.pc.close())


async def test_host_candidates_are_not_forwarded(ada: Person, bob: Person) -> None:
    room_id = (await meet(ada, bob, "video"))["room_id"]
    for line in (*OWN, RELAYS, ""):
        reply = await ada.ask("signal", room_id=room_id, candidate={"candidate": line, "sdpMid": "0"})
        assert reply["type"] == "reply", "what is not passed on is no fault of whoever sent it"
    await ada.ask("signal", room_id=room_id, candidate=None)
    await bob.receive_all()
    through, end, done = [signal["candidate"] for signal in bob.received("signal")]
    assert named_in(through) == {RELAYED}
    assert (through["sdpMid"], end, done) == ("0", {"candidate": "", "sdpMid": "0"}, None)


async def test_invalid_signals_are_refused(ada: Person, bob: Person) -> None:
    room_id = (await meet(ada, bob, "video"))["room_id"]
    for payload in (
        {"description": {"type": "offer", "sdp": "hello, I am at 192.168.1.23"}},
        {"description": {"type": "offer", "sdp": "v=0\r\na=candidate:here I am\r\n"}},
        {"candidate": {"candidate": "candidate:192.168.1.23"}},
        {"candidate": {"candidate": 7}},
    ):
        with pytest.raises(Refused) as refused:
            await ada.ask("signal", room_id=room_id, **payload)
        assert refused.value.code == "invalid"
    await bob.receive_all()
    assert bob.received("signal") == []


async def test_waiting_signals_are_stripped(ada: Person, bob: Person) -> None:
    room_id = (await meet(ada, bob, "video"))["room_id"]
    await bob.abort()
    await ada.receive("room.peer_away")
    for line in (*OWN, RELAYS):
        await ada.ask("signal", room_id=room_id, candidate={"candidate": line})
    await bob.connect(resume=True)
    await bob.receive_all()
    (signal,) = bob.received("signal")
    assert named_in(signal) == {RELAYED}


async def test_user_in_no_room_gets_not_in_room(connect_user: ConnectUser) -> None:
    eve = await connect_user("Eve")
    with pytest.raises(Refused) as refused:
        await eve.ask("signal", room_id="0197a000-0000-7000-8000-000000000000", candidate={"candidate": HOST})
    assert refused.value.code == "not_in_room"


async def test_fresh_credentials_for_an_ice_restart(ada: Person, bob: Person) -> None:
    room = await meet(ada, bob, "video")
    first = room["ice_servers"][0]
    await ada.abort()
    welcome = await ada.connect(resume=True)
    assert welcome["resumed"]
    again = welcome["state"]["room"]
    asked = await ada.call("GET", "/v1/ice")
    for ways in (again, asked):
        assert ways["ice_transport_policy"] == "relay"
        (server,) = ways["ice_servers"]
        expiry, _, user = server["username"].partition(":")
        assert user == ada.user_id
        assert int(expiry) >= int(first["username"].partition(":")[0])
    theirs = (await bob.call("GET", "/v1/ice"))["ice_servers"][0]
    assert theirs["username"].endswith(bob.user_id)
    assert theirs["credential"] != asked["ice_servers"][0]["credential"]
