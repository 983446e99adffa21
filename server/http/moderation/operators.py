"""For moderators: users, and e-mail that was given up."""

import uuid
from typing import Annotated

import msgspec
from msgspec import Meta

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId
from server.db import cursor
from server.db.accounts import user_search
from server.db.accounts.user_search import FoundUser, UserCounts
from server.db.notifications import email_outbox
from server.db.notifications.email_outbox import FailedEmail
from server.http.constraints import Place
from server.http.route import RequestContext
from server.http.services import HttpServices
from signaling.wire.constraints import UUID

FIRST = "00000000-0000-0000-0000-000000000000"


class WhichUsers(msgspec.Struct, frozen=True, kw_only=True):
    """The users to search for."""

    query: Annotated[
        str,
        Meta(
            max_length=254,
            pattern=r"^[^\x00]*\Z",
            description="an id, an e-mail address (exactly), or the beginning of a name; left out: all",
        ),
    ] = ""
    cursor: Annotated[str, Meta(pattern=UUID, description="from the answer before")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class UsersResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The users found, by id; `cursor` leads to more, null: there are none."""

    users: list[FoundUser]
    cursor: str | None


class OneUser(msgspec.Struct, frozen=True, kw_only=True):
    """An account with its totals."""

    user: FoundUser
    counts: UserCounts


class WhichEmails(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the list to return."""

    cursor: Place | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class FailedEmails(msgspec.Struct, frozen=True, kw_only=True):
    """E-mails that were given up, the latest first; `cursor` leads to earlier ones, null: there are none."""

    emails: list[FailedEmail]
    cursor: str | None


async def users(services: HttpServices, call: RequestContext[WhichUsers]) -> UsersResponse:
    """Search for users by id, by address, or by the start of their name."""
    query, limit, now, pool = call.body.query.strip(), call.body.limit, services.clock.now(), services.moderation.pool
    try:
        found = await user_search.by_id(pool, UserId(str(uuid.UUID(query))), now=now)
        return UsersResponse(users=[] if found is None else [found], cursor=None)
    except ValueError:
        pass
    if "@" in query:
        return UsersResponse(users=await user_search.by_address(pool, query, now=now), cursor=None)
    page = await user_search.by_name(pool, query, after=call.body.cursor or FIRST, limit=limit + 1, now=now)
    return UsersResponse(users=page[:limit], cursor=page[limit - 1].user_id if len(page) > limit else None)


async def user(services: HttpServices, call: RequestContext[None]) -> OneUser:
    """Get one user, with totals."""
    name, now, pool = UserId(call.name("user_id")), services.clock.now(), services.moderation.pool
    found, counts = await user_search.by_id(pool, name, now=now), await user_search.counts(pool, name, now=now)
    if found is None or counts is None:
        raise NotFound("there is no such user")
    return OneUser(user=found, counts=counts)


async def emails(services: HttpServices, call: RequestContext[WhichEmails]) -> FailedEmails:
    """List e-mail that was given up."""
    limit = call.body.limit
    found = await email_outbox.failed(services.moderation.pool, before=cursor.place(call.body.cursor), limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return FailedEmails(
        emails=list(found[:limit]), cursor=None if last is None else cursor.cursor(last.failed_at, last.email_id)
    )
