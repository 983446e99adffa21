"""The port of reports for sockets."""

from typing import Protocol

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId
from signaling.wire.meeting import Meeting


class ReportHandler(Protocol):
    """Stores reports about users."""

    async def report(
        self, user: UserId, target: UserId, *, where: Meeting, n: int | None = None, category: str, details: str
    ) -> str:
        """Store the report of *user* about *target*, and end what they share; return the id of the report.

        *n*: which message of a channel it is about.

        Raises:
            NotFound: the users have not met, or not there, or *target* does not exist.
            Invalid: *where* names more than one.
            StateConflict: *user* has reported *target* before.
            Unavailable: it cannot be made durable; nothing happened.
        """
        ...


class NullReportHandler:
    """Refuses every report: without a database no meeting is recorded."""

    async def report(
        self,
        user: UserId,  # noqa: ARG002
        target: UserId,  # noqa: ARG002
        *,
        where: Meeting,  # noqa: ARG002
        n: int | None = None,  # noqa: ARG002
        category: str,  # noqa: ARG002
        details: str,  # noqa: ARG002
    ) -> str:
        """Raise `NotFound`."""
        raise NotFound("you have not met a user with this id")
