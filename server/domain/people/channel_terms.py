"""Limits of channels, as configured."""

import msgspec

from server.domain.people.groups import GroupLimits
from server.domain.people.messages import MessageLimits


class ChannelTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of channels. Durations are in milliseconds."""

    messages: MessageLimits = MessageLimits()
    groups: GroupLimits = GroupLimits()
    unread_max: int = 100
    search_channels: int = 200
    edited_keep_ms: int = 2_592_000_000
