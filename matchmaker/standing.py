"""Where a person stands when they arrive: all there is to know after a reload."""

import msgspec

from matchmaker.invite import Invite
from matchmaker.message import Message
from matchmaker.room import Room
from matchmaker.seat import Seat
from matchmaker.ticket import Mode, Ticket


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A person's seat, and the invite or room it points to."""

    seat: Seat
    invite: Invite | None = None
    room: Room | None = None
    messages: tuple[Message, ...] = ()
    """The last 50 of the room, oldest first."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is waiting, as `discover` lists them."""

    ticket: Ticket
    introduced_by: str | None = None

    @property
    def mode(self) -> Mode:
        """What they wait for."""
        return self.ticket.wish.mode
