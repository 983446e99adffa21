"""For moderators: users, and e-mail that was given up."""

import uuid
from typing import Annotated

import msgspec
from msgspec import Meta

from matchmaker.errors import NotFound
from matchmaker.ids import UserId
from server.http.bounds import Place
from server.http.desk import Desk
from server.http.route import Call
from server.ledger import cursor, email_outbox, user_search
from server.ledger.email_outbox import FailedEmail
from server.ledger.user_search import FoundUser, UserCounts
from signaling.bounds import UUID

FIRST = "00000000-0000-0000-0000-000000000000"


class WhichUsers(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to look for."""

    query: Annotated[
        str,
        Meta(
            max_length=254,
            pattern=r"^[^\x00]*\Z",
            description="an id, an e-mail address (exactly), or the beginning of a name; left out: everybody",
        ),
    ] = ""
    cursor: Annotated[str, Meta(pattern=UUID, description="from the answer before")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Users(msgspec.Struct, frozen=True, kw_only=True):
    """Who was found, by id; `cursor` leads to more, null: there are none."""

    users: list[FoundUser]
    cursor: str | None


class OneUser(msgspec.Struct, frozen=True, kw_only=True):
    """An account, and how much there is of it."""

    user: FoundUser
    counts: UserCounts


class WhichEmails(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the list is wanted."""

    cursor: Place | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class FailedEmails(msgspec.Struct, frozen=True, kw_only=True):
    """E-mails that were given up, the latest first; `cursor` leads to earlier ones, null: there are none."""

    emails: list[FailedEmail]
    cursor: str | None


async def users(desk: Desk, call: Call[WhichUsers]) -> Users:
    """Look for users by id, by address, or by the beginning of their name."""
    query, limit, now, pool = call.body.query.strip(), call.body.limit, desk.clock.now(), desk.moderation.pool
    try:
        found = await user_search.by_id(pool, UserId(str(uuid.UUID(query))), now=now)
        return Users(users=[] if found is None else [found], cursor=None)
    except ValueError:
        pass
    if "@" in query:
        return Users(users=await user_search.by_address(pool, query, now=now), cursor=None)
    page = await user_search.by_name(pool, query, after=call.body.cursor or FIRST, limit=limit + 1, now=now)
    return Users(users=page[:limit], cursor=page[limit - 1].user_id if len(page) > limit else None)


async def user(desk: Desk, call: Call[None]) -> OneUser:
    """Look at one user, with counts."""
    name, now, pool = UserId(call.name("user_id")), desk.clock.now(), desk.moderation.pool
    found, counts = await user_search.by_id(pool, name, now=now), await user_search.counts(pool, name, now=now)
    if found is None or counts is None:
        raise NotFound("there is no such user")
    return OneUser(user=found, counts=counts)


async def emails(desk: Desk, call: Call[WhichEmails]) -> FailedEmails:
    """List e-mail that was given up."""
    limit = call.body.limit
    found = await email_outbox.failed(desk.moderation.pool, before=cursor.place(call.body.cursor), limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return FailedEmails(
        emails=list(found[:limit]), cursor=None if last is None else cursor.cursor(last.failed_at, last.email_id)
    )
