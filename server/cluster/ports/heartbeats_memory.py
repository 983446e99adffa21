"""Heartbeats of nodes in one process."""

from collections.abc import Callable

from server.cluster.ports.heartbeats import Beat


class Roster:
    """What all nodes of one process share."""

    def __init__(self, now: Callable[[], int]) -> None:
        self.now = now
        self.seen: dict[str, int] = {}
        self.draining: set[str] = set()


class MemoryHeartbeats:
    """Implements `Heartbeats`."""

    def __init__(self, roster: Roster, node: str) -> None:
        self._roster = roster
        self._node = node

    async def beat(self, *, draining: bool) -> Beat:
        roster, is_new = self._roster, self._node not in self._roster.seen
        roster.seen[self._node] = roster.now()
        if draining:
            roster.draining.add(self._node)
        return Beat(at=roster.now(), seen=dict(roster.seen), draining=frozenset(roster.draining), is_new=is_new)

    async def leave(self) -> None:
        self._roster.seen.pop(self._node, None)
