"""What the listeners share: client addresses behind proxies, and the number of connections."""

import asyncio
import socket

from aiohttp import web

from server.auth.forwarded import ClientRequest, address_of
from server.config.settings import Settings
from server.domain.networks import parse_address
from server.http.transport.connections import Bounds, Connections
from server.http.transport.first_request import FirstRequest
from server.http.transport.websocket_upgrade import Upgrades
from server.runtime.descriptors import descriptors
from server.runtime.fault_log import Faults
from server.runtime.listener import BACKLOG

OPERATORS = 16
"""Connections that the operators' listener accepts beyond the limit: a full service must still serve its metrics."""


class Listeners:
    """Accepts connections for the public and for operators, counted together."""

    def __init__(self, settings: Settings, faults: Faults) -> None:
        self.connections = Connections(_bounds(settings), faults)
        self._proxies = settings.trusted_proxies
        self._edges = settings.edges

    async def listen(
        self,
        runner: web.AppRunner,
        listener: socket.socket,
        *,
        for_operators: bool = False,
        upgrades: Upgrades | None = None,
    ) -> asyncio.Server:
        """Accept connections at *listener* for *runner*, which is set up; *upgrades* opens sockets without it."""
        is_proxy = _is_no_proxy if for_operators else self._is_proxy
        return await self.connections.listen(
            runner,
            listener,
            backlog=BACKLOG,
            spare=OPERATORS if for_operators else 0,
            protocol=lambda server: FirstRequest(self.connections, is_proxy, server, upgrades),
        )

    def whence(self, request: ClientRequest) -> str:
        """Return the client address, behind the trusted proxies."""
        return address_of(request, proxies=self._proxies, edges=self._edges)

    def directly(self, request: ClientRequest) -> str:
        """Return the client address, without proxies."""
        return address_of(request, proxies=0)

    def _is_proxy(self, peer: str) -> bool:
        if self._proxies:
            return True
        ip = parse_address(peer) if self._edges else None
        return ip is not None and any(ip in edge for edge in self._edges)


def _is_no_proxy(_: str) -> bool:
    return False


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        keep_alive_s=settings.keep_alive_s,
        proxy_keep_alive_s=settings.proxy_keep_alive_s,
        header_s=settings.header_timeout_s,
        write_s=settings.body_timeout_s,
        total=max(1, descriptors() - settings.descriptor_reserve),
        per_address=settings.tcp_per_address if settings.rate_limits else None,
    )
