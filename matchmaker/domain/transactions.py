"""Changes of a room: what a rule has decided, and what the repository commits."""

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.message import Message
from matchmaker.domain.room import Reason, Room
from matchmaker.domain.user_events import AnyUserEvent


class RoomClosure(msgspec.Struct, frozen=True, kw_only=True):
    """How a room ended: input for history, totals and cooldown."""

    reason: Reason
    by: UserId | None
    at: int
    """Unix milliseconds; the deadline itself when time ended the room."""
    live_ms: int
    cooldown_until: int | None
    """End of the cooldown of the two users; None: the room was with the mirror. If it is earlier than the one written
    at the opening, that one is shortened; a cooldown of another cause stays."""


class RoomTransition(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a room transition: the new room, the events for users, and how it ended if it did."""

    room: Room
    events: tuple[AnyUserEvent, ...] = ()
    ending: RoomClosure | None = None
    message: Message | None = None
    """The chat message that goes with the transition."""


class RoomWrite(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a room that the repository commits as a whole or not at all.

    `before` None opens a room; `ending` set ends it; `message` alone (`after is before`) only stores a message.
    """

    before: Room | None
    after: Room
    message: Message | None = None
    ending: RoomClosure | None = None
