"""Channels: the inbox, DMs and groups."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matchmaker.domain.errors import (
    AccountRequired,
    ChannelClosed,
    Forbidden,
    Invalid,
    LimitReached,
    NotFound,
    StateConflict,
    Unavailable,
)
from matchmaker.domain.ids import UserId
from server.db import cursor
from server.http import validators
from server.http.constraints import UNPRINTABLE, Place
from server.http.route import RequestContext
from server.http.services import HttpServices
from signaling.wire.channel_frames import Upto
from signaling.wire.channel_models import ChannelObject, ChannelUserObject, Notify
from signaling.wire.constraints import AnyUser, typed
from signaling.wire.visible import has_visible

NAME_MAX = 60
SEEN = (NotFound, Unavailable)
ADD = (NotFound, Forbidden, LimitReached, StateConflict, Unavailable)
CREATE = (AccountRequired, NotFound, Invalid, LimitReached, Unavailable)
OWNER = (NotFound, Forbidden, Invalid, Unavailable)
CHANGE = (NotFound, ChannelClosed, Forbidden, Invalid, Unavailable)

GroupName = Annotated[str, typed(NAME_MAX, without=UNPRINTABLE)]


class ChannelsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the list to return."""

    cursor: Place | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Inbox(msgspec.Struct, frozen=True, kw_only=True):
    """Your channels, latest first, and how many have unread messages; `cursor` leads to earlier ones."""

    channels: list[ChannelObject]
    unread_channels: int
    cursor: str | None


class ChannelShown(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, as you see it."""

    channel: ChannelObject


class NewGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group and the friends in it."""

    name: GroupName
    user_ids: Annotated[tuple[AnyUser, ...], Meta(max_length=50, description="friends, without yourself")]


class ChannelRevision(msgspec.Struct, frozen=True, kw_only=True):
    """The changes; fields that are left out stay."""

    name: GroupName | UnsetType = UNSET
    """Of a group, by its owner."""
    notify: Notify | UnsetType = UNSET
    """Your notification setting. Unread counts are not affected."""


class MemberObject(msgspec.Struct, frozen=True, kw_only=True):
    """A member; marks are null unless the channel is open, both of you send receipts, and you have not blocked them."""

    user_id: UserId
    display_name: str
    gender: str
    interests: tuple[str, ...]
    is_owner: bool
    joined_at: int
    read_n: int | None
    delivered_n: int | None


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """The members; all of them fit one page."""

    members: list[MemberObject]
    former: list[ChannelUserObject]
    """Who was a member while you were, the last to leave first: messages and notices name them. 100 at most."""
    cursor: str | None = None


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """The last message you have read, and received."""

    read: Upto | None = None
    delivered: Upto | None = None

    def __post_init__(self) -> None:
        """Check that a mark is given."""
        if self.read is None and self.delivered is None:
            raise Invalid("read", "name read, delivered or both")


async def inbox(services: HttpServices, call: RequestContext[ChannelsQuery]) -> Inbox:
    """List your channels, latest first."""
    found, unread, place = await services.channels.reader.inbox(
        call.user, before=cursor.place(call.body.cursor), limit=call.body.limit
    )
    return Inbox(channels=found, unread_channels=unread, cursor=None if place is None else cursor.cursor(*place))


async def open_dm(services: HttpServices, call: RequestContext[None]) -> ChannelShown:
    """Open the conversation with a friend. Idempotent."""
    return ChannelShown(channel=await services.channels.service.open_dm(call.user, UserId(call.name("user_id"))))


async def create(services: HttpServices, call: RequestContext[NewGroup]) -> ChannelShown:
    """Create a group with friends; it is yours."""
    await insist_on_account(services, call.user)
    others = tuple(dict.fromkeys(call.body.user_ids))
    return ChannelShown(channel=await services.channels.service.create_group(call.user, _name(call.body.name), others))


async def show(services: HttpServices, call: RequestContext[None]) -> ChannelShown:
    """Get a channel."""
    return ChannelShown(channel=await services.channels.reader.channel(call.user, call.name("channel_id")))


async def revise(services: HttpServices, call: RequestContext[ChannelRevision]) -> ChannelShown:
    """Rename a group that you own, or change your notification setting."""
    service, channel_id = services.channels.service, call.name("channel_id")
    if call.body.name is not UNSET:
        await service.rename(call.user, channel_id, _name(call.body.name))
    if call.body.notify is not UNSET:
        await service.set_notify(call.user, channel_id, call.body.notify)
    return ChannelShown(channel=await services.channels.reader.channel(call.user, channel_id))


async def members(services: HttpServices, call: RequestContext[None]) -> Members:
    """List the members of a channel, and former ones."""
    reader, channel_id = services.channels.reader, call.name("channel_id")
    found = await reader.members(call.user, channel_id)
    return Members(
        former=await reader.former_members(call.user, channel_id),
        members=[
            MemberObject(
                user_id=member.profile.user_id,
                display_name=member.profile.display_name,
                gender=member.profile.gender,
                interests=member.profile.interests,
                is_owner=member.is_owner,
                joined_at=member.joined_at,
                read_n=member.read_n,
                delivered_n=member.delivered_n,
            )
            for member in found
        ],
    )


async def add(services: HttpServices, call: RequestContext[None]) -> None:
    """Add a friend to a group. Idempotent."""
    await services.channels.service.add_member(call.user, call.name("channel_id"), UserId(call.name("user_id")))


async def remove(services: HttpServices, call: RequestContext[None]) -> None:
    """Leave a group, or remove a member from one that you own. Idempotent."""
    await services.channels.service.remove_member(call.user, call.name("channel_id"), UserId(call.name("user_id")))


async def mark(services: HttpServices, call: RequestContext[Marks]) -> None:
    """Report that everything up to a message was read, or delivered."""
    body = call.body
    await services.channels.service.mark(
        call.user, call.name("channel_id"), read=body.read or 0, delivered=body.delivered or 0
    )


async def insist_on_account(services: HttpServices, user: UserId) -> None:
    """Check that *user* has a permanent account.

    Raises:
        AccountRequired: they are a guest.
    """
    if not await services.channels.service.has_account(user):
        raise AccountRequired("add an e-mail address and a password first")


def _name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= NAME_MAX:
        raise Invalid("name", f"1 to {NAME_MAX} characters")
    if not validators.is_printable(name):
        raise Invalid("name", "no control characters")
    if not has_visible(name):
        raise Invalid("name", "at least one visible character")
    return name
