"""How sockets are opened at the first request of a connection: with the rules of the application."""

from functools import partial

import aiohttp
import structlog

from server.http import application
from server.http.services import HttpServices
from server.http.transport.fair_turns import Turns
from server.http.transport.listeners import Listeners
from server.http.transport.websocket_upgrade import Upgrades
from signaling.transport import aiohttp_fast_socket

log = structlog.get_logger()


def upgrades(services: HttpServices, turns: Turns, listeners: Listeners) -> Upgrades | None:
    """Return what opens sockets without aiohttp's server; None, and a log line, where that was never tested."""
    reason = aiohttp_fast_socket.fallback_reason()
    if reason is None:
        return Upgrades(
            services.signaling, turns, whence=listeners.whence, may_open=partial(application.may_open, services)
        )
    log.warning(
        "socket_fallback", reason=reason, aiohttp=aiohttp.__version__, tested=sorted(aiohttp_fast_socket.TESTED)
    )
    return None
