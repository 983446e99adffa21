"""The people stream: friend and channel events, numbered by `people_seq` and replayed apart from events of calls."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from matchmaker.domain.ids import UserId
from signaling.routing.event_buffer import EventBuffer
from signaling.routing.positions import Positions
from signaling.wire.people_models import PresenceState

REPLAY_EVENTS = 256
REPLAY_MAX_BYTES = 256 * 1024


NUMBER_BYTES = 24
"""About what the number adds to an event."""


class UnnumberedEvent(NamedTuple):
    """An encoded event, shared by all streams that it is on."""

    head: bytes
    """Up to its number."""
    rest: bytes

    @classmethod
    def of(cls, event: bytes) -> Self:
        """Return a numbered event of a stream without its number."""
        start = event.index(b",") + 1
        return cls(event[:start], event[event.index(b",", start) + 1 :])

    def numbered(self, seq: int) -> bytes:
        """Return it as event number *seq* of a stream."""
        return b'%b"people_seq":%d,%b' % (self.head, seq, self.rest)

    @property
    def size(self) -> int:
        """About how many bytes it has on a stream."""
        return len(self.head) + len(self.rest) + NUMBER_BYTES


SeenPresence = tuple[PresenceState, int | None]
"""What a client was shown of a friend, and since when the friend is disconnected; None: is not."""


class PeopleStream(EventBuffer[UnnumberedEvent]):
    """Numbers events from 1 and keeps the last of them: at most *replay* events and 256 KiB."""

    __slots__ = ("_is_resumable", "_replay", "began_at", "features", "is_dropping", "positions", "seen")

    def __init__(
        self,
        replay: int,
        features: frozenset[str],
        *,
        began_at: int = 0,
        positions: Positions | None = None,
        seq: int = 0,
        events: Sequence[bytes] = (),
    ) -> None:
        """*began_at*: Unix milliseconds of the wall clock. *seq*, *events*: of the node that this stream continues."""
        unnumbered = list(map(UnnumberedEvent.of, events))
        super().__init__(seq, unnumbered, sum(event.size for event in unnumbered))
        self._replay = replay
        self._is_resumable = True
        self.features = features
        """The features granted by the latest hello."""
        self.began_at = began_at
        self.positions = positions or Positions()
        """The positions up to which the user was sent each channel."""
        self.seen: dict[UserId, SeenPresence] | None = None
        """The friends that the client was shown as present when the user left the previous node; None: has not."""
        self.is_dropping = False
        """Whether events are dropped until the socket has sent what waits for it; `people.reset` follows."""

    @classmethod
    def restore(
        cls, features: Iterable[str], seq: int, events: list[bytes], *, began_at: int, positions: Positions
    ) -> Self:
        """Return a stream that continues that of another node; it keeps as much as that one did, or more."""
        replay = max(REPLAY_EVENTS, len(events))
        return cls(replay, frozenset(features), began_at=began_at, positions=positions, seq=seq, events=events)

    @property
    def events(self) -> list[bytes]:
        """The events that can be replayed, oldest first."""
        return [] if self.is_dropping or not self._is_resumable else self._numbered(self.kept)

    def number(self, event: UnnumberedEvent) -> bytes:
        """Return *event* as the next one; it can be replayed from now on."""
        self.seq += 1
        events = self._events
        if events is None:
            events = self._events = []
        events.append(event)
        self.size += event.size
        while self.size > REPLAY_MAX_BYTES or len(events) > self._replay:
            self.size -= events.pop(0).size
        return event.numbered(self.seq)

    def reset(self) -> None:
        """Drop all events and number from 1 again: a `people.reset` was sent.

        If the connection is lost now, the client may have received it or not, and its number could be of either
        numbering: such a stream is not resumed.
        """
        self.forget()
        self.seq = 0
        self.is_dropping = self._is_resumable = False

    def since(self, seq: int) -> list[bytes] | None:
        """Return every event after number *seq*, in order; None if one was dropped, or *seq* is in the future."""
        if self.is_dropping or not self._is_resumable:
            return None
        found = self.kept_since(seq)
        return None if found is None else self._numbered(found)

    def _numbered(self, newest: list[UnnumberedEvent]) -> list[bytes]:
        return [event.numbered(seq) for seq, event in enumerate(newest, self.seq - len(newest) + 1)]
