"""Events of channels: on the own stream, numbered by `people_seq`."""

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.domain.ids import UserId
from signaling.wire.channel_models import ChannelObject, MessageObject
from signaling.wire.people_events import PeopleEvent


class ChannelEvent(PeopleEvent, frozen=True, kw_only=True):
    """An event of a channel."""

    feature: ClassVar[str] = "channels"


class ChannelMessage(ChannelEvent, frozen=True, kw_only=True, tag="channel.message"):
    """A new message. Your own is the reply to what you sent, and no event."""

    message: MessageObject


class ChannelMessageChanged(ChannelEvent, frozen=True, kw_only=True, tag="channel.message_changed"):
    """A message was edited or deleted, or its reactions changed."""

    message: MessageObject


class ChannelMarked(ChannelEvent, frozen=True, kw_only=True, tag="channel.marked"):
    """A member has received, or read, everything up to a message; exactly one of the two is there."""

    channel_id: str
    user_id: UserId
    read: int | UnsetType = UNSET
    delivered: int | UnsetType = UNSET


class ChannelTypingNotice(ChannelEvent, frozen=True, kw_only=True, tag="channel.typing"):
    """A member is typing; show it for 6 seconds."""

    channel_id: str
    sender: UserId = msgspec.field(name="from")


class ChannelChanged(ChannelEvent, frozen=True, kw_only=True, tag="channel.changed"):
    """A channel is new to you, or its name, members, owner or state has changed."""

    channel: ChannelObject


class ChannelGone(ChannelEvent, frozen=True, kw_only=True, tag="channel.gone"):
    """You are no member any more, or you do not see the channel any more."""

    channel_id: str


CHANNEL_EVENTS: tuple[type[PeopleEvent], ...] = (
    ChannelMessage, ChannelMessageChanged, ChannelMarked, ChannelTypingNotice, ChannelChanged, ChannelGone,
)  # fmt: skip
