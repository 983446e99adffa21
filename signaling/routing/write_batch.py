"""Frames that are held back until the end of a turn of the loop, so that those for one client leave in one write."""

import asyncio
from typing import Protocol


class BatchedWriter(Protocol):
    """A socket with frames that are held back."""

    def write(self, data: bytes) -> None:
        """Let *data*, whole frames, leave now."""
        ...


class WriteBatch:
    """Holds back only in turns of which it is known that several frames may go to one client.

    A single signal, which is most of what is sent, is written at once: it costs one look at `held`.
    """

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held: dict[BatchedWriter, list[bytes]] | None = None
        """What is held back, by socket; None: frames are written at once."""

    def hold(self) -> None:
        """Hold back what is sent from now on until the end of this turn."""
        if self.held is None:
            self.held = {}
            asyncio.get_running_loop().call_soon(self._release)

    def take(self, socket: BatchedWriter) -> bytes:
        """Return what is held back for *socket*, which writes it now."""
        return b"".join(self.held.pop(socket, ())) if self.held else b""

    def _release(self) -> None:
        held, self.held = self.held, None
        for socket, frames in (held or {}).items():
            socket.write(frames[0] if len(frames) == 1 else b"".join(frames))
