"""Snapshots: everything a client needs after a reload."""

import msgspec

from matchmaker.domain.invite import Invite
from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.ticket import Mode, Ticket
from matchmaker.domain.user_state import UserState


class UserSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a user, and the invite or room it points to."""

    state: UserState
    invite: Invite | None = None
    room: Room | None = None
    messages: tuple[Message, ...] = ()
    """The last 50 of the room, oldest first."""


class DiscoverEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A waiting user, as `discover` lists them."""

    ticket: Ticket
    introduced_by: str | None = None

    @property
    def mode(self) -> Mode:
        """The mode they wait for."""
        return self.ticket.wish.mode
