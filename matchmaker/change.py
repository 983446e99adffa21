"""A decision, ready to be committed: what to put, what to drop, whom to tell."""

import msgspec

from matchmaker.fact import AnyFact
from matchmaker.ids import UserId
from matchmaker.invite import Invite
from matchmaker.message import Message
from matchmaker.news import AnyNews
from matchmaker.room import Reason, Room
from matchmaker.seat import Seat


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Two seats taken for a room that is yet to become durable: enough to give them back if nobody lives who could."""

    room: Room
    before: tuple[Seat, Seat]
    """Where the two were."""
    invite: Invite | None
    until: int
    """When whoever finds it may look what has become of the room (Unix milliseconds)."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine stores whole or not at all. Every record carries the version it was loaded at."""

    seats: tuple[Seat, ...] = ()
    invites: tuple[Invite, ...] = ()
    ended: tuple[Invite, ...] = ()
    """Invites to drop."""
    forgotten: tuple[Seat, ...] = ()
    """Seats to drop."""
    restored: tuple[tuple[int, Seat], ...] = ()
    """Seats that the engine has lost, or has as they were before, and at which version: 0, if not at all."""
    claim: Claim | None = None
    """Kept until `Engine.settle`."""
    is_told_otherwise: bool = False
    """Whether those who are here are told in another way when the engine does not answer: then not late as well."""
    tell: tuple[AnyNews | AnyFact, ...] = ()


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


class RoomChange(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger makes durable whole or not at all.

    `before` None opens a room; `ending` set ends it; `message` alone (`after is before`) only says something.
    """

    before: Room | None
    after: Room
    message: Message | None = None
    ending: Ending | None = None
