"""Memory for what waits for slow or absent readers: one budget for a node, and an end for sockets that read nothing."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, Protocol

from signaling.routing.hub import Hub

SHED_TO = 7 / 8
"""Share of the budget in use after shedding, so that not each further event sheds one more session."""
CALM_MS = 10_000
"""After how long without a further loss the budget counts as kept again."""


class SlowSocket(Protocol):
    """A socket for which something waits that the system does not take."""

    def unsent(self) -> int:
        """Return how many bytes wait."""
        ...

    def taken(self) -> int:
        """Return how many bytes the peer has taken since something began to wait, up to a constant."""
        ...

    def abort(self) -> None:
        """Close with 4008; what waits is freed within `LINGER_S`."""
        ...


class _Watch:
    """What is known of a slow socket: how far it was, and since when it has been there."""

    __slots__ = ("began_at", "moved_at", "taken")

    def __init__(self, taken: int, now: int) -> None:
        self.taken = taken
        self.began_at = self.moved_at = now


class _Victim(NamedTuple):
    rank: tuple[int, int]
    """Size by powers of two, then age in ms: the largest go first, and the oldest of those that are as large."""
    size: int
    kind: str
    free: Callable[[], None]


class BufferBudget:
    """Bounds what waits on this node. It is looked at once a second, never per frame: sockets in whose way nothing is
    are not looked at at all.
    """

    def __init__(self, hub: Hub, *, limit: int, patience_ms: int, on_pressure: Callable[[bool, int], None]) -> None:
        """*on_pressure* is told when the budget is exceeded and when it is kept again, with the bytes in use."""
        self._hub = hub
        self._limit = limit
        self._patience_ms = patience_ms
        self._on_pressure = on_pressure
        self._slow: dict[SlowSocket, _Watch | None] = {}
        self._shed_at: int | None = None

    def add(self, socket: SlowSocket) -> None:
        """Watch *socket*: something waits for it."""
        self._slow.setdefault(socket, None)

    def discard(self, socket: SlowSocket) -> None:
        """Stop watching *socket*: nothing waits for it, or it is closed."""
        self._slow.pop(socket, None)

    def unsent(self) -> int:
        """Return how many bytes wait for slow sockets."""
        return sum(socket.unsent() for socket in self._slow)

    def close_stalled(self, now: int) -> None:
        """Give up sockets that have read nothing for too long while something waits for them."""
        for socket, watch in tuple(self._slow.items()):
            taken = socket.taken()
            if watch is None:
                self._slow[socket] = _Watch(taken, now)
            elif taken > watch.taken:
                watch.taken, watch.moved_at = taken, now
            elif now - watch.moved_at >= self._patience_ms:
                self._drop(socket)

    def measure(self, now: int) -> None:
        """Note what is in use; above the budget let the largest and oldest go."""
        stats, relay = self._hub.stats, self._hub.signal_buffer
        used = stats.buffered
        used["outbox"] = self.unsent()
        used["replay"] = sum(session.size for session, _ in self._hub.sessions())
        used["held"] = sum(relay.sizes.values())
        total = sum(used.values())
        if total > self._limit:
            if self._shed_at is None:
                self._on_pressure(True, total)
            self._shed_at = now
            self._shed(total, now)
        elif self._shed_at is not None and now - self._shed_at >= CALM_MS:
            self._shed_at = None
            self._on_pressure(False, total)

    def _shed(self, total: int, now: int) -> None:
        for victim in sorted(self._victims(now), key=lambda victim: victim.rank, reverse=True):
            if total <= self._limit * SHED_TO:
                break
            victim.free()
            total -= victim.size
            self._hub.stats.buffered[victim.kind] -= victim.size
            self._hub.stats.shed[victim.kind] += 1

    def _victims(self, now: int) -> Iterator[_Victim]:
        for socket, watch in self._slow.items():
            age = 0 if watch is None else now - watch.began_at
            yield _victim(socket.unsent(), age, "outbox", partial(self._drop, socket))
        for session, lost_at in self._hub.sessions():
            yield _victim(session.size, 0 if lost_at is None else now - lost_at, "replay", session.forget)
        for room_id, size in self._hub.signal_buffer.sizes.items():
            yield _victim(size, 0, "held", partial(self._hub.drop_held, room_id))

    def _drop(self, socket: SlowSocket) -> None:
        self.discard(socket)
        socket.abort()


def _victim(size: int, age: int, kind: str, free: Callable[[], None]) -> _Victim:
    return _Victim((size.bit_length(), age), size, kind, free)
