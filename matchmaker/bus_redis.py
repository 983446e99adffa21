"""Nodes talk by Redis' publish and subscribe: a channel for each, and one for all.

What goes to one node in one turn of the loop is one message: the sender, then frames of a kind and a body. Scripts
publish in the same form.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from matchmaker.bus import Hear
from matchmaker.errors import Unavailable
from matchmaker.pipe_redis import Pipe

BEAT_S: Final = 0.5
"""How often a node says something to itself, to know that it hears."""
DEAF_S: Final = 3.0
"""A node that has not heard itself for so long is deaf: the connection is renewed."""
HELD_MAX: Final = 4_096
HELD_MAX_BYTES: Final = 4 * 1_048_576
"""What waits at most for Redis to come back, over all nodes."""

_PULSE: Final = "pulse"


class RedisBus:
    """Keeps the contract `matchmaker.bus.Bus`. It speaks between `open` and `close`; handlers are named before."""

    def __init__(self, pipe: Pipe, node: str, *, pool: str = "{rondo}", beat_s: float = BEAT_S) -> None:
        """*pool* names the installation: nodes of another do not hear this one."""
        self._pipe = pipe
        self._node = node
        self._pool = pool
        self._beat_s = beat_s
        self._handlers: dict[str, Hear] = {_PULSE: self._hear_self}
        self._unheard: dict[str, Hear] = {}
        self._held: deque[tuple[str, bool, bytes]] = deque()
        """By channel: whether it is light, and the frame."""
        self._held_bytes = 0
        self._flushing: asyncio.Handle | None = None
        self._heard_at = 0.0
        self._renewed_at = 0.0
        """When the subscription was last made: it gets as long to prove itself."""
        self._beating: asyncio.Task[None] | None = None
        self.on_fault: Callable[[BaseException], None] = _raise
        """Told when a handler fails; the others are not harmed."""
        self.said = 0
        """Messages that left: one for each node, and turn of the loop, that had something for it."""
        self.heard = 0
        """Messages that came, our own included."""
        self.dropped = 0
        """Frames that gave way while Redis was away."""
        pipe.subscribe(self.channel(node), self._hear)
        pipe.subscribe(self._everybody, self._hear_all)
        pipe.on_up(self._begin_to_hear)

    @property
    def node(self) -> str:
        """The name of this node."""
        return self._node

    @property
    def is_deaf(self) -> bool:
        """Whether this node has not heard itself for too long."""
        return self._pipe.now() - self._heard_at > DEAF_S

    def channel(self, node: str) -> str:
        """Return where a node listens."""
        return f"{self._pool}:to:{node}"

    def on(self, kind: str, hear: Hear) -> None:
        """Let *hear* take everything of this kind."""
        self._handlers[kind] = hear

    def on_unheard(self, kind: str, take_back: Hear) -> None:
        """Let *take_back* have everything of this kind that nobody has heard, with the node that it was for."""
        self._unheard[kind] = take_back

    def send(self, node: str, kind: str, body: bytes, *, light: bool = False) -> None:
        """Say *body* to *node*; it leaves with everything else of this turn of the loop."""
        self._hold(self.channel(node), frame(kind, body), light)

    def broadcast(self, kind: str, body: bytes) -> None:
        """Say *body* to every other node."""
        self._hold(self._everybody, frame(kind, body), light=False)

    async def open(self) -> None:
        """Begin to listen to ourselves; the pipe is open."""
        self._hear_self(self._node, b"")
        self._begin_to_hear()
        self._beating = asyncio.create_task(self._beat(), name="bus")

    async def close(self) -> None:
        """Say what is left to say, and nothing any more."""
        beating, self._beating = self._beating, None
        if beating is not None:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
        self._flush()

    @property
    def _everybody(self) -> str:
        return f"{self._pool}:to-all"

    def _begin_to_hear(self) -> None:
        self._renewed_at = self._pipe.now()
        self._flush()

    def _hear_self(self, _sender: str, _body: bytes) -> None:
        self._heard_at = self._pipe.now()

    async def _beat(self) -> None:
        while True:
            self.send(self._node, _PULSE, b"", light=True)
            await asyncio.sleep(self._beat_s)
            now = self._pipe.now()
            if not self._pipe.is_up:
                self._renewed_at = now  # nothing was said that could be heard
            elif self.is_deaf and now - self._renewed_at > DEAF_S:
                # Redis answers, and yet nothing is heard: the subscription is gone.
                self._pipe.renew()

    def _hold(self, channel: str, part: bytes, light: bool) -> None:
        self._held.append((channel, light, part))
        self._held_bytes += len(part)
        while len(self._held) > HELD_MAX or self._held_bytes > HELD_MAX_BYTES:
            self._give_way()
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_soon(self._flush)

    def _give_way(self) -> None:
        at = next((i for i, (_, light, _) in enumerate(self._held) if light), 0)
        self._held_bytes -= len(self._held[at][2])
        del self._held[at]
        self.dropped += 1

    def _flush(self) -> None:
        self._flushing = None
        if not self._held or not self._pipe.is_up:
            return  # the next beat, or the next connection, tries again
        parts: dict[str, list[bytes]] = {}
        for channel, _, part in self._held:
            parts.setdefault(channel, []).append(part)
        self._held.clear()
        self._held_bytes = 0
        for channel, some in parts.items():
            try:
                said = message(self._node, some)
                self._pipe.post("PUBLISH", channel, said, then=partial(self._heard_by, channel, said))
                self.said += 1
            except Unavailable:
                return  # at most once

    def _heard_by(self, channel: str, said: bytes, listeners: int) -> None:
        """Give back what nobody has heard: the node has just died, or its connection has, and it makes another."""
        if listeners == 0:
            node = channel.removeprefix(self.channel(""))
            self._hand_out(node, _frames(said, 1 + said[0]), self._unheard)

    def _hear_all(self, said: bytes) -> None:
        if said[1 : 1 + said[0]] != self._node.encode():
            self._hear(said)

    def _hear(self, said: bytes) -> None:
        self.heard += 1
        length = said[0]
        sender = said[1 : 1 + length].decode()
        self._hand_out(sender, _frames(said, 1 + length), self._handlers)

    def _hand_out(self, node: str, frames: Iterable[tuple[str, bytes]], handlers: Mapping[str, Hear]) -> None:
        for kind, body in frames:
            handler = handlers.get(kind)
            if handler is None:
                continue
            try:
                handler(node, body)
            except Exception as fault:  # noqa: BLE001 - shown to the operator
                self.on_fault(fault)


def frame(kind: str, body: bytes) -> bytes:
    """Return one frame of a message: the kind, its length before it, and the body, its length before it."""
    name = kind.encode()
    return b"%c%b%b%b" % (len(name), name, len(body).to_bytes(4, "big"), body)


def message(sender: str, parts: Iterable[bytes]) -> bytes:
    """Return what is published: who speaks, and the frames."""
    name = sender.encode()
    return b"%c%b%b" % (len(name), name, b"".join(parts))


def _frames(said: bytes, at: int) -> Iterator[tuple[str, bytes]]:
    end = len(said)
    while at < end:
        start = at + 1 + said[at]
        body = start + 4
        rest = body + int.from_bytes(said[start:body], "big")
        yield said[at + 1 : start].decode(), said[body:rest]
        at = rest


def _raise(fault: BaseException) -> None:
    raise fault
