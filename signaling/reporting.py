"""Who takes reports: the conversation asks, the server answers."""

from typing import Protocol

import msgspec

from matchmaker.errors import NotFound
from matchmaker.ids import InviteId, RoomId, UserId


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """Where two people met, at most one of the four; none: in the room they are in, or else where they met last."""

    room_id: RoomId | None = None
    invite_id: InviteId | None = None
    referral_code: str | None = None
    channel_id: str | None = None


class Reporting(Protocol):
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


class Unheard:
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
