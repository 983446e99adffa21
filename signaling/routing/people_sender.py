"""Sending of friend and channel events to the users of this node, each on the user's own stream."""

from typing import NamedTuple

import msgspec

from matchmaker.domain.ids import UserId
from signaling.routing.hub import ConnectedUser, Hub
from signaling.routing.people_stream import PeopleStream, UnnumberedEvent
from signaling.wire.event import Event
from signaling.wire.events import NotificationEvent
from signaling.wire.people_events import PeopleEvent, PeopleReset

UNSENT_MAX = 256 * 1024
"""Bytes that may wait for a slow socket before these events are dropped."""

_encode = msgspec.json.Encoder().encode


class EncodedEvent(NamedTuple):
    """An encoded event."""

    kind: str
    feature: str
    """The feature that a client must have asked for to get it."""
    is_own: bool
    """Whether it goes on the user's own stream; else on that of calls."""
    body: UnnumberedEvent


class PeopleSender:
    """Numbers and sends events to clients with the feature; drops them, with `people.reset`, for slow sockets."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._dropping: set[UserId] = set()

    def has_feature(self, user: UserId, feature: str) -> bool:
        """Return whether *user* has a session here whose client has *feature*."""
        return self.stream_of(user, feature) is not None

    def stream_of(self, user: UserId, feature: str) -> PeopleStream | None:
        """Return the people stream of *user*, who has a session here and a client with *feature*; else None."""
        entry = self._hub.connected_user(user)
        stream = None if entry is None or entry.replay is None else entry.replay.people
        return stream if stream is not None and feature in stream.features else None

    def deliver(self, user: UserId, event: Event) -> None:
        """Send *user* an event of the people services. As `deliver_encoded`."""
        self.deliver_encoded(user, encode_event(event))

    def deliver_encoded(self, user: UserId, event: EncodedEvent) -> None:
        """Send *user* an event, if they have a session here and the client has the feature.

        Friend and channel events go on the user's people stream, others on that of calls. The former are dropped while
        too much waits for a slow socket; `people.reset` follows.
        """
        entry = self._hub.connected_user(user)
        stream = None if entry is None or entry.replay is None else entry.replay.people
        if entry is None or stream is None or event.feature not in stream.features:
            return
        self._hub.writes.hold()  # Events come in groups: those of a commit, or changes of presence.
        if not event.is_own:
            assert entry.replay is not None
            numbered = entry.replay.number(event.body.head, event.body.rest)
            if entry.connection is not None:
                entry.connection.send_event(event.kind, numbered)
        elif not stream.is_dropping:
            connection = entry.connection
            if connection is not None and connection.socket.unsent() > UNSENT_MAX:
                stream.is_dropping = True
                self._dropping.add(user)
                return
            _send(entry, stream, event)

    def reset_all(self, *, within_ms: int) -> None:
        """Make every client of this node read the inbox again: events may have been lost."""
        for user in self._hub.with_session():
            self.reset(user, within_ms=within_ms)

    def reset(self, user: UserId, *, within_ms: int) -> None:
        """Make the client of *user* read the inbox again: events may have been lost."""
        entry = self._hub.connected_user(user)
        stream = None if entry is None or entry.replay is None else entry.replay.people
        if entry is not None and stream is not None:
            _send(entry, stream, encode_event(PeopleReset(within_ms=within_ms)))
            stream.reset()

    def reset_drained(self) -> None:
        """Reset the streams whose sockets have sent everything that waited."""
        for user in tuple(self._dropping):
            connection = self._hub.connection_of(user)
            if connection is None or connection.socket.unsent() <= UNSENT_MAX // 2:
                self._dropping.discard(user)
                if connection is not None:
                    self.reset(user, within_ms=0)


def encode_event(event: Event) -> EncodedEvent:
    """Return *event*, encoded once for all recipients."""
    body = _encode(event)
    at = body.index(b",") + 1
    is_own = isinstance(event, PeopleEvent)
    feature = event.feature if isinstance(event, PeopleEvent) else _feature(event)
    return EncodedEvent(str(event.__struct_config__.tag), feature, is_own, UnnumberedEvent(body[:at], body[at:]))


def _feature(event: Event) -> str:
    """Return the feature of an event that goes on the stream of calls."""
    is_of_channel = isinstance(event, NotificationEvent) and event.notification.kind in ("message", "mention")
    return "channels" if is_of_channel else "friends"


def _send(entry: ConnectedUser, stream: PeopleStream, event: EncodedEvent) -> None:
    numbered = stream.number(event.body)
    if entry.connection is not None:
        entry.connection.send_event(event.kind, numbered)
