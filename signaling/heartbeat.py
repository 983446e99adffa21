"""Clients that announced a heartbeat and have been silent for too long: one queue of deadlines for all of them.

unwatched ─invited, in_room→ watched ─silent for client_silent_s→ lost
    └──────────phase left───────┘
"""

from collections.abc import Awaitable, Callable
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from matchmaker.clock import Clock
from matchmaker.errors import Unavailable
from matchmaker.ids import UserId
from matchmaker.seat import Phase

if TYPE_CHECKING:
    from signaling.conversation import Conversation

STALL_MS: Final = 1_500
"""A longer time between two sweeps means that this process, not its clients, was silent."""
RETRY_MS: Final = 250
"""How soon the phase is asked for again after a store could not be reached."""
WATCHED_PHASES: Final[frozenset[Phase]] = frozenset(("invited", "in_room"))
WATCHED_EVENTS: Final = frozenset(("invite.received", "room.started"))
"""Events with which such a phase begins."""

_Seconds = Annotated[float, Meta(gt=0)]


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """The three numbers of the heartbeat, in seconds. They apply in the phases `invited` and `in_room`."""

    ping_s: Annotated[_Seconds, Meta(description="the client sends something at least this often")] = 3
    server_silent_s: Annotated[_Seconds, Meta(description="the client leaves a server that was silent this long")] = 5
    client_silent_s: Annotated[_Seconds, Meta(description="the server gives up a client that was silent this long")] = 8

    @property
    def client_silent_ms(self) -> int:
        """`client_silent_s` in whole milliseconds."""
        return round(self.client_silent_s * 1_000)


def silent_at(*, heard_at: int, watched_since: int, excused_at: int, silent_ms: int) -> int:
    """Return when a client is lost, unless a frame of it arrives earlier (Unix milliseconds)."""
    return max(heard_at, watched_since, excused_at) + silent_ms


class SilenceWatch:
    """Finds the connections of silent clients. Frames cost nothing here: a deadline is looked at when it is due."""

    def __init__(self, silent_ms: int, clock: Clock, phase_of: Callable[[UserId], Awaitable[Phase]]) -> None:
        self._silent_ms = silent_ms
        self._clock = clock
        self._phase_of = phase_of
        self._due: list[tuple[int, int, Conversation]] = []
        self._numbers = count()
        self._swept_at: int | None = None
        self._excused_at = 0

    def watch(self, conversation: "Conversation") -> None:
        """Expect frames of *conversation* from now on, if its client announced a heartbeat."""
        if conversation.has_heartbeat:
            is_queued = conversation.watched_since is not None
            conversation.watched_since = self._clock.now()
            if not is_queued:
                self._push(self._deadline(conversation), conversation)

    def sweep(self) -> list["Conversation"]:
        """Return the conversations that were silent for too long; they are watched no more.

        Called a few times a second. After a stall of this process, or a step of its clock, every client gets the whole
        time again: what it sent in between has not been read.
        """
        now = self._clock.now()
        if self._swept_at is not None and now - self._swept_at > STALL_MS:
            self._excused_at = now
        self._swept_at = now
        silent: list[Conversation] = []
        while self._due and self._due[0][0] <= now:
            conversation = heappop(self._due)[2]
            if conversation.is_over:
                continue
            if conversation.is_paused:  # we do not read: that nothing was heard says nothing
                self._push(now + self._silent_ms, conversation)
            elif (at := self._deadline(conversation)) > now:
                self._push(at, conversation)
            else:
                conversation.watched_since = None
                silent.append(conversation)
        return silent

    async def is_lost(self, conversation: "Conversation") -> bool:
        """Tell whether the user of a silent *conversation* is in a phase in which the client has to send something."""
        try:
            phase = await self._phase_of(conversation.user)
        except Unavailable:
            if conversation.watched_since is None:
                conversation.watched_since = conversation.heard_at
                self._push(self._clock.now() + RETRY_MS, conversation)
            return False
        # A frame may have arrived, or such a phase have begun again, since.
        is_silent = conversation.watched_since is None and self._deadline(conversation) <= self._clock.now()
        return phase in WATCHED_PHASES and is_silent and not conversation.is_over

    def _deadline(self, conversation: "Conversation") -> int:
        return silent_at(
            heard_at=conversation.heard_at,
            watched_since=conversation.watched_since or 0,
            excused_at=self._excused_at,
            silent_ms=self._silent_ms,
        )

    def _push(self, at: int, conversation: "Conversation") -> None:
        heappush(self._due, (at, next(self._numbers), conversation))
