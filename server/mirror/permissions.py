"""Permissions at our TURN server: without one it drops packets of the browser (RFC 8656 section 9)."""

import asyncio
import time
from collections.abc import Sequence

import aioice.stun
import aioice.turn
from aiortc import RTCPeerConnection

ADDRESSES_MAX = 16
"""Per connection. A browser sends about ten candidates; more are ignored."""
PATIENCE_S = 5.0
"""Timeout of the TURN server's answer, in seconds; the signals of this call wait for it."""

Address = tuple[str, int]


class Permissions:
    """The permissions that one connection has requested. Binding a channel involves only the TURN server: the peer gets
    no packet.
    """

    def __init__(self) -> None:
        self._asked: set[Address] = set()

    async def add(self, peer: RTCPeerConnection, addresses: Sequence[Address]) -> None:
        """Permit packets from *addresses* to *peer*, as far as the TURN server allows; no-op without a TURN server."""
        relays = _relays(peer)
        if not relays:
            return
        fresh = [one for one in dict.fromkeys(addresses) if one not in self._asked]
        fresh = fresh[: ADDRESSES_MAX - len(self._asked)]
        self._asked.update(fresh)
        binding = [asyncio.create_task(_bind(relay, address)) for relay in relays for address in fresh]
        if binding:
            _, late = await asyncio.wait(binding, timeout=PATIENCE_S)
            for task in late:
                task.cancel()


def _relays(peer: RTCPeerConnection) -> list[aioice.turn.TurnClientMixin]:
    """Return the allocations that *peer* has."""
    transports = {lane.sender.transport.transport for lane in peer.getTransceivers()}
    return [
        # aioice has no public access to its allocations.
        vars(protocol.transport)["_TurnTransport__inner_protocol"]
        for transport in transports
        for protocol in transport._connection._protocols  # noqa: SLF001
        if isinstance(protocol.transport, aioice.turn.TurnTransport)
    ]


async def _bind(relay: aioice.turn.TurnClientMixin, address: Address) -> None:
    """Bind a channel to *address*, as aioice does before it sends; aioice cannot bind without sending."""
    if address in relay.peer_to_channel or address in relay.peer_connect_waiters:
        return
    relay.channel_number, channel = relay.channel_number + 1, relay.channel_number
    waiters: list[asyncio.Future[None]] = []
    relay.peer_connect_waiters[address] = waiters
    try:
        await relay.channel_bind(channel, address)
    except (ConnectionError, aioice.stun.TransactionError) as error:  # an address that the TURN server does not serve
        relay.peer_to_failed_channel[address] = channel
        for waiter in waiters:
            waiter.set_exception(error)
        return
    finally:
        del relay.peer_connect_waiters[address]
    relay.channel_refresh_at[channel] = time.time() + relay.channel_refresh_time
    relay.channel_to_peer[channel] = address
    relay.peer_to_channel[address] = channel
    for waiter in waiters:
        waiter.set_result(None)
