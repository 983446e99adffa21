"""Channels and messages as they are stored. Instants are Unix milliseconds of the wall clock."""

from typing import Any, Literal

import msgspec

from matchmaker.domain.ids import UserId
from server.domain.people.messages import MessageKind
from signaling.routing.positions import Position

ChannelKind = Literal["dm", "group"]
Notify = Literal["all", "mentions", "none"]


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message."""

    attachment_id: str
    name: str
    media_type: str
    bytes: int
    width: int | None = None
    height: int | None = None


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message, with what all members see of it."""

    channel_id: str
    n: int
    rev: int = 0
    kind: MessageKind = "text"
    sender: UserId | None = None
    body: str = ""
    client_id: str | None = None
    reply_to: int | None = None
    details: dict[str, Any] = {}
    sent_at: int
    edited_at: int | None = None
    deleted_at: int | None = None
    reactions: tuple[tuple[str, tuple[UserId, ...]], ...] = ()
    """Emoji in the order in which they were first added, and who added each."""
    files: tuple[StoredFile, ...] = ()


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """The members of a channel as of a commit, and how each sees the sender."""

    users: tuple[UserId, ...]
    hidden_from: frozenset[UserId] = frozenset()
    """Members who have blocked the sender."""
    friends: frozenset[UserId] = frozenset()
    """Friends of the sender among the members; loaded only for a message with files."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was stored or changed, and its recipients."""

    message: StoredMessage
    is_new: bool
    position: Position
    """Of the channel, right after this change."""
    is_first: bool = False
    """Whether the channel had no event for a minute."""
    audience: Audience
    replied_to: UserId | None = None
    """The sender, if the connection that sent it gets the message as a reply."""


class OutgoingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A text that a user sends."""

    channel_id: str
    sender: UserId
    client_id: str
    body: str = ""
    reply_to: int | None = None
    attachments: tuple[str, ...] = ()
    mentions: tuple[UserId, ...] = ()
    on_socket: bool = False
    """Whether it came over the sender's socket, which gets the reply and not the event."""
