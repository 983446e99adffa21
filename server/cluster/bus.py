"""The bus: messages between nodes, in order and once each, until a reset is reported at both ends."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from matchmaker.domain.errors import Unavailable
from server.cluster.links import MessageBatch, Numbering
from server.cluster.streams import Streams

UNSENT_MAX_BYTES: Final = 4 * 1024 * 1024
"""What may wait for one node; more is a reset."""
BATCH_MAX_BYTES: Final = 256 * 1024
RETRY_S: Final = 0.1
ASK_EVERY_S: Final = 0.2

OnMessage = Callable[[str, bytes], None]
OnReset = Callable[[str], None]

log = structlog.get_logger()
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(MessageBatch).decode


class Bus:
    """Sends and receives for one node. *on_message* and *on_reset* must not raise."""

    def __init__(self, streams: Streams, node: str, *, on_message: OnMessage, on_reset: OnReset) -> None:
        self.node = node
        self.sent = self.received = self.resets = self.refused = 0
        self.is_up = True
        """Whether the last attempt to send or to read succeeded."""
        self._streams = streams
        self._on_message = on_message
        self._on_reset = on_reset
        self._links = Numbering(node)
        self._unsent: dict[str, list[bytes]] = {}
        self._sizes: dict[str, int] = {}
        self._packed: list[tuple[str, bytes]] = []
        self._wake = asyncio.Event()
        self._asked: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        self._tasks = [
            asyncio.create_task(self._write(), name="bus out"),
            asyncio.create_task(self._read(), name="bus in"),
        ]

    async def close(self) -> None:
        """Send what waits, if that is possible within 0.15 s, and end."""
        for _ in range(3):
            if not (self._unsent or self._packed) or not self.is_up:
                break
            await asyncio.sleep(0.05)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def send(self, node: str, message: bytes) -> None:
        """Send *message* to *node*, this one included."""
        if node == self.node:
            asyncio.get_running_loop().call_soon(self._on_message, node, message)
            return
        self.sent += 1
        size = self._sizes.get(node, 0) + len(message)
        if size > UNSENT_MAX_BYTES:
            log.warning("bus_link_reset", node=node, reason="unsent_bytes", bytes=size)
            self._reset(node)
            self._on_reset(node)
            return
        self._sizes[node] = size
        self._unsent.setdefault(node, []).append(message)
        self._wake.set()

    def probe(self) -> None:
        """Send the last number on every link again: after a reconnection a lost end shows."""
        for node in self._links.peers:
            self._unsent.setdefault(node, [])
        self._wake.set()

    def forget(self, node: str) -> None:
        """Drop what waits for *node*, which is dead."""
        self._drop(node)
        self._links.forget(node)

    def _reset(self, node: str, generation: int = 0) -> None:
        """Begin anew towards *node*; what waits for it is dropped, and it is told by an empty batch."""
        self.resets += 1
        self._drop(node)
        self._links.restart(node, generation)
        self._unsent[node] = []
        self._wake.set()

    def _drop(self, node: str) -> None:
        self._unsent.pop(node, None)
        self._sizes.pop(node, None)
        self._packed = [item for item in self._packed if item[0] != node]

    async def _write(self) -> None:
        while True:
            if not self._packed:
                await self._wake.wait()
                self._wake.clear()
                self._pack()
            batches = list(self._packed)
            if not batches:
                continue
            try:
                await self._streams.append(batches)
            except Unavailable:
                self.is_up = False
                await asyncio.sleep(RETRY_S)
                continue
            self.is_up = True
            for node, data in batches:
                self._sizes[node] = max(0, self._sizes.get(node, 0) - len(data))
            done = set(map(id, batches))
            self._packed = [item for item in self._packed if id(item) not in done]
            if self._unsent:
                self._wake.set()

    def _pack(self) -> None:
        unsent, self._unsent = self._unsent, {}
        for node, messages in unsent.items():
            chunk: list[bytes] = []
            size = total = 0
            for message in messages:
                if chunk and size + len(message) > BATCH_MAX_BYTES:
                    total += self._put(node, chunk)
                    chunk, size = [], 0
                chunk.append(message)
                size += len(message)
            self._sizes[node] = total + self._put(node, chunk)

    def _put(self, node: str, messages: list[bytes]) -> int:
        data = _encode(self._links.pack(node, messages))
        self._packed.append((node, data))
        return len(data)

    async def _read(self) -> None:
        while True:
            try:
                found = await self._streams.read()
            except Unavailable:
                self.is_up = False
                await asyncio.sleep(RETRY_S)
                continue
            for data in found:
                self._take(data)

    def _take(self, data: bytes) -> None:
        try:
            batch = _decode(data)
        except msgspec.MsgspecError:
            self.refused += 1
            return
        sender = batch.sender
        received = self._links.accept(batch)
        if received.was_reset:
            log.info("bus_link_reset", node=sender, reason="gap" if received.ask else "peer")
            if batch.wanted:
                self._drop(sender)
                self._unsent[sender] = []
                self._wake.set()
            self.resets += 1
            self._on_reset(sender)
        if received.ask:
            self._ask(sender, received.ask)
        for message in received.messages:
            self.received += 1
            self._on_message(sender, message)

    def _ask(self, node: str, generation: int) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._asked.get(node, -ASK_EVERY_S) >= ASK_EVERY_S:
            self._asked[node] = now
            self._packed.append((node, _encode(self._links.ask(node, generation))))
            self._wake.set()
