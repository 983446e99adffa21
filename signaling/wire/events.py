"""Events: one class each. `seq` is inserted where a session numbers it."""

from typing import Any

import msgspec

from matchmaker.domain.ids import InviteId, MessageId, RoomId, UserId
from matchmaker.domain.invite import Outcome
from matchmaker.domain.message import Message, Status
from matchmaker.domain.room import Reason
from signaling.wire.event import Event
from signaling.wire.models import InviteObject, NotificationObject, RoomObject


class QueueUpdateEvent(Event, frozen=True, kw_only=True, tag="queue.update"):
    """You entered or left the queue without having asked."""

    queued: bool
    reason: str


class InviteReceivedEvent(Event, frozen=True, kw_only=True, tag="invite.received"):
    """A user, or the queue, invites you."""

    invite: InviteObject


class InviteAcceptedEvent(Event, frozen=True, kw_only=True, tag="invite.accepted"):
    """The peer accepted; you have yet to answer."""

    invite_id: InviteId


class InviteClosedEvent(Event, frozen=True, kw_only=True, tag="invite.closed"):
    """The invite ended, with this one outcome."""

    invite_id: InviteId
    outcome: Outcome
    by: UserId | None
    cooldown_until_at: int | None


class RoomStartedEvent(Event, frozen=True, kw_only=True, tag="room.started"):
    """You are in a room."""

    room: RoomObject


class RoomLiveEvent(Event, frozen=True, kw_only=True, tag="room.live"):
    """Both have media; the call clock runs."""

    room_id: RoomId
    live_at: int
    ends_at: int | None


class RoomModeChangedEvent(Event, frozen=True, kw_only=True, tag="room.mode_changed"):
    """Both agreed on video."""

    room: RoomObject


class UpgradeRequestedEvent(Event, frozen=True, kw_only=True, tag="room.upgrade_requested"):
    """The peer asks for video."""

    room_id: RoomId
    by: UserId


class UpgradeDeclinedEvent(Event, frozen=True, kw_only=True, tag="room.upgrade_declined"):
    """The peer declined: the room stays a text room."""

    room_id: RoomId
    by: UserId


class PeerAwayEvent(Event, frozen=True, kw_only=True, tag="room.peer_away"):
    """The peer's connection was lost; the room ends at `ends_at` unless they return."""

    room_id: RoomId
    ends_at: int
    ends_in_ms: int


class PeerBackEvent(Event, frozen=True, kw_only=True, tag="room.peer_back"):
    """The peer has returned."""

    room_id: RoomId


class RoomEndedEvent(Event, frozen=True, kw_only=True, tag="room.ended"):
    """The room is over."""

    room_id: RoomId
    reason: Reason
    by: UserId | None
    live_s: float
    cooldown_until_at: int | None


class SignalEvent(Event, frozen=True, kw_only=True, tag="signal"):
    """The peer's description or candidate, unchanged; one of the two is present."""

    room_id: RoomId
    sender: UserId = msgspec.field(name="from")
    description: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    candidate: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET


class ChatMessageEvent(Event, frozen=True, kw_only=True, tag="chat.message"):
    """The peer sent a message."""

    message: Message


class ChatReceiptEvent(Event, frozen=True, kw_only=True, tag="chat.receipt"):
    """The peer has received, or read, everything up to and including this message."""

    room_id: RoomId
    message_id: MessageId
    status: Status
    by: UserId
    at: int


class ChatTypingEvent(Event, frozen=True, kw_only=True, tag="chat.typing"):
    """The peer is typing."""

    room_id: RoomId
    sender: UserId = msgspec.field(name="from")


class TorchWarningEvent(Event, frozen=True, kw_only=True, tag="torch.warning"):
    """A user has been silent for too long; the room ends at `ends_at` unless every idle user sends a message."""

    room_id: RoomId
    idle: tuple[UserId, ...]
    ends_at: int
    ends_in_ms: int


class TorchClearedEvent(Event, frozen=True, kw_only=True, tag="torch.cleared"):
    """Every idle user has sent a message."""

    room_id: RoomId


class NotificationEvent(Event, frozen=True, kw_only=True, tag="notification"):
    """A notification, which is stored as well."""

    notification: NotificationObject


class DrainingEvent(Event, frozen=True, kw_only=True, tag="server.draining"):
    """The server goes away: reconnect at a random moment within this time."""

    reconnect_in_ms: int


EVENTS: tuple[type[Event], ...] = (
    QueueUpdateEvent, InviteReceivedEvent, InviteAcceptedEvent, InviteClosedEvent, RoomStartedEvent, RoomLiveEvent,
    RoomModeChangedEvent, UpgradeRequestedEvent, UpgradeDeclinedEvent, PeerAwayEvent, PeerBackEvent, RoomEndedEvent,
    SignalEvent, ChatMessageEvent, ChatReceiptEvent, ChatTypingEvent, TorchWarningEvent, TorchClearedEvent,
    NotificationEvent, DrainingEvent,
)  # fmt: skip
