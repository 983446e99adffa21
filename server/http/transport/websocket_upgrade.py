"""Opens sockets at the first request of a connection, without aiohttp's server, where that is simple.

What differs from `GET /v1/ws` as browsers send it, or is refused, is left to aiohttp, which reads the same bytes: each
error has one place.
"""

import asyncio
import binascii
from base64 import b64decode
from collections.abc import Callable
from typing import Final, cast

from aiohttp import HttpVersion11, hdrs
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser
from multidict import CIMultiDictProxy

from server.auth.forwarded import ClientRequest
from server.http.transport.fair_turns import Turns
from signaling.server import SignalingServer
from signaling.transport.aiohttp_fast_socket import FastSocket
from signaling.transport.aiohttp_socket import DEVICE_MAX, SUBPROTOCOL
from signaling.transport.upgrade import switching_protocols

HEAD: Final = b"GET /v1/ws HTTP/1.1\r\n"
"""How a request for a socket begins. One with a query is left to aiohttp."""
READ_BUFFER: Final = 1 << 16
ONCE: Final = (hdrs.HOST, hdrs.UPGRADE, hdrs.SEC_WEBSOCKET_KEY, hdrs.SEC_WEBSOCKET_VERSION)
"""Headers that are required exactly once."""
NEVER: Final = (hdrs.CONTENT_LENGTH, hdrs.TRANSFER_ENCODING, hdrs.EXPECT)
"""Headers after which other data than frames may follow, or an answer is due before the upgrade."""
KEY_BYTES: Final = 16


class UpgradeRequest:
    """A request for a socket, whole and without a body; an `ClientRequest`."""

    __slots__ = ("headers", "host", "key", "remote", "subprotocol", "tail")

    def __init__(self, remote: str | None, headers: CIMultiDictProxy[str], tail: bytes) -> None:
        self.remote = remote
        self.headers = headers
        self.host = headers[hdrs.HOST]
        self.key = headers[hdrs.SEC_WEBSOCKET_KEY].encode()
        offered = headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL)
        self.subprotocol = None if offered is None or not _offers(offered) else SUBPROTOCOL
        self.tail = tail
        """The bytes after it: frames."""


class Upgrades:
    """Opens sockets of *speaker*."""

    def __init__(
        self,
        signaling: SignalingServer,
        turns: Turns,
        *,
        whence: Callable[[ClientRequest], str],
        may_open: Callable[[ClientRequest, str], bool],
    ) -> None:
        """*whence* returns the client address; *may_open* whether it may have a socket now."""
        self._signaling = signaling
        self._whence = whence
        self._may_open = may_open
        self.turns = turns

    def address_of(self, request: UpgradeRequest) -> str:
        """Return the client address."""
        return self._whence(request)

    def read(self, data: bytes, remote: str | None) -> UpgradeRequest | None:
        """Return the request for a socket at the start of *data*; None: aiohttp handles it."""
        return read_upgrade(data, remote) if data.startswith(HEAD) else None

    def open(
        self, transport: asyncio.Transport, request: UpgradeRequest, address: str, on_closed: Callable[[], None]
    ) -> bool:
        """Answer *request* and start a connection; False: it is refused, and nothing was counted or sent."""
        signaling = self._signaling
        if not self._may_open(request, address) or signaling.take_handshake(address):
            return False
        transport.write(switching_protocols(request.key, request.subprotocol))
        device = request.headers.get(hdrs.USER_AGENT, "")[:DEVICE_MAX]
        socket = FastSocket(transport, signaling, address=address, device=device, on_closed=on_closed)
        transport.set_protocol(cast(asyncio.BaseProtocol, socket))
        socket.begin(request.tail)
        return True


def read_upgrade(data: bytes, remote: str | None) -> UpgradeRequest | None:
    """Return the request for a socket that *data* starts with; None if it is another, incomplete or malformed."""
    loop = asyncio.get_running_loop()
    parser = HttpRequestParser(BaseProtocol(loop), loop, READ_BUFFER, auto_decompress=False)
    try:
        messages, is_upgrade, tail = parser.feed_data(data)
    except Exception:  # noqa: BLE001 - aiohttp meets it as well, and answers
        return None
    if not is_upgrade or len(messages) != 1:
        return None
    message = messages[0][0]
    headers = message.headers
    if message.version != HttpVersion11 or any(name in headers for name in NEVER):
        return None
    if any(len(headers.getall(name, ())) != 1 for name in ONCE):
        return None
    if headers[hdrs.UPGRADE].lower() != "websocket" or headers[hdrs.SEC_WEBSOCKET_VERSION] != "13":
        return None
    if not "".join(headers.values()).isascii():
        return None
    try:
        if len(b64decode(headers[hdrs.SEC_WEBSOCKET_KEY])) != KEY_BYTES:
            return None
    except binascii.Error:
        return None
    return UpgradeRequest(remote, headers, tail)


def _offers(offered: str) -> bool:
    return any(name.strip() == SUBPROTOCOL for name in offered.split(","))
