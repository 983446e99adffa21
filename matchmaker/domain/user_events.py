"""Events for users. They are independent of the wire: `signaling.wire.serializers` encodes them."""

from typing import Any

import msgspec

from matchmaker.domain.ids import InviteId, RoomId, UserId
from matchmaker.domain.invite import Invite, Outcome
from matchmaker.domain.message import Message, Receipt
from matchmaker.domain.room import Reason, Room


class UserEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event for one user."""

    to: UserId


class QueueUpdate(UserEvent, frozen=True, kw_only=True):
    """The user's place in the queue changed without a request of theirs."""

    queued: bool
    reason: str


class InviteReceived(UserEvent, frozen=True, kw_only=True):
    """The user is invited, by another user or by the queue."""

    invite: Invite


class InviteAccepted(UserEvent, frozen=True, kw_only=True):
    """The peer accepted; the user has yet to answer."""

    invite_id: InviteId


class InviteClosed(UserEvent, frozen=True, kw_only=True):
    """The invite ended, with this one outcome."""

    invite_id: InviteId
    outcome: Outcome
    by: UserId | None = None
    cooldown_until: int | None = None


class RoomStarted(UserEvent, frozen=True, kw_only=True):
    """The user is in a room, which is durable."""

    room: Room


class RoomLive(UserEvent, frozen=True, kw_only=True):
    """Media flows on both sides; the call clock runs."""

    room_id: RoomId
    live_at: int
    ends_at: int | None


class RoomModeChanged(UserEvent, frozen=True, kw_only=True):
    """Both agreed on video; the room connects again."""

    room: Room


class UpgradeRequested(UserEvent, frozen=True, kw_only=True):
    """The peer asks for video."""

    room_id: RoomId
    by: UserId


class UpgradeDeclined(UserEvent, frozen=True, kw_only=True):
    """The peer declined the request for video."""

    room_id: RoomId
    by: UserId


class PeerAway(UserEvent, frozen=True, kw_only=True):
    """The peer's connection was lost; the room ends at `ends_at` unless they return."""

    room_id: RoomId
    ends_at: int


class PeerBack(UserEvent, frozen=True, kw_only=True):
    """The peer has reconnected."""

    room_id: RoomId


class RoomEnded(UserEvent, frozen=True, kw_only=True):
    """The room has ended."""

    room_id: RoomId
    reason: Reason
    by: UserId | None
    live_ms: int
    cooldown_until: int | None


class MessageSent(UserEvent, frozen=True, kw_only=True):
    """The peer sent a message, which is durable."""

    message: Message


class ReceiptUpdated(UserEvent, frozen=True, kw_only=True):
    """The peer has received, or read, the user's messages."""

    receipt: Receipt


class TorchWarning(UserEvent, frozen=True, kw_only=True):
    """A user has been silent for too long; at `ends_at` the room ends."""

    room_id: RoomId
    idle: tuple[UserId, ...]
    ends_at: int


class TorchCleared(UserEvent, frozen=True, kw_only=True):
    """Every idle user has sent a message."""

    room_id: RoomId


class NotificationCreated(UserEvent, frozen=True, kw_only=True):
    """A notification, which is stored as well."""

    notification: dict[str, Any]


AnyUserEvent = (
    QueueUpdate
    | InviteReceived
    | InviteAccepted
    | InviteClosed
    | RoomStarted
    | RoomLive
    | RoomModeChanged
    | UpgradeRequested
    | UpgradeDeclined
    | PeerAway
    | PeerBack
    | RoomEnded
    | MessageSent
    | ReceiptUpdated
    | TorchWarning
    | TorchCleared
    | NotificationCreated
)
