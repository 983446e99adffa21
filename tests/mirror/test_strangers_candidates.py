"""The mirror sends nothing to an address in a candidate: it answers only peers that send first."""

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from typing import Any

import ifaddr
import pytest

from tests.mirror.test_call import Stage, stage

__all__ = ["stage"]

MDNS_GROUP, MDNS_PORT = "224.0.0.251", 5353
SILENCE_S = 0.6
"""Thirty times the pace at which ICE sends its checks (20 ms)."""


def _own_addresses() -> list[str]:
    """Return the private addresses of this machine, if it has any."""
    ips = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
    return [ip for ip in ips if not ip.startswith("127.")]


class Victim:
    """A UDP socket that keeps what it was sent."""

    def __init__(self, address: str) -> None:
        self.received: list[bytes] = []
        self.socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.setblocking(False)
        self.address, self.port = self.socket.getsockname()[:2]
        asyncio.get_running_loop().add_reader(self.socket, self._read)

    def candidate(self, kind: str = "host") -> str:
        return f"candidate:7 1 udp 2130706431 {self.address} {self.port} typ {kind}"

    def _read(self) -> None:
        self.received.append(self.socket.recv(2_048))

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()


@pytest.fixture
async def victims() -> AsyncIterator[list[Victim]]:
    """One at the loopback, one at another of its addresses, one at each private address of this machine."""
    made = [Victim(address) for address in ("127.0.0.1", "127.0.0.2", *_own_addresses())]
    if socket.has_ipv6:
        with contextlib.suppress(OSError):
            made.append(Victim("::1"))
    yield made
    for victim in made:
        victim.close()


@pytest.fixture
def mdns() -> Iterator[socket.socket]:
    """A socket that hears the questions for mDNS names on this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("", MDNS_PORT))
        group = struct.pack("4s4s", socket.inet_aton(MDNS_GROUP), socket.inet_aton("0.0.0.0"))
        try:
            listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
            listener.sendto(b"anybody", (MDNS_GROUP, MDNS_PORT))
        except OSError:
            pytest.skip("no multicast here")
        listener.settimeout(2)
        assert listener.recv(100) == b"anybody"
        listener.setblocking(False)
        yield listener


async def silent_offer(stage: Stage, *candidates: str) -> dict[str, Any]:
    """Return an offer of a page that never sends a packet, with these candidates in each section."""
    page = stage.caller
    page._build()
    page.pc.addTransceiver("video")
    await page.pc.setLocalDescription()
    text = re.sub(r"a=(candidate|end-of-candidates).*\r\n", "", page.pc.localDescription.sdp)
    await page.pc.close()
    return {"type": "offer", "sdp": text + "".join(f"a={one}\r\n" for one in candidates)}


async def answered(stage: Stage) -> None:
    async with asyncio.timeout(15):
        while not stage.descriptions:  # noqa: ASYNC110 - the answer is an entry in a list
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("trickled", [False, True])
@pytest.mark.parametrize("stage", [{"heard": False}], indirect=True)
async def test_address_in_an_offer_gets_no_packet(stage: Stage, victims: list[Victim], trickled: bool) -> None:
    named = [victim.candidate(kind) for victim in victims for kind in ("host", "srflx", "relay")]
    await stage.to_mirror({"description": await silent_offer(stage, *([] if trickled else named))})
    for one in named if trickled else []:
        await stage.to_mirror({"candidate": {"candidate": one, "sdpMid": "0", "sdpMLineIndex": 0}})
    await answered(stage)
    await asyncio.sleep(SILENCE_S)
    assert {victim.address: victim.received for victim in victims if victim.received} == {}


async def test_working_call_sends_nothing_elsewhere(stage: Stage, victims: list[Victim]) -> None:
    async def with_victims(signal: dict[str, Any]) -> None:
        if "description" in signal:
            signal["description"]["sdp"] += "".join(f"a={victim.candidate()}\r\n" for victim in victims)
        await stage.to_mirror(signal)

    stage.caller._send = with_victims
    await stage.caller.offer()
    await stage.caller.sees(5)
    assert {victim.address: victim.received for victim in victims if victim.received} == {}


@pytest.mark.parametrize("trickled", [False, True])
@pytest.mark.parametrize("stage", [{"heard": False}], indirect=True)
async def test_mdns_name_is_not_resolved(stage: Stage, mdns: socket.socket, trickled: bool) -> None:
    name = "2f1bd2c3-5d6f-4a52-b0c5-1d1f0b0d5a11.local"
    hidden = f"candidate:1 1 udp 2113937151 {name} 51234 typ host"
    await stage.to_mirror({"description": await silent_offer(stage, *([] if trickled else [hidden]))})
    if trickled:
        await stage.to_mirror({"candidate": {"candidate": hidden, "sdpMid": "0", "sdpMLineIndex": 0}})
    await answered(stage)
    await asyncio.sleep(SILENCE_S)
    asked = []
    while True:
        try:
            asked.append(mdns.recv(2_048))
        except BlockingIOError:
            break
    assert not any(name.partition(".")[0].encode() in question for question in asked)
