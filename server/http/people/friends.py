"""Friends, and requests to be friends."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matchmaker.domain.errors import Invalid, LimitReached, NotFound, RateLimited
from matchmaker.domain.ids import UserId
from server.db import cursor
from server.http.constraints import UNPRINTABLE, Place
from server.http.route import RequestContext
from server.http.services import HttpServices
from signaling.wire.constraints import Note
from signaling.wire.people_models import AskStatus, FriendObject, FriendRequestObject

ASK = (NotFound, Invalid, LimitReached, RateLimited)

Nickname = Annotated[
    str, Meta(max_length=40, pattern=rf"^[^{UNPRINTABLE}]*\Z", description="only you see it; empty: none")
]
PrivateNote = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*\Z", description="only you see it; empty: none")]


class FriendRequestBody(msgspec.Struct, frozen=True, kw_only=True):
    """The request: quiet, so that they learn of it only if they send one too, or with a note."""

    quiet: bool = False
    note: Note = ""


class FriendRequestResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The friendship or request that now exists."""

    status: AskStatus


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """Your private fields about a friend; fields that are left out stay."""

    nickname: Nickname | UnsetType = UNSET
    note: PrivateNote | UnsetType = UNSET


class FriendShown(msgspec.Struct, frozen=True, kw_only=True):
    """Your friend."""

    friend: FriendObject


class FriendsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the list to return."""

    cursor: Place | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class FriendsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Your friends, the latest first; `cursor` leads to earlier ones, null: there are none."""

    friends: list[FriendObject]
    cursor: str | None


class Requests(msgspec.Struct, frozen=True, kw_only=True):
    """Open requests, the latest first; a page holds `limit` of both kinds together."""

    received: list[FriendRequestObject]
    sent: list[FriendRequestObject]
    cursor: str | None


async def ask(services: HttpServices, call: RequestContext[FriendRequestBody]) -> FriendRequestResponse:
    """Send a friend request to a user you have met; if they have sent you one, you become friends. Idempotent."""
    target = UserId(call.name("user_id"))
    status = await services.friends.ask(call.user, target, quiet=call.body.quiet, note=call.body.note.strip())
    return FriendRequestResponse(status=status)


async def end(services: HttpServices, call: RequestContext[None]) -> None:
    """End a friendship, or withdraw your request; the other is not told. Idempotent."""
    await services.friends.remove(call.user, UserId(call.name("user_id")))


async def annotate(services: HttpServices, call: RequestContext[Annotation]) -> FriendShown:
    """Store a nickname and a note about a friend, for you only."""
    nickname, note = call.body.nickname, call.body.note
    friend = await services.friends.annotate(
        call.user,
        UserId(call.name("user_id")),
        nickname=None if nickname is UNSET else nickname.strip(),
        note=None if note is UNSET else note.strip(),
    )
    return FriendShown(friend=friend)


async def show(services: HttpServices, call: RequestContext[FriendsQuery]) -> FriendsResponse:
    """List your friends, the latest first."""
    found, place = await services.friends.friends(
        call.user, before=cursor.place(call.body.cursor), limit=call.body.limit
    )
    return FriendsResponse(friends=found, cursor=None if place is None else cursor.cursor(*place))


async def requests(services: HttpServices, call: RequestContext[FriendsQuery]) -> Requests:
    """List open requests to you and from you."""
    received, sent, place = await services.friends.requests(
        call.user, before=cursor.place(call.body.cursor), limit=call.body.limit
    )
    return Requests(received=received, sent=sent, cursor=None if place is None else cursor.cursor(*place))


async def decline(services: HttpServices, call: RequestContext[None]) -> None:
    """Decline a request; the other is not told. Idempotent."""
    await services.friends.decline(call.user, UserId(call.name("user_id")))
