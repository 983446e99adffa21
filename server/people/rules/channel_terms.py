"""The numbers of channels, as the operator has set them."""

import msgspec

from server.people.rules.groups import GroupLimits
from server.people.rules.messages import MessageLimits


class ChannelTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for channels. Durations are milliseconds."""

    messages: MessageLimits = MessageLimits()
    groups: GroupLimits = GroupLimits()
    unread_max: int = 100
    search_channels: int = 200
    edited_keep_ms: int = 2_592_000_000
