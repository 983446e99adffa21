"""Clients that announced a heartbeat and have been silent for too long: one queue of deadlines.

unwatched ─invited, in_room→ watched ─silent for client_silent_s→ lost
    └──────────phase left───────┘
"""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Final, Protocol

from matchmaker.domain.clock import Clock
from matchmaker.domain.ids import UserId
from matchmaker.domain.user_state import Phase

STALL_MS: Final = 1_500
"""A longer time between two sweeps means that this process was suspended, not that its clients were silent."""
WATCHED_PHASES: Final[frozenset[Phase]] = frozenset(("invited", "in_room"))
WATCHED_EVENTS: Final = frozenset(("invite.received", "room.started"))
"""Events with which a watched phase starts."""


class WatchedConnection(Protocol):
    """A connection, as watched for silence."""

    user: UserId
    is_over: bool
    has_heartbeat: bool
    heard_at: int
    watched_since: int | None

    @property
    def is_paused(self) -> bool:
        """Whether reading of the socket is paused."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket."""
        ...


def silent_at(*, heard_at: int, watched_since: int, excused_at: int, silent_ms: int) -> int:
    """Return when a client is lost, unless a frame of it arrives earlier (Unix milliseconds)."""
    return max(heard_at, watched_since, excused_at) + silent_ms


class SilenceWatch:
    """Finds the connections of silent clients. A frame costs nothing here: a deadline is checked when it is due."""

    def __init__(self, silent_ms: int, clock: Clock, phase_of: Callable[[UserId], Phase]) -> None:
        self._silent_ms = silent_ms
        self._clock = clock
        self._phase_of = phase_of
        self._due: list[tuple[int, int, WatchedConnection]] = []
        self._numbers = count()
        self._swept_at: int | None = None
        self._excused_at = 0

    def watch(self, connection: WatchedConnection) -> None:
        """Watch *connection* from now on, if its client announced a heartbeat."""
        if connection.has_heartbeat:
            is_queued = connection.watched_since is not None
            connection.watched_since = self._clock.now()
            if not is_queued:
                self._push(self._deadline(connection), connection)

    def sweep(self) -> list[WatchedConnection]:
        """Remove those that were silent for too long; return them if their clients have to send frames in this phase.

        Called a few times a second. After a stall of this process, or a step of its clock, every client gets the full
        time again: frames sent in between have not been read yet.
        """
        now = self._clock.now()
        if self._swept_at is not None and now - self._swept_at > STALL_MS:
            self._excused_at = now
        self._swept_at = now
        silent: list[WatchedConnection] = []
        while self._due and self._due[0][0] <= now:
            connection = heappop(self._due)[2]
            if connection.is_over:
                continue
            if connection.is_paused:  # Reading is paused: silence means nothing.
                self._push(now + self._silent_ms, connection)
            elif (at := self._deadline(connection)) > now:
                self._push(at, connection)
            else:
                connection.watched_since = None
                if self._phase_of(connection.user) in WATCHED_PHASES:
                    silent.append(connection)
        return silent

    def _deadline(self, connection: WatchedConnection) -> int:
        return silent_at(
            heard_at=connection.heard_at,
            watched_since=connection.watched_since or 0,
            excused_at=self._excused_at,
            silent_ms=self._silent_ms,
        )

    def _push(self, at: int, connection: WatchedConnection) -> None:
        heappush(self._due, (at, next(self._numbers), connection))
