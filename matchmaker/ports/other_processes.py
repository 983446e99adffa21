"""The port through which the matchmaker asks other processes about their users."""

from collections.abc import Sequence

from matchmaker.domain.ids import UserId
from matchmaker.domain.room import Reason
from matchmaker.domain.ticket import AgeBand, Mode, Ticket


class OtherProcesses:
    """There are none: what a process that is alone is answered."""

    async def end_elsewhere(self, _user: UserId, _reason: Reason, _other: UserId | None = None, /) -> bool:
        """End invite and room of a user who is not here; with *other*, only the room that the two share.

        Return whether another process did so.

        Raises:
            Unavailable: it does not answer, or the end of the room cannot be made durable.
        """
        return False

    def sends_away(self, _ticket: Ticket, _found: Ticket | None, /) -> bool:
        """Return whether the holder of a ticket is being moved to a user elsewhere who has waited longer than
        *found*, and is not paired here until the move is over. Called inside a decision: does not raise.
        """
        return False

    async def tickets(self, _mode: Mode | None, _band: AgeBand, _limit: int, /) -> Sequence[Ticket]:
        """Return tickets that wait elsewhere and may be discovered, longest-waiting first."""
        return ()
