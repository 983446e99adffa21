"""The latest events of a client, by number, for a replay."""

from collections import deque
from collections.abc import Sequence
from itertools import islice


class NumberedEvents:
    """Events in order, the newest of them kept. A subclass numbers, and drops what is too much."""

    __slots__ = ("_bytes", "_events", "seq")

    def __init__(self, seq: int = 0, events: Sequence[bytes] = ()) -> None:
        """*events*: the latest, up to number *seq*, which another node has numbered."""
        self.seq = seq
        """Number of the newest event; 0: there was none yet."""
        # Created with the first event: most connections of a quiet server never have one.
        self._events: deque[bytes] | None = deque(events) if events else None
        self._bytes = sum(map(len, events))

    @property
    def events(self) -> list[bytes]:
        """The events that can be replayed, oldest first."""
        return list(self._events or ())

    @property
    def size(self) -> int:
        """Bytes of the events that are kept."""
        return self._bytes

    def forget(self) -> None:
        """Drop all events: they cannot be replayed."""
        self._events = None
        self._bytes = 0

    def since(self, seq: int) -> list[bytes] | None:
        """Return every event after number *seq*, in order; None if one was dropped, or *seq* is in the future."""
        missing = self.seq - seq
        kept = len(self._events) if self._events is not None else 0
        if not 0 <= missing <= kept:
            return None
        return list(islice(self._events or (), kept - missing, None))
