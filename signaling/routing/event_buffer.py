"""The latest events of a client, by number, for a replay."""

from typing import Generic, TypeVar

Item = TypeVar("Item")


class EventBuffer(Generic[Item]):
    """Events in order, the newest of them kept. A subclass numbers, and drops what is too much."""

    __slots__ = ("_events", "seq", "size")

    def __init__(self, seq: int, events: list[Item], size: int) -> None:
        """*events*: the latest, up to number *seq*, which another node has numbered; *size*: their bytes."""
        self.seq = seq
        """Number of the newest event; 0: there was none yet."""
        # Created with the first event: most connections of a quiet server never have one. A list, because most of the
        # others have few, and a deque begins with room for 64.
        self._events: list[Item] | None = events or None
        self.size = size
        """Bytes of the events that are kept. An attribute: it is read for every user once a second."""

    @property
    def kept(self) -> list[Item]:
        """The events that are kept, oldest first."""
        return list(self._events or ())

    def forget(self) -> None:
        """Drop all events: they cannot be replayed."""
        self._events = None
        self.size = 0

    def kept_since(self, seq: int) -> list[Item] | None:
        """Return every event after number *seq*, in order; None if one was dropped, or *seq* is in the future."""
        missing = self.seq - seq
        events = self._events or []
        return events[len(events) - missing :] if 0 <= missing <= len(events) else None
