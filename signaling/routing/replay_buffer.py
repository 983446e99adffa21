"""The replay buffer of a session: numbered events, replayed after a lost connection."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from signaling.routing.event_buffer import EventBuffer
from signaling.routing.people_stream import PeopleStream

REPLAY_MAX_EVENTS = 256
REPLAY_MAX_BYTES = 256 * 1024
NOTIFIED_MAX = 16
"""Notifications of which a session remembers that they were sent."""


class ReplayBuffer(EventBuffer[bytes]):
    """Numbers events from 1 and keeps the last of them: at most 256, and at most 256 KiB."""

    __slots__ = ("_old", "_older", "key", "notified", "offset_ms", "people")

    def __init__(self, *, offset_ms: int = 0, key: str = "", seq: int = 0, events: Sequence[bytes] = ()) -> None:
        """*key*, *seq*, *events*: of the session of another node that this one continues."""
        super().__init__(seq, list(events), sum(map(len, events)))
        self.offset_ms = offset_ms
        """Added to every instant that this client is sent. Fixed, because the client relies on `server_at`."""
        self.key = key or secrets.token_urlsafe(18)
        """144 random bits: with it and the token a client can resume this session."""
        self.people: PeopleStream | None = None
        """The stream of friend and channel events; None: the client asked for no such feature."""
        self.notified: tuple[str, ...] = ()
        """Ids of the last notifications sent: a node that takes a user in applies those of the last minute again."""
        self._old = self._older = 0

    @property
    def events(self) -> list[bytes]:
        """The events that can be replayed, oldest first."""
        return self.kept

    def since(self, seq: int) -> list[bytes] | None:
        """Return every event after number *seq*, in order; None if one was dropped, or *seq* is in the future."""
        return self.kept_since(seq)

    def latest(self, max_bytes: int) -> list[bytes]:
        """Return the last events, oldest first, as far as they have *max_bytes* together."""
        events = self.events
        over = self.size - max_bytes
        first = 0
        while over > 0:
            over -= len(events[first])
            first += 1
        return events[first:]

    def number(self, head: bytes, rest: bytes, payload: Any = b"", end: bytes = b"") -> bytes:
        """Return `head + "seq":n, + rest + payload + end` as the next event; it can be replayed from now on."""
        self.seq = seq = self.seq + 1
        event = b"".join((head, b'"seq":%d,' % seq, rest, payload, end))
        events = self._events
        if events is None:
            events = self._events = []
        events.append(event)
        size = self.size + len(event)
        if len(events) > REPLAY_MAX_EVENTS:
            size -= len(events.pop(0))
        while size > REPLAY_MAX_BYTES:
            size -= len(events.pop(0))
        self.size = size
        return event

    def record_notification(self, notification: Mapping[str, Any]) -> bool:
        """Record a notification as sent; return whether it was not sent before."""
        notification_id: str = notification["notification_id"]
        if notification_id in self.notified:
            return False
        self.notified = (*self.notified, notification_id)[-NOTIFIED_MAX:]
        return True

    def revoke(self) -> None:
        """Make the session impossible to resume: something other than an event was lost."""
        self.forget()
        self.key = secrets.token_urlsafe(18)

    def trim(self) -> None:
        """Drop events from before the last call but one: called rarely, and only while pings are answered."""
        kept = self.seq - self._older
        while self._events and len(self._events) > kept:
            self.size -= len(self._events.pop(0))
        self._older, self._old = self._old, self.seq
