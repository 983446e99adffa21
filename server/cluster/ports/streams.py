"""The contract of what carries batches between nodes: one stream a node, in order, at least once while Redis lives."""

from collections.abc import Sequence
from typing import Protocol

KEPT = 10_000
"""Batches that wait for a reader; older ones are trimmed, which the numbering of the bus finds out."""
EXPIRES_S = 60


class Streams(Protocol):
    """Appends to the streams of other nodes, reads that of this node."""

    async def append(self, batches: Sequence[tuple[str, bytes]]) -> None:
        """Append each batch to the stream of its node, in order.

        Raises:
            Unavailable: some, all or none of them may have been appended.
        """
        ...

    async def read(self) -> list[bytes]:
        """Return what has come for this node since the last call, waiting for it; empty if the wait was too long.

        Raises:
            Unavailable: the outcome is unknown.
        """
        ...
