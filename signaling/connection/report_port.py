"""Who takes reports: the conversation asks, the server answers."""

from typing import Protocol

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId
from signaling.wire.meeting import Meeting


class ReportHandler(Protocol):
    """Takes reports about people."""

    async def report(
        self, user: UserId, target: UserId, *, where: Meeting, n: int | None = None, category: str, details: str
    ) -> str:
        """Store what *user* says about *target*, and part the two; return the name of the report.

        *n*: which message of a channel it is about.

        Raises:
            NotFound: the two have not met, or not there, or the person does not exist.
            Invalid: *where* names more than one.
            Taken: *user* has reported *target* before.
            Unavailable: it cannot be made durable; nothing happened.
        """
        ...


class NullReportHandler:
    """Refuses every report: without a database no meeting is on record."""

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
        """Refuse."""
        raise NotFound("you have not met a user with this id")
