"""The port through which the matchmaker tells other processes about its users, and queries theirs."""

from collections.abc import Sequence

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import AgeBand, Mode, Ticket
from matchmaker.domain.user_updates import AnyUserUpdate, Separation


class OtherProcesses:
    """A cluster of one process: all methods do nothing. Those that are not coroutines are called inside a decision, and
    do not raise.
    """

    def ticket_added(self, ticket: Ticket) -> None:
        """Publish that *ticket* waits here."""

    def ticket_removed(self, ticket: Ticket) -> None:
        """Publish that *ticket* no longer waits here."""

    def users_evicted(self, users: Sequence[UserId]) -> None:
        """Publish that the state of *users* was dropped here: another process owns it."""

    def publish(self, item: AnyUserUpdate) -> None:
        """Publish a durable change of users whom other processes may own."""

    async def separate(self, _user: UserId, _target: UserId, _reason: Separation, /) -> None:
        """End a room that two users, who are not here, share elsewhere. Raises `Unavailable` without an answer."""

    def sends_away(self, _ticket: Ticket, _found: Ticket | None, /) -> bool:
        """Return whether the holder of a ticket is being moved to a user elsewhere who has waited longer than
        *found*.
        """
        return False

    async def tickets(self, _mode: Mode | None, _band: AgeBand, _limit: int, /) -> Sequence[Ticket]:
        """Return tickets that wait elsewhere and may be discovered, longest-waiting first."""
        return ()
