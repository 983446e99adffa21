"""Memory budget of a node for frames that wait for slow or absent readers; sockets that read nothing are closed."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, Protocol

from signaling.routing.hub import Hub

SHED_TO = 7 / 8
"""Share of the budget in use after shedding, so that not every further event sheds one more session."""
CALM_MS = 10_000
"""Time without shedding after which the budget is reported as kept again."""


class SlowSocket(Protocol):
    """A socket with frames that the kernel does not accept yet."""

    def unsent(self) -> int:
        """Return how many bytes wait."""
        ...

    def taken(self) -> int:
        """Return how many bytes the peer has read since frames began to wait, up to a constant."""
        ...

    def abort(self) -> None:
        """Close with 4008; waiting frames are freed within `LINGER_S`."""
        ...


class _Watch:
    """Progress of a slow socket: how far it has read, and since when it has been there."""

    __slots__ = ("began_at", "moved_at", "taken")

    def __init__(self, taken: int, now: int) -> None:
        self.taken = taken
        self.began_at = self.moved_at = now


class _Victim(NamedTuple):
    rank: tuple[int, int]
    """Size by powers of two, then age in ms: the largest are shed first, and among those of equal size the oldest."""
    size: int
    kind: str
    free: Callable[[], None]


class BufferBudget:
    """Bounds what waits on this node. Checked once a second, never per frame; sockets without waiting frames cost
    nothing.
    """

    def __init__(self, hub: Hub, *, limit: int, patience_ms: int, on_pressure: Callable[[bool, int], None]) -> None:
        """*on_pressure* is called when the budget is exceeded and when it is kept again, with the bytes in use."""
        self._hub = hub
        self._limit = limit
        self._patience_ms = patience_ms
        self._on_pressure = on_pressure
        self._slow: dict[SlowSocket, _Watch | None] = {}
        self._shed_at: int | None = None

    def add(self, socket: SlowSocket) -> None:
        """Watch *socket*: frames wait for it."""
        self._slow.setdefault(socket, None)

    def discard(self, socket: SlowSocket) -> None:
        """Stop watching *socket*: no frames wait for it, or it is closed."""
        self._slow.pop(socket, None)

    def unsent(self) -> int:
        """Return how many bytes wait for slow sockets."""
        return sum(socket.unsent() for socket in self._slow)

    def close_stalled(self, now: int) -> None:
        """Close sockets that have read nothing for too long while frames wait for them."""
        for socket, watch in tuple(self._slow.items()):
            taken = socket.taken()
            if watch is None:
                self._slow[socket] = _Watch(taken, now)
            elif taken > watch.taken:
                watch.taken, watch.moved_at = taken, now
            elif now - watch.moved_at >= self._patience_ms:
                self._drop(socket)

    def measure(self, now: int) -> None:
        """Record the bytes in use; above the budget shed the largest and oldest."""
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
