"""Channels, messages and files as clients see them. Instants are Unix milliseconds of the wall clock."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Gender

Notify = Literal["all", "mentions", "none"]


class AttachmentObject(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message."""

    attachment_id: str
    name: str
    media_type: str
    bytes: int
    width: int | None
    height: int | None
    url: str | None
    """Where it is for the next minutes, relative to the server's origin unless the service has a public one; null: not
    yours and not a friend's."""


class ReactionObject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many users added an emoji."""

    emoji: str
    count: int
    mine: bool
    """Whether you are one of them."""


class MessageObject(msgspec.Struct, frozen=True, kw_only=True):
    """A message. Of a user whom you have blocked, in a group: `channel_id`, `n`, `rev` and `hidden` only."""

    channel_id: str
    n: int
    """1, 2, 3 … in each channel, without a gap."""
    rev: int
    """The channel's `rev` as of the latest change of this message; 0: it never changed."""
    hidden: Literal[True] | UnsetType = UNSET
    kind: Literal["text", "call", "notice"] | UnsetType = UNSET
    sender: UserId | UnsetType | None = msgspec.field(default=UNSET, name="from")
    body: str | UnsetType = UNSET
    client_id: str | UnsetType | None = UNSET
    reply_to: int | UnsetType | None = UNSET
    sent_at: int | UnsetType = UNSET
    edited_at: int | UnsetType | None = UNSET
    deleted_at: int | UnsetType | None = UNSET
    attachments: tuple[AttachmentObject, ...] | UnsetType = UNSET
    reactions: tuple[ReactionObject, ...] | UnsetType = UNSET
    details: Annotated[
        dict[str, Any] | UnsetType,
        Meta(
            description="Of a call `outcome`, `live_s` and `mode`; of a notice `notice` (created, added, left, removed,"
            " renamed, owner_changed, closed, reopened) and, as it applies, `by`, `user_id` and `name`"
        ),
    ] = UNSET


class ChannelUserObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A user of a channel."""

    user_id: UserId
    display_name: str
    gender: Gender | UnsetType = UNSET
    """Absent: the account was deleted."""
    interests: tuple[str, ...] = ()
    deleted: bool = False
    """The account was deleted."""


class ChannelObject(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, as one of its members sees it."""

    channel_id: str
    kind: Literal["dm", "group"]
    name: str | None
    peer: ChannelUserObject | None
    """The other user of a DM."""
    members: tuple[ChannelUserObject, ...]
    owner_id: UserId | None
    writable: bool
    last_n: int
    rev: int
    last_at: int
    last_message: MessageObject | None
    read_n: int
    """Your mark: everything up to it is read."""
    unread: Annotated[int, Meta(description="counted up to a maximum (100)")]
    mentions: Annotated[int, Meta(description="of them, that mention you")]
    notify: Notify
