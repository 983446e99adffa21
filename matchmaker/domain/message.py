"""Chat messages and receipts."""

from typing import Literal

import msgspec

from matchmaker.domain.ids import MessageId, RoomId, UserId

Status = Literal["delivered", "read"]


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One chat message, as stored and as sent."""

    message_id: MessageId
    room_id: RoomId
    sender: UserId = msgspec.field(name="from")
    body: str
    sent_at: int
    client_id: str
    delivered_at: int | None = None
    read_at: int | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """*by* has received, or read, every message of the peer up to and including *message_id*."""

    room_id: RoomId
    message_id: MessageId
    status: Status
    by: UserId
    at: int
