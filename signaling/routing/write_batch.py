"""Frames held back until the end of an iteration of the loop, so that those for one client share a write."""

import asyncio
from typing import Protocol


class BatchedWriter(Protocol):
    """A socket with frames that are held back."""

    def write(self, data: bytes) -> None:
        """Write *data*, whole frames, now."""
        ...


class WriteBatch:
    """Holds frames back only in iterations in which several frames may go to one client.

    A single signal, the most frequent case, is written immediately: the check of `held` is its only cost.
    """

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held: dict[BatchedWriter, list[bytes]] | None = None
        """Frames that are held back, by socket; None: frames are written immediately."""

    def hold(self) -> None:
        """Hold frames back from now on until the end of this iteration."""
        if self.held is None:
            self.held = {}
            asyncio.get_running_loop().call_soon(self._release)

    def take(self, socket: BatchedWriter) -> bytes:
        """Remove and return the frames of *socket*, which writes them now."""
        return b"".join(self.held.pop(socket, ())) if self.held else b""

    def _release(self) -> None:
        held, self.held = self.held, None
        for socket, frames in (held or {}).items():
            socket.write(frames[0] if len(frames) == 1 else b"".join(frames))
