"""Calls between friends: what the matchmaker asks the friends service, and what it reports to it."""

from typing import Literal, Protocol

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import Mode

CallOutcome = Literal["accepted", "declined", "cancelled", "expired", "unavailable"]
UNANSWERED: frozenset[str] = frozenset(("cancelled", "expired"))


class FriendCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call between friends that has ended."""

    call_id: str
    """Id of the room, or of an invite that led to no room."""
    caller: UserId
    callee: UserId
    outcome: CallOutcome
    mode: Mode
    live_ms: int | None
    """Length of the conversation; None: there was none."""


class FriendCallRules(Protocol):
    """What the matchmaker asks about friends."""

    async def call_wait_ms(self, caller: UserId, callee: UserId) -> int | None:
        """Return how long *caller* has to wait before calling *callee*, 0 if not at all; None: they are not friends.

        Raises:
            Unavailable: friendships cannot be read now.
        """
        ...

    def takes_calls(self, user: UserId) -> bool:
        """Return whether the client of *user*, who is connected here, supports calls between friends."""
        ...

    def note_call(self, call: FriendCall) -> None:
        """Record a call that has ended; never raises and never waits."""
        ...


class NoFriends:
    """Used when the friends feature is off."""

    async def call_wait_ms(self, caller: UserId, callee: UserId) -> int | None:  # noqa: ARG002
        """Return None: without the feature no users are friends."""
        return None

    def takes_calls(self, user: UserId) -> bool:  # noqa: ARG002
        """Return False: no client supports such calls."""
        return False

    def note_call(self, call: FriendCall) -> None:
        """Do nothing: there are no such calls."""
