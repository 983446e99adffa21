"""What waits to leave, bounded; and what a conversation asks of a socket."""

import asyncio
import fcntl
import struct
import termios
from collections import deque
from typing import Protocol

OUTBOX_MAX_BYTES = 1024 * 1024
"""A client this far behind no longer reads: closed with 4008."""
LINGER_S = 3.0
"""How long a closing handshake may take; then the connection is cut."""


def unacknowledged(transport: asyncio.Transport) -> int:
    """Return how many bytes the system keeps until the peer takes them; 0 where it does not say.

    The system lets us write on only once a third of its buffer is free, which takes a slow reader a minute.
    """
    try:
        number: int = transport.get_extra_info("socket").fileno()
        (size,) = struct.unpack("i", fcntl.ioctl(number, termios.TIOCOUTQ, bytes(4)))
    except (AttributeError, OSError, ValueError):
        return 0
    return int(size)


class Socket(Protocol):
    """One WebSocket, as seen from the conversation on it. Nothing here blocks, and nothing raises."""

    def send(self, frame: bytes) -> None:
        """Let *frame* leave as one text frame, after all before it; over the bound the socket is closed with 4008."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Let everything before leave, then the closing handshake (RFC 6455 section 7.1.2); cut after `LINGER_S`."""
        ...

    def pause(self) -> None:
        """Read no more for now."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...

    def unsent(self) -> int:
        """Return how many bytes wait to leave."""
        ...

    def ping(self) -> None:
        """Send a ping; when two are unanswered, cut the connection."""
        ...


class OutboxClosed(Exception):
    """Nothing more will leave; the socket is to be closed with *code*."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


OutboundFrame = tuple[int, bytes]
"""The opcode (RFC 6455 section 11.8) and the payload of one frame."""


class Outbox:
    """A line of frames with one reader."""

    def __init__(self) -> None:
        self._line: deque[OutboundFrame] = deque()
        self._bytes = 0
        self.total = 0
        """Bytes that were ever appended."""
        self._filled = asyncio.Event()
        self._closed: OutboxClosed | None = None

    @property
    def closed(self) -> OutboxClosed | None:
        """Why nothing more is taken; None while it is."""
        return self._closed

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self._bytes

    def put(self, opcode: int, payload: bytes) -> bool:
        """Append a frame; return False when that would be more than may wait, and nothing was appended."""
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
        """Take nothing more; what waits still leaves. The first code counts."""
        if self._closed is None:
            self._closed = OutboxClosed(code, reason)
            self._filled.set()

    def cut(self, code: int, reason: str) -> None:
        """Take nothing more, and drop what waits."""
        self._line.clear()
        self._bytes = 0
        self.close(code, reason)

    async def get(self) -> OutboundFrame:
        """Return the next frame, waiting for it.

        Raises:
            Closed: there is none, and there will be none.
        """
        while not self._line:
            if self._closed is not None:
                raise self._closed
            self._filled.clear()
            await self._filled.wait()
        opcode, payload = self._line.popleft()
        self._bytes -= len(payload)
        return opcode, payload
