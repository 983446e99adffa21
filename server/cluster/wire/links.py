"""The numbering of messages between two nodes: repeats are dropped, a gap is a reset. Pure; no I/O, no clock.

A pair of nodes has a generation in each direction. Within one, batches are numbered from 1. A receiver that finds a gap
asks for the next generation; a sender that drops what it could not send begins one on its own. Either way both ends
report a reset, and nothing of an earlier generation is delivered after it.
"""

import msgspec


class MessageBatch(msgspec.Struct, frozen=True, array_like=True):
    """Messages that one node sends another together."""

    sender: str
    generation: int
    first: int
    """Number of the first of `messages`; of an empty batch, of the next one that will come."""
    messages: list[bytes] = []
    wanted: int = 0
    """Not 0: begin this generation in the direction from the receiver to the sender."""


class Received(msgspec.Struct, frozen=True):
    """What a batch amounts to."""

    messages: list[bytes] = []
    was_reset: bool = False
    """Whether the link was reset before these messages."""
    ask: int = 0
    """Not 0: ask the sender for this generation."""


class _Incoming(msgspec.Struct):
    generation: int
    last: int


class Numbering:
    """The state of all links of one node."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._out: dict[str, list[int]] = {}
        self._in: dict[str, _Incoming] = {}

    @property
    def peers(self) -> list[str]:
        """Nodes to which something was sent."""
        return list(self._out)

    def pack(self, to: str, messages: list[bytes], wanted: int = 0) -> MessageBatch:
        """Return the next batch for *to*, which also asks for the generation *wanted*.

        Without messages it only lets a lost end be noticed.
        """
        state = self._out.setdefault(to, [1, 0])
        first = state[1] + 1
        state[1] += len(messages)
        return MessageBatch(self._node, state[0], first, messages, wanted)

    def restart(self, to: str, generation: int = 0) -> None:
        """Begin a generation towards *to*, if anything was sent there: *generation*, or the next."""
        if to in self._out:
            self._out[to] = [max(generation, self._out[to][0] + 1), 0]

    def accept(self, batch: MessageBatch) -> Received:
        """Take a batch from another node."""
        sender, was_reset = batch.sender, False
        if batch.wanted > self._out.setdefault(sender, [1, 0])[0]:
            self.restart(sender, batch.wanted)
            was_reset = True
        known = self._in.get(sender)
        if known is None:
            known = self._in[sender] = _Incoming(batch.generation, 0)
        if batch.generation < known.generation:
            return Received(was_reset=was_reset, ask=known.generation if batch.messages else 0)
        if batch.generation > known.generation:
            known.generation, known.last, was_reset = batch.generation, 0, True
        fresh = batch.messages[max(0, known.last + 1 - batch.first) :]
        if batch.first > known.last + 1:
            known.generation, known.last = batch.generation + 1, 0
            return Received(was_reset=True, ask=known.generation)
        known.last = max(known.last, batch.first + len(batch.messages) - 1)
        return Received(fresh, was_reset, 0)
