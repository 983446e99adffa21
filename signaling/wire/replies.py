"""Replies: one class per result, and their encoding."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matchmaker.domain.message import Message
from signaling.wire.channel_models import MessageObject
from signaling.wire.constraints import FrameId
from signaling.wire.heartbeat import Heartbeat
from signaling.wire.models import InviteObject, PersonObject, QueueObject, StateObject
from signaling.wire.people_models import AskStatus, PeopleLimits

_USER = {
    "type": "object",
    "required": ["user_id", "display_name"],
    "properties": {"user_id": {"type": "string"}, "display_name": {"type": "string"}},
}
"""What every user has; `GET /v1/me` describes the rest."""


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="welcome"):
    """The answer to hello."""

    id: FrameId | UnsetType = UNSET
    user: Annotated[Any, Meta(extra_json_schema=_USER)]
    resume_key: str
    resumed: bool
    """True: the events after `resume.seq` follow. False: `seq` starts again at 1, and `state` is complete."""
    features: tuple[str, ...] | UnsetType = UNSET
    """The granted features that the client asked for; absent for a client that asked for none."""
    people_resumed: bool | UnsetType = UNSET
    """True: the events of friends and channels after `resume.people_seq` follow. False: `people_seq` starts at 1."""
    limits: PeopleLimits | UnsetType = UNSET
    """Present for a client that is granted `channels`."""
    server_at: int
    heartbeat_s: Annotated[float, Meta(description="how often the server pings; dead after two that are missed")]
    heartbeat: Heartbeat | UnsetType = UNSET
    """Present for a client that announced a heartbeat."""
    state: StateObject


class Pong(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="pong"):
    """The answer to ping."""

    id: FrameId | UnsetType = UNSET
    data: msgspec.Raw
    server_at: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a reply carries beside its `id`."""


class OkResult(Result, frozen=True, kw_only=True):
    """Success without a value."""


class QueueJoinResult(Result, frozen=True, kw_only=True):
    """The place in the queue."""

    queue: QueueObject


class DiscoverResult(Result, frozen=True, kw_only=True):
    """Waiting users."""

    people: list[PersonObject]


class InviteResult(Result, frozen=True, kw_only=True):
    """The invite that is open now."""

    invite: InviteObject


class ChatSendResult(Result, frozen=True, kw_only=True):
    """The message, now durable."""

    message: Message


class HistoryResult(Result, frozen=True, kw_only=True):
    """Messages, oldest first."""

    messages: list[Message]


class ReportResult(Result, frozen=True, kw_only=True):
    """The report, as stored."""

    report_id: str


class ChannelSent(Result, frozen=True, kw_only=True):
    """The message, now durable."""

    message: MessageObject


class FriendAskResult(Result, frozen=True, kw_only=True):
    """The friendship or request that now exists."""

    status: AskStatus


OK = OkResult()
_encode = msgspec.json.Encoder().encode


def reply_frame(result: Result, frame_id: FrameId) -> bytes:
    """Return the encoded reply to the frame *frame_id*."""
    rest = _encode(result)
    head = b'{"type":"reply","id":' + _encode(frame_id)
    return head + rest[1:] if rest == b"{}" else head + b"," + rest[1:]
