"""A decision, ready to be committed: what to put, what to drop, whom to tell."""

import msgspec

from matchmaker.ids import UserId
from matchmaker.invite import Invite
from matchmaker.message import Message
from matchmaker.news import AnyNews
from matchmaker.room import Reason, Room
from matchmaker.seat import Seat


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What the store commits whole or not at all. Every record carries the version it was loaded at."""

    seats: tuple[Seat, ...] = ()
    invites: tuple[Invite, ...] = ()
    ended: tuple[Invite, ...] = ()
    """Invites to drop."""
    forgotten: tuple[Seat, ...] = ()
    """Seats to drop."""
    tell: tuple[AnyNews, ...] = ()


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a room ended: what its history, totals and cooldown follow from."""

    reason: Reason
    by: UserId | None
    at: int
    """Unix milliseconds; the deadline itself when time ended the room."""
    live_ms: int
    cooldown_until: int | None
    """Until when the two do not meet again; None: the room was with the mirror. Earlier than what was written at the
    opening: that is shortened, and a cooldown of another cause stays."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule of the room returns: the room as it is now, what people are told, and how it ended if it did."""

    room: Room
    tell: tuple[AnyNews, ...] = ()
    ending: Ending | None = None
    message: Message | None = None
    """What is said with it."""


class RoomChange(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger makes durable whole or not at all.

    `before` None opens a room; `ending` set ends it; `message` alone (`after is before`) only says something.
    """

    before: Room | None
    after: Room
    message: Message | None = None
    ending: Ending | None = None
