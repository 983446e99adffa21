"""What nodes are told, not people: so that what each remembers follows what another has changed.

A fact is addressed to a person and goes to whichever node has them. It may be lost, like everything that nodes say to
each other: the truth is in engine and ledger, and a node that has missed something finds out by a conflict.
"""

import msgspec

from matchmaker.ids import RoomId, UserId
from matchmaker.message import Message, Receipt
from matchmaker.room import Room
from matchmaker.seat import Seat


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something that happened, for the node of one person."""

    to: UserId


class RoomMoved(Fact, frozen=True, kw_only=True):
    """A room has opened, or changed, or something was said in it."""

    room: Room
    message: Message | None = None


class RoomGone(Fact, frozen=True, kw_only=True):
    """A room is over."""

    room_id: RoomId


class Received(Fact, frozen=True, kw_only=True):
    """The peer has received, or read, what was said."""

    receipt: Receipt


class Apart(Fact, frozen=True, kw_only=True):
    """Two people do not meet before *until*."""

    other: UserId
    until: int


class Forgiven(Fact, frozen=True, kw_only=True):
    """The cooldown that ends at exactly *until* is removed; one of another cause stays."""

    other: UserId
    until: int


class Reread(Fact, frozen=True, kw_only=True):
    """Whom this person must not meet has become less: the ledger knows."""


class Introduced(Fact, frozen=True, kw_only=True):
    """Two people were introduced, and go first with each other."""

    other: UserId
    by: str | None


class Reseated(Fact, frozen=True, kw_only=True):
    """Another node has moved the seat of somebody whom this node has."""

    before: Seat | None
    seat: Seat | None
    """None: they are forgotten, or have come to another node."""


class Interrupted(Fact, frozen=True, kw_only=True):
    """This node, for nobody in particular, may have missed what others have said or done."""


AnyFact = RoomMoved | RoomGone | Received | Apart | Forgiven | Reread | Introduced | Reseated | Interrupted
