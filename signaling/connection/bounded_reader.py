"""Reading of a socket: in bounded portions, and not while the socket is paused."""

import asyncio
from typing import TYPE_CHECKING

READ_MAX_BYTES = 65_536
"""How much of one socket is read and parsed per iteration of the event loop; the rest waits in the kernel's buffer."""

INVALID_HEADER = b"\xf0\x80"
"""A header with reserved bits (RFC 6455 section 5.2): aiohttp's parser refuses it with 1002. It is given this for an
unmasked frame, which it would accept, and section 5.1 forbids."""

BUFFER = bytearray(READ_MAX_BYTES)
"""Shared by all sockets: the bytes are copied before the next read. A slice of it can be unmasked in place."""


class BoundedReader(asyncio.BufferedProtocol):
    """The reading half of a socket. Subclasses parse in `_parse`, and define the attributes named here.

    A read that fills the buffer may have left bytes behind: reading stops until the next iteration, so that a peer that
    sends at line rate gets one portion per iteration like all others.
    """

    if not TYPE_CHECKING:
        # The attributes are in the slots of the subclass: aiohttp's queue allows no second layout.
        __slots__ = ()

    # uvloop keeps the `data_received` of the previous protocol, and with it all of aiohttp's connection (2.6 KB),
    # unless it is replaced. It is never called.
    data_received = None

    _transport: asyncio.Transport
    _is_paused: bool
    _rest: bytes
    """Bytes read and not parsed: the start of a header, or those after the frame that paused the socket."""
    _is_turn_due: bool

    def _parse(self, data: bytes) -> bytes:
        """Parse *data* until the socket is paused; return what was not parsed."""
        raise NotImplementedError

    def _is_ready(self) -> bool:
        """Return whether more may be read; if not, it is called again in the next iteration."""
        return True

    def begin(self, data: bytes) -> None:
        """Parse *data*, if any, which another reader has read, before anything that is read from now on."""
        if not data:
            return
        self._rest = data
        self._transport.pause_reading()
        self._await_turn()

    def pause(self) -> None:
        """Stop reading and parsing."""
        if not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Parse what waits, from the next iteration on, then read on."""
        if self._is_paused:
            self._is_paused = False
            self._await_turn()

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002
        """Return the buffer to read into."""
        return BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """Parse the bytes that were read."""
        data = bytes(memoryview(BUFFER)[:nbytes])
        if self._rest:
            data = self._rest + data
        if self._is_paused:
            # Another caller has resumed reading.
            self._rest = data
            self._transport.pause_reading()
            return
        self._rest = self._parse(data)
        if nbytes == READ_MAX_BYTES:
            self._transport.pause_reading()
            self._await_turn()

    def _await_turn(self) -> None:
        if not self._is_turn_due:
            self._is_turn_due = True
            asyncio.get_running_loop().call_soon(self._continue)

    def _continue(self) -> None:
        """Parse one portion of the waiting bytes; read on when none are left."""
        self._is_turn_due = False
        if self._is_paused or self._transport.is_closing():
            return
        if not self._is_ready():
            self._await_turn()
            return
        rest = self._rest
        if rest:
            later = rest[READ_MAX_BYTES:]
            self._rest = self._parse(rest[:READ_MAX_BYTES]) + later
            if len(self._rest) < len(rest):
                self._await_turn()
                return
        if not self._is_paused:
            self._transport.resume_reading()


def frame_size(data: bytes, at: int, end: int) -> int:
    """Return the bytes of the frame at *at*, header included (RFC 6455 section 5.2); 0: its length has not arrived
    yet.
    """
    if end - at < 2:
        return 0
    second = data[at + 1]
    header = 6 if second > 0x7F else 2
    size = second & 0x7F
    if size < 126:
        return header + size
    if size == 126:
        return 0 if end - at < 4 else header + 2 + (data[at + 2] << 8 | data[at + 3])
    return 0 if end - at < 10 else header + 8 + int.from_bytes(data[at + 2 : at + 10], "big")
