"""Who takes reports: the conversation asks, the server answers."""

from typing import Protocol

from matchmaker.errors import NotFound
from matchmaker.ids import RoomId, UserId


class Reporting(Protocol):
    """Takes reports about people."""

    async def report(self, user: UserId, target: UserId, *, room_id: RoomId | None, category: str, details: str) -> str:
        """Keep what *user* says about *target*, and part the two; return the name of the report.

        Raises:
            NotFound: the two never shared a room, or not this one, or there is nobody of this name.
            Taken: *user* has reported *target* before.
            Unavailable: it cannot be made durable; nothing happened.
        """
        ...


class Unheard:
    """Nobody: where there is no ledger that remembers who met whom, nobody has met anybody."""

    async def report(
        self,
        user: UserId,  # noqa: ARG002
        target: UserId,  # noqa: ARG002
        *,
        room_id: RoomId | None,  # noqa: ARG002
        category: str,  # noqa: ARG002
        details: str,  # noqa: ARG002
    ) -> str:
        """Refuse."""
        raise NotFound("there is nobody of this name whom you met")
