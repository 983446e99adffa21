"""One ping sweep for all sockets: a timer each would cost more than the pings."""

from signaling.routing.outbox import Socket


class PingScheduler:
    """Pings every socket once in a round of *slots* ticks, one slot of them per tick."""

    def __init__(self, slots: int) -> None:
        self._slots: list[set[Socket]] = [set() for _ in range(slots)]
        self._at = 0

    def add(self, socket: Socket) -> None:
        """Add *socket*; its first ping is a whole round from now."""
        self._slots[self._at].add(socket)

    def discard(self, socket: Socket) -> None:
        """Remove *socket*."""
        for slot in self._slots:
            slot.discard(socket)

    def tick(self) -> None:
        """Ping the sockets of the next slot."""
        self._at = (self._at + 1) % len(self._slots)
        for socket in tuple(self._slots[self._at]):
            socket.ping()
