"""The numbering of messages between two nodes: repeats are dropped, a gap is a reset. Pure; no I/O, no clock.

Two nodes share a generation, and each numbers what it sends within it, from 1. The node that finds a gap, or drops what
it could not send, begins the next generation, and the other follows with the first batch of it. So both ends report a
reset, and nothing of an earlier generation is delivered after it.
"""

from collections import defaultdict

import msgspec


class MessageBatch(msgspec.Struct, frozen=True, array_like=True):
    """Messages that one node sends another together."""

    sender: str
    generation: int
    first: int
    """Number of the first of `messages`; of an empty batch, of the next one that will come."""
    messages: list[bytes] = []


class Received(msgspec.Struct, frozen=True):
    """What a batch amounts to."""

    messages: list[bytes] = []
    was_reset: bool = False
    """Whether the link was reset before these messages."""
    is_behind: bool = False
    """Whether the sender does not know this node's generation yet: any batch has it."""


class _Link(msgspec.Struct):
    generation: int = 1
    sent: int = 0
    received: int = 0


class Numbering:
    """The state of all links of one node."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._links: defaultdict[str, _Link] = defaultdict(_Link)

    @property
    def peers(self) -> list[str]:
        """Nodes with which batches were exchanged."""
        return list(self._links)

    def pack(self, to: str, messages: list[bytes]) -> MessageBatch:
        """Return the next batch for *to*; without messages it only shows a lost end, or a new generation."""
        link = self._links[to]
        batch = MessageBatch(self._node, link.generation, link.sent + 1, messages)
        link.sent += len(messages)
        return batch

    def restart(self, peer: str) -> None:
        """Begin the next generation with *peer*, if there is a link."""
        if peer in self._links:
            self._links[peer] = _Link(self._links[peer].generation + 1)

    def accept(self, batch: MessageBatch) -> Received:
        """Take a batch from another node."""
        link = self._links[batch.sender]
        if batch.generation < link.generation:
            return Received(is_behind=bool(batch.messages))
        was_reset = batch.generation > link.generation
        if was_reset:
            link = self._links[batch.sender] = _Link(batch.generation)
        if batch.first > link.received + 1:
            self.restart(batch.sender)
            return Received(was_reset=True, is_behind=True)
        fresh = batch.messages[link.received + 1 - batch.first :]
        link.received += len(fresh)
        return Received(fresh, was_reset)
