"""Content of messages, and who may change them until when. Instants are Unix milliseconds of the wall clock."""

import re
from collections.abc import Collection
from typing import Literal

import msgspec

from matchmaker.domain.errors import ChannelClosed, EditExpired, Forbidden, Invalid, LimitReached, NotFound
from matchmaker.domain.ids import UserId
from server.domain.people.emoji import is_emoji

MessageKind = Literal["text", "call", "notice"]

_MENTION = re.compile(r"<@([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})>")


class MessageLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of a message."""

    chars: int = 2_000
    attachments: int = 4
    mentions: int = 10
    reactions: int = 20
    """Maximum number of different emoji per message."""
    edit_ms: int = 900_000
    """How long after sending a text can be edited."""


class MessageAuthor(msgspec.Struct, frozen=True, kw_only=True):
    """The rights of a user in a channel, for changes of messages."""

    user: UserId
    is_present: bool
    """Whether the user is a member now."""
    is_owner: bool
    """Whether the user owns the group."""
    is_open: bool
    """Whether the channel accepts messages."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a message that changes depend on."""

    kind: MessageKind
    sender: UserId | None
    sent_at: int
    is_deleted: bool
    body: str
    has_attachments: bool


def check_body(body: str, *, attachments: int, limits: MessageLimits) -> None:
    """Check that a trimmed *body* and this number of attachments are a valid message.

    Raises:
        Invalid: it is empty, or a limit is exceeded.
    """
    if attachments > limits.attachments:
        raise Invalid("attachment_ids", f"at most {limits.attachments}")
    if not body and not attachments:
        raise Invalid("body", "a message has a text or an attachment")
    if len(body) > limits.chars:
        raise Invalid("body", f"longer than {limits.chars} characters")


def mentioned(body: str, *, sender: UserId, limits: MessageLimits) -> tuple[UserId, ...]:
    """Return the users mentioned in *body*, without duplicates and without *sender*; members or not.

    Raises:
        Invalid: there are too many.
    """
    if "<@" not in body:
        return ()
    found = tuple(UserId(user) for user in dict.fromkeys(_MENTION.findall(body)) if user != sender)
    if len(found) > limits.mentions:
        raise Invalid("body", f"more than {limits.mentions} mentions")
    return found


def check_edit(message: Written, writer: MessageAuthor, body: str, *, now: int, limits: MessageLimits) -> None:
    """Check that *writer* may replace the text of *message* by *body* at *now*.

    Raises:
        Invalid: the message would be empty.
        Forbidden: it is another user's, or a notice.
        ChannelClosed: the channel is closed, or *writer* is no longer a member.
        NotFound: it is deleted.
        EditExpired: it was sent too long ago.
    """
    if message.kind != "text" or message.sender != writer.user:
        raise Forbidden("only its sender can edit a message")
    if message.is_deleted:
        raise NotFound("this message is deleted")
    if not (writer.is_present and writer.is_open):
        raise ChannelClosed
    if now >= message.sent_at + limits.edit_ms:
        raise EditExpired
    check_body(body, attachments=int(message.has_attachments), limits=limits)


def check_delete(message: Written, writer: MessageAuthor) -> None:
    """Check that *writer* may delete *message*: its sender at any time, the present owner of a group.

    Raises:
        Forbidden: neither.
    """
    is_own = message.sender == writer.user
    if message.kind != "text" or not (is_own or (writer.is_owner and writer.is_present)):
        raise Forbidden("only its sender, or the owner of the group, can delete a message")


def check_reaction(
    message: Written, writer: MessageAuthor, emoji: str, *, present: Collection[str], limits: MessageLimits
) -> None:
    """Check that *writer* may add *emoji* to *message*, which has the emoji *present*.

    Raises:
        ChannelClosed: the channel is closed, or *writer* is no longer a member.
        NotFound: the message is deleted.
        Forbidden: the service wrote it.
        LimitReached: the limit of different emoji is reached.
    """
    if not (writer.is_present and writer.is_open):
        raise ChannelClosed
    if message.is_deleted:
        raise NotFound("this message is deleted")
    if message.kind != "text":
        raise Forbidden("only messages of users take reactions")
    if emoji not in present and len(present) >= limits.reactions:
        raise LimitReached("reactions", limits.reactions)


def check_emoji(emoji: str) -> None:
    """Check that *emoji* is a single emoji.

    Raises:
        Invalid: it is not exactly one emoji of at most 64 bytes.
    """
    if not is_emoji(emoji):
        raise Invalid("emoji", "exactly one emoji of at most 64 bytes")
