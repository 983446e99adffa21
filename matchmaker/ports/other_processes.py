"""The port through which the matchmaker asks other processes about their users."""

from collections.abc import Sequence

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import AgeBand, Mode, Ticket
from matchmaker.domain.user_updates import Separation


class OtherProcesses:
    """There are none: what a process that is alone is answered."""

    async def separate(self, _user: UserId, _target: UserId, _reason: Separation, /) -> None:
        """End a room that two users, who are not here, share elsewhere. Raises `Unavailable` without an answer."""

    def sends_away(self, _ticket: Ticket, _found: Ticket | None, /) -> bool:
        """Return whether the holder of a ticket is being moved to a user elsewhere who has waited longer than
        *found*, and is not paired here until the move is over. Called inside a decision: does not raise.
        """
        return False

    async def tickets(self, _mode: Mode | None, _band: AgeBand, _limit: int, /) -> Sequence[Ticket]:
        """Return tickets that wait elsewhere and may be discovered, longest-waiting first."""
        return ()
