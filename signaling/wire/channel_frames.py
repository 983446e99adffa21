"""Frames of channels: one class per frame, with the bounds in the types."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matchmaker.domain.errors import Invalid
from signaling.wire.constraints import UUID, trimmed
from signaling.wire.frame import Frame
from signaling.wire.visible import has_visible

MESSAGE_MAX_CHARS = 4_000
"""What RONDO_MESSAGE_CHARS can be at most."""
N_MAX = 2**53 - 1

_ID = Meta(pattern=UUID, max_length=36, description="a UUID in lower case (RFC 9562 section 4)")
AnyChannel = Annotated[str, _ID]
AnyAttachment = Annotated[str, _ID]
AttachmentIds = Annotated[tuple[AnyAttachment, ...], Meta(max_length=16, description="your uploaded files, each once")]
ChannelClientId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^(?!call:)[^\x00]*\Z",
        description="unique per sender and channel; `call:` begins those of messages about calls",
    ),
]
N = Annotated[int, Meta(ge=1, le=N_MAX, description="the number of a message")]
Upto = Annotated[
    int, Meta(ge=0, le=N_MAX, description="up to and including this message; above the last one: the last")
]
_INSIDE = trimmed(MESSAGE_MAX_CHARS).removeprefix(r"^\s*").removesuffix(r"\s*\Z")
Text = Annotated[
    str,
    Meta(
        extra_json_schema={
            "pattern": rf"^\s*(?:{_INSIDE})?\s*\Z",
            "description": "after trimming at most 2000 characters (RONDO_MESSAGE_CHARS), one of them visible; none "
            "only beside attachments",
        }
    ),
]


def tidy(body: str) -> str:
    """Return *body* trimmed.

    Raises:
        Invalid: it is too long for any setting, holds a NUL, or nothing of it is visible.
    """
    body = body.strip()
    if len(body) > MESSAGE_MAX_CHARS:
        raise Invalid("body", f"longer than {MESSAGE_MAX_CHARS} characters")
    if "\x00" in body:
        raise Invalid("body", "contains the character NUL")
    if body and not has_visible(body):
        raise Invalid("body", "no visible character")
    return body


class ChannelSend(Frame, frozen=True, kw_only=True, tag="channel.send"):
    """Send a message. Acknowledged once durable; `client_id` makes it safe to repeat."""

    channel_id: AnyChannel
    client_id: ChannelClientId
    body: Text = ""
    attachment_ids: AttachmentIds = ()
    reply_to: N | None = None

    def __post_init__(self) -> None:
        """Trim the body."""
        msgspec.structs.force_setattr(self, "body", tidy(self.body))


class ChannelMark(Frame, frozen=True, kw_only=True, tag="channel.mark"):
    """Note that everything up to a message was read, or delivered."""

    channel_id: AnyChannel
    read: Upto | None = None
    delivered: Upto | None = None

    def __post_init__(self) -> None:
        """Check that a mark is given."""
        if self.read is None and self.delivered is None:
            raise Invalid("read", "name read, delivered or both")


class ChannelTyping(Frame, frozen=True, kw_only=True, tag="channel.typing"):
    """Tell the other members that something is being typed; not stored."""

    channel_id: AnyChannel


ONE_MARK = {
    "anyOf": [{"required": [name], "properties": {name: {"type": "integer"}}} for name in ("read", "delivered")]
}
"""The schema of marks: one of the two is given."""
CHANNEL_FRAMES: tuple[type[Frame], ...] = (ChannelSend, ChannelMark, ChannelTyping)
