"""The bounded outbox of a socket, and the port through which a connection uses a socket."""

import asyncio
import fcntl
import struct
import termios
from collections import deque
from typing import Protocol

OUTBOX_MAX_BYTES = 1024 * 1024
"""A client this far behind no longer reads: closed with 4008."""
LINGER_S = 3.0
"""Time limit of a closing handshake; then the connection is cut."""


def unacknowledged(transport: asyncio.Transport) -> int:
    """Return how many bytes the kernel buffers until the peer reads them; 0 where it does not report that.

    The kernel accepts more only once a third of its buffer is free, which takes a slow reader a minute.
    """
    try:
        number: int = transport.get_extra_info("socket").fileno()
        (size,) = struct.unpack("i", fcntl.ioctl(number, termios.TIOCOUTQ, bytes(4)))
    except (AttributeError, OSError, ValueError):
        return 0
    return int(size)


class Socket(Protocol):
    """One WebSocket, as used by its connection. Nothing here blocks, and nothing raises."""

    def send(self, frame: bytes) -> None:
        """Send *frame* as one text frame, after all before it; above the bound the socket is closed with 4008."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Send everything before, then the closing handshake (RFC 6455 section 7.1.2); cut after `LINGER_S`."""
        ...

    def pause(self) -> None:
        """Stop reading."""
        ...

    def resume(self) -> None:
        """Resume reading."""
        ...

    def unsent(self) -> int:
        """Return how many bytes wait to be sent."""
        ...

    def ping(self) -> None:
        """Send a ping; when two are unanswered, cut the connection."""
        ...


class OutboxClosed(Exception):
    """Nothing more will be sent; the socket is to be closed with *code*."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


OutboundFrame = tuple[int, bytes]
"""The opcode (RFC 6455 section 11.8) and the payload of one frame."""


class Outbox:
    """A queue of frames with one reader."""

    def __init__(self) -> None:
        self._line: deque[OutboundFrame] = deque()
        self._bytes = 0
        self.total = 0
        """Total bytes ever appended."""
        self._filled = asyncio.Event()
        self._closed: OutboxClosed | None = None

    @property
    def closed(self) -> OutboxClosed | None:
        """The code with which it was closed; None while frames are accepted."""
        return self._closed

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self._bytes

    def put(self, opcode: int, payload: bytes) -> bool:
        """Append a frame; return False if that would exceed the bound, and nothing was appended."""
        if self._closed is not None:
            return True
        if self._bytes + len(payload) > OUTBOX_MAX_BYTES:
            return False
        self._line.append((opcode, payload))
        self._bytes += len(payload)
        self.total += len(payload)
        self._filled.set()
        return True

    def close(self, code: int, reason: str) -> None:
        """Accept no more frames; waiting ones are still sent. The first code counts."""
        if self._closed is None:
            self._closed = OutboxClosed(code, reason)
            self._filled.set()

    def cut(self, code: int, reason: str) -> None:
        """Accept no more frames, and drop waiting ones."""
        self._line.clear()
        self._bytes = 0
        self.close(code, reason)

    async def get(self) -> OutboundFrame:
        """Return the next frame, waiting for it.

        Raises:
            OutboxClosed: no frame is left, and none will come.
        """
        while not self._line:
            if self._closed is not None:
                raise self._closed
            self._filled.clear()
            await self._filled.wait()
        opcode, payload = self._line.popleft()
        self._bytes -= len(payload)
        return opcode, payload
