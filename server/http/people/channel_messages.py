"""Messages of channels: reading, sending, changing, searching."""

from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
from msgspec import Meta

from matchmaker.domain.errors import ChannelClosed, EditExpired, Forbidden, Invalid, LimitReached, NotFound, Unavailable
from server.http.route import RequestContext
from server.http.services import HttpServices
from server.people.channels.reading import MessagePage
from signaling.connection.channel_port import Draft
from signaling.wire.channel_frames import AnyChannel, AttachmentIds, ChannelClientId, N, Text, Upto, tidy
from signaling.wire.channel_models import MessageObject
from signaling.wire.constraints import UUID

SEND = (NotFound, ChannelClosed, Invalid, Unavailable)
EDIT = (NotFound, ChannelClosed, EditExpired, Forbidden, Invalid, Unavailable)
DELETE = (NotFound, Forbidden, Unavailable)
REACT = (NotFound, ChannelClosed, Forbidden, Invalid, LimitReached, Unavailable)
SEARCH = (Invalid, NotFound, Unavailable)
N_DIGITS = 16

Match = Annotated[
    str, Meta(pattern=rf"^[0-9]{{1,14}}\.{UUID.removeprefix('^').removesuffix(chr(92) + 'Z')}\.[0-9]{{1,16}}\Z")
]
"""A cursor of search results."""


class Excerpt(msgspec.Struct, frozen=True, kw_only=True):
    """The messages to return, at most one of the four; none: the last ones."""

    before: N | None = None
    after: Upto | None = None
    around: N | None = None
    changed_after: Annotated[int, Meta(ge=0, le=2**53 - 1, description="a `rev`")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class ChannelMessages(msgspec.Struct, frozen=True, kw_only=True):
    """Messages, rising by `n`, with `changed_after` by `rev`; the position of the channel, and whether there are
    more.
    """

    messages: list[MessageObject]
    last_n: int
    rev: int
    has_before: bool
    has_after: bool


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message to send. `client_id` makes it safe to repeat."""

    client_id: ChannelClientId
    body: Text = ""
    attachment_ids: AttachmentIds = ()
    reply_to: N | None = None

    def __post_init__(self) -> None:
        """Trim the body."""
        msgspec.structs.force_setattr(self, "body", tidy(self.body))


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """The new text."""

    body: Text

    def __post_init__(self) -> None:
        """Trim the body."""
        msgspec.structs.force_setattr(self, "body", tidy(self.body))


class MessageShown(msgspec.Struct, frozen=True, kw_only=True):
    """The message."""

    message: MessageObject


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The search: words, "phrases", or, -not."""

    q: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00]*\Z")]
    channel_id: AnyChannel | None = None
    """Left out: your latest 200 channels."""
    cursor: Match | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Matches(msgspec.Struct, frozen=True, kw_only=True):
    """Messages, newest first; `cursor` leads to earlier ones, null: there are none."""

    messages: list[MessageObject]
    cursor: str | None


async def read(services: HttpServices, call: RequestContext[Excerpt]) -> ChannelMessages:
    """Read messages of a channel."""
    reader, user, channel_id, body = services.channels.reader, call.user, call.name("channel_id"), call.body
    named = [name for name in ("before", "after", "around", "changed_after") if getattr(body, name) is not None]
    if len(named) > 1:
        raise Invalid(named[1], f"name one of {' and '.join(named)}")
    page: MessagePage
    if body.after is not None:
        page = await reader.after(user, channel_id, body.after, limit=body.limit)
    elif body.around is not None:
        page = await reader.around(user, channel_id, body.around, limit=body.limit)
    elif body.changed_after is not None:
        page = await reader.changed_after(user, channel_id, body.changed_after, limit=body.limit)
    else:
        page = await reader.before(user, channel_id, body.before, limit=body.limit)
    return ChannelMessages(
        messages=page.messages,
        last_n=page.last_n,
        rev=page.rev,
        has_before=page.has_before,
        has_after=page.has_after,
    )


async def send(services: HttpServices, call: RequestContext[NewMessage]) -> MessageShown:
    """Send a message; answered once it is durable."""
    body = call.body
    draft = Draft(
        channel_id=call.name("channel_id"),
        client_id=body.client_id,
        body=body.body,
        attachment_ids=body.attachment_ids,
        reply_to=body.reply_to,
    )
    return MessageShown(message=await services.channels.sending.send_and_wait(call.user, draft))


async def edit(services: HttpServices, call: RequestContext[Edited]) -> MessageShown:
    """Replace the text of your message, within 15 minutes."""
    message = await services.channels.service.edit(call.user, call.name("channel_id"), _n(call), call.body.body)
    return MessageShown(message=message)


async def delete(services: HttpServices, call: RequestContext[None]) -> None:
    """Delete your message, or as the owner of a group any message of it. Idempotent."""
    await services.channels.service.delete(call.user, call.name("channel_id"), _n(call))


async def react(services: HttpServices, call: RequestContext[None]) -> None:
    """Add an emoji to a message. Idempotent."""
    await services.channels.service.react(call.user, call.name("channel_id"), _n(call), _emoji(call), add=True)


async def unreact(services: HttpServices, call: RequestContext[None]) -> None:
    """Remove your emoji. Idempotent."""
    await services.channels.service.react(call.user, call.name("channel_id"), _n(call), _emoji(call), add=False)


async def search(services: HttpServices, call: RequestContext[Query]) -> Matches:
    """Search in the messages you can read, newest match first; new messages are found within seconds."""
    body = call.body
    found, place = await services.channels.reader.search(
        call.user, body.q, channel_id=body.channel_id, before=_place(body.cursor), limit=body.limit
    )
    return Matches(messages=found, cursor=None if place is None else ".".join(map(str, place)))


def _n(call: RequestContext[Any]) -> int:
    text = call.request.match_info["n"]
    if not (text.isascii() and text.isdigit() and len(text) <= N_DIGITS):
        raise NotFound("there is no such message")
    return int(text)


def _emoji(call: RequestContext[Any]) -> str:
    return unquote(call.request.match_info["emoji"])


def _place(text: str | None) -> tuple[int, str, int] | None:
    if text is None:
        return None
    at, channel_id, n = text.split(".")
    return int(at), channel_id, int(n)
