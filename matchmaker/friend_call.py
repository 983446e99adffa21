"""Calls between friends: what the matchmaker has to know about friends, and what it tells of each call."""

from collections import deque
from typing import Literal, Protocol

import msgspec

from matchmaker.ids import UserId
from matchmaker.ticket import Mode

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


class Friends(Protocol):
    """What the matchmaker asks about friends."""

    async def are_friends(self, one: UserId, other: UserId) -> bool:
        """Return whether two users are friends.

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

    async def are_friends(self, one: UserId, other: UserId) -> bool:  # noqa: ARG002
        """Return that nobody has friends."""
        return False

    def takes_calls(self, user: UserId) -> bool:  # noqa: ARG002
        """Return that no client knows of such calls."""
        return False

    def note_call(self, call: FriendCall) -> None:
        """Take no note: there are no such calls."""


class UnansweredCalls:
    """Calls of one user to a friend that were not answered: at most *many* within any *within_ms*."""

    def __init__(self, many: int, within_ms: int) -> None:
        """*many* 0: no limit."""
        self._many = many
        self._within_ms = within_ms
        self._calls: dict[tuple[UserId, UserId], deque[int]] = {}
        """When the latest calls of the one to the other ended; the pair that called last is last."""

    def __len__(self) -> int:
        return len(self._calls)

    def wait_ms(self, caller: UserId, callee: UserId, *, now: int) -> int:
        """Return how long *caller* has to wait before the next call to *callee*; 0: not at all."""
        calls = self._calls.get((caller, callee))
        if not self._many or calls is None or len(calls) < self._many:
            return 0
        return max(0, calls[0] + self._within_ms - now)

    def note(self, caller: UserId, callee: UserId, *, now: int) -> None:
        """Note a call that was not answered, and forget pairs whose calls are all outside the window."""
        if not self._many:
            return
        calls = self._calls.pop((caller, callee), None) or deque(maxlen=self._many)
        calls.append(now)
        self._calls[caller, callee] = calls
        while self._calls[first := next(iter(self._calls))][-1] + self._within_ms <= now:
            del self._calls[first]
