"""What the matchmaker tells other processes of its users, and asks of them."""

from collections.abc import Sequence
from typing import Protocol

from matchmaker.ids import UserId
from matchmaker.published import AnyPublished, Separation
from matchmaker.ticket import Band, Mode, Ticket


class OtherProcesses(Protocol):
    """What does not wait is called in the middle of a decision, and does not raise."""

    def ticket_added(self, ticket: Ticket) -> None:
        """Note that *ticket* waits here."""
        ...

    def ticket_removed(self, ticket: Ticket) -> None:
        """Note that *ticket* waits here no more."""
        ...

    def users_evicted(self, users: Sequence[UserId]) -> None:
        """Note that the state of *users* was dropped here: another process owns it."""
        ...

    def publish(self, item: AnyPublished) -> None:
        """Let the others apply what is durable and concerns users who may be theirs."""
        ...

    async def separate(self, user: UserId, target: UserId, reason: Separation, /) -> None:
        """End a room that two users, who are not here, share elsewhere.

        Raises:
            Unavailable: its owner does not answer.
        """
        ...

    def sends_away(self, ticket: Ticket, found: Ticket | None, /) -> bool:
        """Tell whether the holder of *ticket* is on the way to a user elsewhere who waits for longer than *found*."""
        ...

    async def tickets(self, mode: Mode | None, band: Band, limit: int, /) -> Sequence[Ticket]:
        """Return who waits elsewhere and may be discovered, longest first."""
        ...


class NoOtherProcesses:
    """Implements `OtherProcesses` where there are none."""

    def ticket_added(self, ticket: Ticket) -> None:
        """Nothing has to be noted."""

    def ticket_removed(self, ticket: Ticket) -> None:
        """Nothing has to be noted."""

    def users_evicted(self, users: Sequence[UserId]) -> None:
        """Nobody is ever evicted."""

    def publish(self, item: AnyPublished) -> None:
        """Nobody has to know."""

    async def separate(self, _user: UserId, _target: UserId, _reason: Separation, /) -> None:
        """There is no room elsewhere."""

    def sends_away(self, _ticket: Ticket, _found: Ticket | None, /) -> bool:
        """Return False: there is no other process."""
        return False

    async def tickets(self, _mode: Mode | None, _band: Band, _limit: int, /) -> Sequence[Ticket]:
        """Return no users."""
        return ()
