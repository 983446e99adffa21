"""Streams of nodes in one process."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence

from server.cluster.ports.streams import KEPT


class Mailboxes:
    """What all nodes of one process share."""

    def __init__(self) -> None:
        self.boxes: dict[str, deque[bytes]] = defaultdict(lambda: deque(maxlen=KEPT))
        self.filled: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def put(self, node: str, data: bytes) -> None:
        """Append to the stream of *node*."""
        self.boxes[node].append(data)
        self.filled[node].set()


class MemoryStreams:
    """Implements `Streams` for one node."""

    def __init__(self, mailboxes: Mailboxes, node: str) -> None:
        self._mailboxes = mailboxes
        self._node = node

    async def append(self, batches: Sequence[tuple[str, bytes]]) -> None:
        for node, data in batches:
            self._mailboxes.put(node, data)

    async def read(self) -> list[bytes]:
        box, filled = self._mailboxes.boxes[self._node], self._mailboxes.filled[self._node]
        while not box:
            filled.clear()
            await filled.wait()
        found = list(box)
        box.clear()
        return found
