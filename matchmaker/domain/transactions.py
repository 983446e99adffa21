"""Decisions, ready to be committed: records to store, records to drop, events to send."""

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.invite import Invite
from matchmaker.domain.message import Message
from matchmaker.domain.room import Reason, Room
from matchmaker.domain.user_events import AnyUserEvent
from matchmaker.domain.user_state import UserState


class StateTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """What the store commits whole or not at all. Every record carries the version it was loaded at."""

    states: tuple[UserState, ...] = ()
    invites: tuple[Invite, ...] = ()
    ended: tuple[Invite, ...] = ()
    """Invites to drop."""
    removed: tuple[UserState, ...] = ()
    """Seats to drop."""
    events: tuple[AnyUserEvent, ...] = ()


class RoomClosure(msgspec.Struct, frozen=True, kw_only=True):
    """How a room ended: what its history, totals and cooldown follow from."""

    reason: Reason
    by: UserId | None
    at: int
    """Unix milliseconds; the deadline itself when time ended the room."""
    live_ms: int
    cooldown_until: int | None
    """Until when the two do not meet again; None: the room was with the mirror. Earlier than what was written at the
    opening: that is shortened, and a cooldown of another cause stays."""


class RoomTransition(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a rule of the room: the new room, the events for users, and how it ended if it did."""

    room: Room
    events: tuple[AnyUserEvent, ...] = ()
    ending: RoomClosure | None = None
    message: Message | None = None
    """What is said with it."""


class RoomWrite(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger makes durable whole or not at all.

    `before` None opens a room; `ending` set ends it; `message` alone (`after is before`) only says something.
    """

    before: Room | None
    after: Room
    message: Message | None = None
    ending: RoomClosure | None = None
