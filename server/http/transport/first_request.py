"""A TCP connection until its first request: counted, with timeouts, then handed to a socket or to aiohttp.

idle ─first bytes→ a request for a socket ─turn→ socket
         └────────── anything else ──────────→ aiohttp
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from aiohttp import web

from server.http.transport.connections import Connections, HttpConnection, Release
from server.http.transport.websocket_upgrade import UpgradeRequest, Upgrades


class FirstRequest(asyncio.Protocol):
    """Waits for the first bytes of a connection."""

    __slots__ = (
        "_all", "_data", "_is_paused", "_is_proxy", "_keep_s", "_places", "_request", "_server", "_transport",
        "_upgrades", "until",
    )  # fmt: skip

    def __init__(
        self,
        connections: Connections,
        is_proxy: Callable[[str], bool],
        server: web.Server,
        upgrades: Upgrades | None,
    ) -> None:
        """*upgrades*: opens sockets; None: everything is aiohttp's."""
        self._all = connections
        self._is_proxy = is_proxy
        self._server = server
        self._upgrades = upgrades
        self._keep_s = connections.bounds.keep_alive_s
        self._places: tuple[tuple[str, int], ...] | None = None
        self._request: UpgradeRequest | None = None
        self._data = b""
        self._is_paused = False
        self._transport: asyncio.Transport
        self.until = 0.0
        """When it is closed; of `Connections.now`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection, or refuse it."""
        self._transport = cast(asyncio.Transport, transport)
        address = self._remote() or ""
        is_proxy = self._is_proxy(address)
        self._places = self._all.places(address, is_proxy=is_proxy)
        if self._places is None:
            self._all.refuse("address")
            self._transport.abort()
            return
        self._all.enter(self._places)
        if is_proxy:
            self._keep_s = self._all.bounds.proxy_keep_alive_s
        self.until = self._all.deadline(self._keep_s)
        self._all.watch(self)

    def connection_lost(self, exc: BaseException | None) -> None:  # noqa: ARG002
        """Count one less."""
        if self._places is not None:
            self._all.unwatch(self)
            self._all.leave(self._places)

    def data_received(self, data: bytes) -> None:
        """Handle a request for a socket when it is its turn; leave everything else to aiohttp."""
        request = self._request
        if request is not None:
            # It waits for its turn, but reading continues.
            self._data += data
            request.tail += data
            if not self._is_paused:
                self._is_paused = True
                self._transport.pause_reading()
            return
        upgrades = self._upgrades
        if upgrades is None or (request := upgrades.read(data, self._remote())) is None:
            self._hand_over(data)
            return
        self._request, self._data = request, data
        self.until = float("inf")
        address = upgrades.address_of(request)
        begin = partial(self._open, upgrades, request, address)
        if upgrades.turns.begin_now():
            begin()
        else:
            upgrades.turns.begin_later(address, begin)

    def expire(self) -> None:
        """Close the connection: no data arrived."""
        self._all.timed_out["idle"] += 1
        self._transport.close()

    def close(self) -> None:
        """Close the connection: the process ends."""
        self._transport.close()

    def _open(self, upgrades: Upgrades, request: UpgradeRequest, address: str) -> bool:
        """Upgrade it to a socket; return False if the client has disconnected."""
        transport = self._transport
        if transport.is_closing():
            return False
        try:
            if self._is_paused:
                transport.resume_reading()
            assert self._places is not None
            if upgrades.open(transport, request, address, Release(self._all, self._places)):
                self._all.unwatch(self)
            else:
                self._hand_over(self._data)
        except Exception as fault:  # noqa: BLE001 - reported; the connections behind this one go on
            self._all.faults.report("http_request_failed", fault, route="/v1/ws")
            self._all.unwatch(self)
            transport.abort()
        return True

    def _hand_over(self, data: bytes) -> None:
        """Pass *data*, and everything after it, to aiohttp."""
        assert self._places is not None
        self._all.unwatch(self)
        connection = HttpConnection(self._all, self._server, self._places, keep_s=self._keep_s)
        self._transport.set_protocol(connection)
        connection.connection_made(self._transport)
        connection.data_received(data)

    def _remote(self) -> str | None:
        peer: Any = self._transport.get_extra_info("peername")
        return peer[0] if isinstance(peer, tuple) else None
