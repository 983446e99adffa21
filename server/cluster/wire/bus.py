"""The bus: messages between nodes, in order and once each, until a reset is reported at both ends."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
import structlog

from matchmaker.domain.errors import Unavailable
from server.cluster.ports.streams import Streams
from server.cluster.wire.links import MessageBatch, Numbering
from server.runtime.background import keep_running

UNSENT_MAX_BYTES: Final = 4 * 1024 * 1024
"""What may wait for one node; more is a reset."""
RETRY_S: Final = 0.1
PACE_S: Final = 0.004
"""Pause after several messages were sent together: appending and reading a batch costs far more than one message in it.
A message alone delays nothing."""

Delivery = tuple[str, bytes | None]
"""A node, and a message from it; None: the link with it was reset."""

log = structlog.get_logger()
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(MessageBatch).decode


class Unsent(msgspec.Struct, eq=False):
    """What waits for one node."""

    messages: list[bytes] = []
    batch: bytes | None = None
    """What was numbered and encoded, and is not yet appended to the stream of the node."""
    size: int = 0
    """Bytes of all messages that are not yet appended."""


class Bus:
    """Sends and receives for one node."""

    def __init__(self, streams: Streams, node: str) -> None:
        self.node = node
        self.sent = self.received = self.resets = self.refused = 0
        self._streams = streams
        self._links = Numbering(node)
        self._waiting: dict[str, Unsent] = {}
        self._wake = asyncio.Event()
        self._arrived: asyncio.Queue[Delivery] = asyncio.Queue()
        """Batches of other nodes, without a name; messages of the own node; and resets."""
        self._overflowed: set[str] = set()
        """Nodes for which too much waits: nothing is sent to them until this node has handled the reset."""
        self._tasks: list[asyncio.Task[None]] = []

    def open(self, on_fault: Callable[[Exception], None]) -> None:
        """Start to send and to read; *on_fault* gets unexpected exceptions."""
        self._tasks = [
            asyncio.create_task(keep_running(self._write, on_fault), name="bus out"),
            asyncio.create_task(keep_running(self._read, on_fault), name="bus in"),
        ]

    async def close(self) -> None:
        """Send what waits, if that is possible within 0.15 s, and end."""
        for _ in range(3):
            if not self._waiting:
                break
            await asyncio.sleep(0.05)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def send(self, node: str, message: bytes) -> None:
        """Send *message* to *node*, this one included."""
        if node == self.node:
            self._arrived.put_nowait((node, message))
            return
        if node in self._overflowed:
            return
        self.sent += 1
        unsent = self._unsent_to(node)
        unsent.size += len(message)
        unsent.messages.append(message)
        if unsent.size > UNSENT_MAX_BYTES:
            log.warning("bus_link_reset", other_node=node, reason="unsent_bytes", bytes=unsent.size)
            self._overflowed.add(node)
            self._arrived.put_nowait((node, None))

    async def receive(self) -> Iterator[Delivery]:
        """Return what has arrived, in order, waiting for it; to be iterated without an await.

        A reset is acted on when it is yielded: what is sent to the node from then on belongs to a new link.
        """
        first = await self._arrived.get()
        return self._deliveries([first, *(self._arrived.get_nowait() for _ in range(self._arrived.qsize()))])

    def probe(self) -> None:
        """Send the last number on every link again: after a reconnection a lost end shows."""
        for node in self._links.peers:
            self._unsent_to(node)

    def forget(self, node: str) -> None:
        """Begin a new link with *node*, which gets a message; what waits for it is dropped."""
        self._waiting.pop(node, None)
        self._links.restart(node)
        self._unsent_to(node)

    def _unsent_to(self, node: str) -> Unsent:
        """Return what is sent to *node* next, an empty batch if nothing is added."""
        self._wake.set()
        return self._waiting.setdefault(node, Unsent())

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            sent = dict(self._waiting)
            is_busy = any(len(unsent.messages) > 1 for unsent in sent.values())
            for node, unsent in sent.items():
                if unsent.batch is None:
                    unsent.batch = _encode(self._links.pack(node, unsent.messages))
                    unsent.messages = []
            try:
                await self._streams.append([(node, unsent.batch or b"") for node, unsent in sent.items()])
            except Unavailable:
                await asyncio.sleep(RETRY_S)
                self._wake.set()
                continue
            for node, unsent in sent.items():
                unsent.batch, unsent.size = None, sum(map(len, unsent.messages))
                if unsent.messages:
                    self._wake.set()
                elif self._waiting.get(node) is unsent:
                    del self._waiting[node]
            if is_busy:
                await asyncio.sleep(PACE_S)

    async def _read(self) -> None:
        while True:
            try:
                found = await self._streams.read()
            except Unavailable:
                await asyncio.sleep(RETRY_S)
                continue
            for data in found:
                self._arrived.put_nowait(("", data))

    def _deliveries(self, arrived: list[Delivery]) -> Iterator[Delivery]:
        for node, data in arrived:
            if data is None:
                self.resets += 1
                self._overflowed.remove(node)
                self.forget(node)
            if node:
                yield node, data
            elif data is not None:
                yield from self._accept(data)

    def _accept(self, data: bytes) -> Iterator[Delivery]:
        try:
            batch = _decode(data)
        except msgspec.MsgspecError:
            self.refused += 1
            return
        sender = batch.sender
        accepted = self._links.accept(batch)
        if accepted.was_reset:
            log.info("bus_link_reset", other_node=sender, reason="gap" if accepted.is_behind else "peer")
            self.resets += 1
            self._waiting.pop(sender, None)
        if accepted.is_behind:
            self._unsent_to(sender)
        if accepted.was_reset:
            yield sender, None
        for message in accepted.messages:
            self.received += 1
            yield sender, message
