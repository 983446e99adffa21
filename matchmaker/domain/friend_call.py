"""Calls between friends: what the matchmaker has to know about friends, and what it tells of each call."""

from typing import Literal, Protocol

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import Mode

CallOutcome = Literal["accepted", "declined", "cancelled", "expired", "unavailable"]
UNANSWERED: frozenset[str] = frozenset(("cancelled", "expired"))


class FriendCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call between friends that is over."""

    call_id: str
    """Of the room, or of an invite that led to none."""
    caller: UserId
    callee: UserId
    outcome: CallOutcome
    mode: Mode
    live_ms: int | None
    """How long the two talked; None: they did not."""


class FriendCallRules(Protocol):
    """What the matchmaker asks about friends."""

    async def call_wait_ms(self, caller: UserId, callee: UserId) -> int | None:
        """Return how long *caller* has to wait before calling *callee*: 0 not at all; None: they are no friends.

        Raises:
            Unavailable: it cannot be known now.
        """
        ...

    def takes_calls(self, user: UserId) -> bool:
        """Return whether the client of *user*, who is connected here, knows of calls between friends."""
        ...

    def note_call(self, call: FriendCall) -> None:
        """Take note of a call that is over; never raises and never waits."""
        ...


class NoFriends:
    """For a service without friends."""

    async def call_wait_ms(self, caller: UserId, callee: UserId) -> int | None:  # noqa: ARG002
        """Return False: without the feature no users are friends."""
        return None

    def takes_calls(self, user: UserId) -> bool:  # noqa: ARG002
        """Return that no client knows of such calls."""
        return False

    def note_call(self, call: FriendCall) -> None:
        """Take no note: there are no such calls."""
