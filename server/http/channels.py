"""Channels: the inbox, DMs and groups."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matchmaker.errors import (
    AccountRequired,
    ChannelClosed,
    Forbidden,
    Invalid,
    LimitReached,
    NotFound,
    Taken,
    Unavailable,
)
from matchmaker.ids import UserId
from server.http import words
from server.http.bounds import UNPRINTABLE, Place
from server.http.desk import Desk
from server.http.route import Call
from server.ledger import cursor
from signaling.bounds import AnyUser, typed
from signaling.channel_frames import Upto
from signaling.channel_objects import ChannelObject, Notify
from signaling.visible import has_visible

NAME_MAX = 60
SEEN = (NotFound, Unavailable)
ADD = (NotFound, Forbidden, LimitReached, Taken, Unavailable)
CREATE = (AccountRequired, NotFound, Invalid, LimitReached, Unavailable)
OWNER = (NotFound, Forbidden, Invalid, Unavailable)
CHANGE = (NotFound, ChannelClosed, Forbidden, Invalid, Unavailable)

GroupName = Annotated[str, typed(NAME_MAX, without=UNPRINTABLE)]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the list is wanted."""

    cursor: Place | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Inbox(msgspec.Struct, frozen=True, kw_only=True):
    """Your channels, latest first, and in how many something is unread; `cursor` leads to earlier ones."""

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
    """What is to change; what is left out stays."""

    name: GroupName | UnsetType = UNSET
    """Of a group, by its owner."""
    notify: Notify | UnsetType = UNSET
    """What you are notified of. Unread counts go on."""


class MemberObject(msgspec.Struct, frozen=True, kw_only=True):
    """A member; marks are null unless you and they send receipts."""

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
    cursor: str | None = None


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which message you have read, and received."""

    read: Upto | None = None
    delivered: Upto | None = None

    def __post_init__(self) -> None:
        """Insist that something is noted."""
        if self.read is None and self.delivered is None:
            raise Invalid("read", "name read, delivered or both")


async def inbox(desk: Desk, call: Call[Page]) -> Inbox:
    """List your channels, latest first."""
    found, unread, place = await desk.channels.reader.inbox(
        call.user, before=cursor.place(call.body.cursor), limit=call.body.limit
    )
    return Inbox(channels=found, unread_channels=unread, cursor=None if place is None else cursor.cursor(*place))


async def open_dm(desk: Desk, call: Call[None]) -> ChannelShown:
    """Open the conversation with a friend. Idempotent."""
    return ChannelShown(channel=await desk.channels.service.open_dm(call.user, UserId(call.name("user_id"))))


async def create(desk: Desk, call: Call[NewGroup]) -> ChannelShown:
    """Create a group with friends; it is yours."""
    await insist_on_account(desk, call.user)
    others = tuple(dict.fromkeys(call.body.user_ids))
    return ChannelShown(channel=await desk.channels.service.create_group(call.user, _name(call.body.name), others))


async def show(desk: Desk, call: Call[None]) -> ChannelShown:
    """Get a channel."""
    return ChannelShown(channel=await desk.channels.reader.channel(call.user, call.name("channel_id")))


async def revise(desk: Desk, call: Call[ChannelRevision]) -> ChannelShown:
    """Rename a group that you own, or set what you are notified of."""
    service, channel_id = desk.channels.service, call.name("channel_id")
    if call.body.name is not UNSET:
        await service.rename(call.user, channel_id, _name(call.body.name))
    if call.body.notify is not UNSET:
        await service.set_notify(call.user, channel_id, call.body.notify)
    return ChannelShown(channel=await desk.channels.reader.channel(call.user, channel_id))


async def members(desk: Desk, call: Call[None]) -> Members:
    """List the members of a channel."""
    found = await desk.channels.reader.members(call.user, call.name("channel_id"))
    return Members(
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
        ]
    )


async def add(desk: Desk, call: Call[None]) -> None:
    """Add a friend to a group. Idempotent."""
    await desk.channels.service.add_member(call.user, call.name("channel_id"), UserId(call.name("user_id")))


async def remove(desk: Desk, call: Call[None]) -> None:
    """Leave a group, or remove a member from one that you own. Idempotent."""
    await desk.channels.service.remove_member(call.user, call.name("channel_id"), UserId(call.name("user_id")))


async def mark(desk: Desk, call: Call[Marks]) -> None:
    """Note that everything up to a message was read, or delivered."""
    body = call.body
    await desk.channels.service.mark(
        call.user, call.name("channel_id"), read=body.read or 0, delivered=body.delivered or 0
    )


async def insist_on_account(desk: Desk, user: UserId) -> None:
    """Insist that *user* has a permanent account.

    Raises:
        AccountRequired: it is a guest.
    """
    if not await desk.channels.service.has_account(user):
        raise AccountRequired("add an e-mail address and a password first")


def _name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= NAME_MAX:
        raise Invalid("name", f"1 to {NAME_MAX} characters")
    if not words.is_printable(name):
        raise Invalid("name", "no control characters")
    if not has_visible(name):
        raise Invalid("name", "at least one visible character")
    return name
