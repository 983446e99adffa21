"""The replay buffer of a session: numbered events, replayed after a lost connection."""

import secrets
from collections import deque
from itertools import islice
from typing import Any

from signaling.routing.people_stream import PeopleStream

REPLAY_MAX_EVENTS = 256
REPLAY_MAX_BYTES = 256 * 1024


class ReplayBuffer:
    """Numbers events from 1 and keeps the last of them: at most 256, and at most 256 KiB."""

    __slots__ = ("_bytes", "_events", "_old", "_older", "key", "offset_ms", "people", "seq")

    def __init__(self, *, offset_ms: int = 0) -> None:
        self.offset_ms = offset_ms
        """Added to every instant that this client is sent. Fixed, because the client relies on `server_at`."""
        self.key = secrets.token_urlsafe(18)
        """144 random bits: with it and the token a client can resume this session."""
        self.people: PeopleStream | None = None
        """The stream of friend and channel events; None: the client asked for no such feature."""
        self.seq = 0
        """Number of the newest event; 0: there was none yet."""
        # Created with the first event: most connections of a quiet server never have one.
        self._events: deque[bytes] | None = None
        self._bytes = 0
        self._old = self._older = 0

    @classmethod
    def restore(cls, key: str, seq: int, events: list[bytes], *, offset_ms: int) -> "ReplayBuffer":
        """Return a session that continues that of another node."""
        session = cls(offset_ms=offset_ms)
        session.key, session.seq = key, seq
        if events:
            session._events = deque(events)
            session._bytes = sum(map(len, events))
        return session

    @property
    def events(self) -> list[bytes]:
        """The events that can be replayed, oldest first."""
        return list(self._events or ())

    def number(self, head: bytes, rest: bytes, payload: Any = b"", end: bytes = b"") -> bytes:
        """Return `head + "seq":n, + rest + payload + end` as the next event; it can be replayed from now on."""
        self.seq = seq = self.seq + 1
        event = b"".join((head, b'"seq":%d,' % seq, rest, payload, end))
        events = self._events
        if events is None:
            events = self._events = deque()
        events.append(event)
        size = self._bytes + len(event)
        if len(events) > REPLAY_MAX_EVENTS:
            size -= len(events.popleft())
        while size > REPLAY_MAX_BYTES:
            size -= len(events.popleft())
        self._bytes = size
        return event

    @property
    def size(self) -> int:
        """Bytes of the events that are kept."""
        return self._bytes

    def forget(self) -> None:
        """Drop all events: a client that has missed one starts a new session."""
        self._events = None
        self._bytes = 0

    def revoke(self) -> None:
        """Make the session impossible to resume: something other than an event was lost."""
        self.forget()
        self.key = secrets.token_urlsafe(18)

    def trim(self) -> None:
        """Drop events from before the last call but one: called rarely, and only while pings are answered."""
        kept = self.seq - self._older
        while self._events and len(self._events) > kept:
            self._bytes -= len(self._events.popleft())
        self._older, self._old = self._old, self.seq

    def since(self, seq: int) -> list[bytes] | None:
        """Return every event after number *seq*, in order; None if one was dropped, or *seq* is in the future."""
        missing = self.seq - seq
        kept = len(self._events) if self._events is not None else 0
        if not 0 <= missing <= kept:
            return None
        return list(islice(self._events or (), kept - missing, None))
