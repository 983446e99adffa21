"""What the matchmaker tells other processes of its users, and asks of them."""

from collections.abc import Sequence

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import AgeBand, Mode, Ticket
from matchmaker.domain.user_updates import AnyUserUpdate, Separation


class OtherProcesses:
    """There are none; a subclass knows of some. What does not wait is called within a decision, and does not raise."""

    def ticket_added(self, ticket: Ticket) -> None:
        """Note that *ticket* waits here."""

    def ticket_removed(self, ticket: Ticket) -> None:
        """Note that *ticket* waits here no more."""

    def users_evicted(self, users: Sequence[UserId]) -> None:
        """Note that the state of *users* was dropped here: another process owns it."""

    def publish(self, item: AnyUserUpdate) -> None:
        """Let the others apply what is durable and concerns users who may be theirs."""

    async def separate(self, _user: UserId, _target: UserId, _reason: Separation, /) -> None:
        """End a room that two users, who are not here, share elsewhere. Raises `Unavailable` without an answer."""

    def sends_away(self, _ticket: Ticket, _found: Ticket | None, /) -> bool:
        """Tell whether the holder of a ticket is on the way to a user elsewhere who waits for longer than *found*."""
        return False

    async def tickets(self, _mode: Mode | None, _band: AgeBand, _limit: int, /) -> Sequence[Ticket]:
        """Return who waits elsewhere and may be discovered, longest first."""
        return ()
