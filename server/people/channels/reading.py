"""Channels and messages as one user reads them: the inbox, pages of a channel, search."""

from collections.abc import Sequence

import msgspec

from matchmaker.domain.ids import UserId
from server.db.channels.access import Access, access_of
from server.db.channels.members import inbox
from server.db.channels.members.inbox import MemberView
from server.db.channels.messages import search, views
from server.db.channels.messages.search import NEWEST
from server.db.pool import Pool
from server.domain.people.channel_terms import ChannelTerms
from server.people.channels.shown import Link, channel_object, seen_message, user_object
from signaling.wire.channel_models import ChannelObject, ChannelUserObject, MessageObject


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of a channel, rising, with the bounds around them."""

    messages: list[MessageObject]
    last_n: int
    rev: int
    has_before: bool
    has_after: bool


class ChannelReader:
    """Any call may raise `errors.Unavailable`. `NotFound`: the user does not see it."""

    def __init__(self, pool: Pool, *, terms: ChannelTerms, link: Link) -> None:
        self._pool = pool
        self._terms = terms
        self._link = link

    async def inbox(
        self, user: UserId, *, before: tuple[int, str], limit: int
    ) -> tuple[list[ChannelObject], int, tuple[int, str] | None]:
        """Return a page of *user*'s channels, latest first, in how many something is unread, and the next place."""
        found, unread, place = await inbox.page(
            self._pool, user, before=before, limit=limit, unread_max=self._terms.unread_max
        )
        return [channel_object(view, link=self._link) for view in found], unread, place

    async def channel(self, user: UserId, channel_id: str) -> ChannelObject:
        """Return a channel as *user* sees it."""
        await access_of(self._pool, channel_id, user)
        return await self.view(user, channel_id)

    async def view(self, user: UserId, channel_id: str) -> ChannelObject:
        """Return a channel as *user*, who is known to be or have been a member, sees it."""
        [found] = await inbox.views(self._pool, [(channel_id, user)], unread_max=self._terms.unread_max)
        return channel_object(found, link=self._link)

    async def members(self, user: UserId, channel_id: str) -> list[MemberView]:
        """Return the present members of a channel of which *user* is one; for a former member, none."""
        access = await access_of(self._pool, channel_id, user)
        return await inbox.members(self._pool, channel_id, user) if access.is_present else []

    async def former_members(self, user: UserId, channel_id: str) -> list[ChannelUserObject]:
        """Return who was a member while *user* was, as messages name them, and is not listed as one."""
        await access_of(self._pool, channel_id, user)
        return [user_object(profile) for profile in await inbox.former(self._pool, channel_id, user)]

    async def before(self, user: UserId, channel_id: str, n: int | None, *, limit: int) -> MessagePage:
        """Return the messages just below *n*; None: the last ones."""
        access = await access_of(self._pool, channel_id, user)
        edge = access.last_n + 1 if n is None else min(n, access.last_n + 1)
        found = await views.before(
            self._pool,
            channel_id,
            user,
            edge,
            above=access.joined_n,
            limit=limit + 1,
            is_group=access.kind == "group",
        )
        return self._page(user, access, found[-limit:], has_before=len(found) > limit, has_after=edge <= access.last_n)

    async def after(self, user: UserId, channel_id: str, n: int, *, limit: int) -> MessagePage:
        """Return the messages just above *n*."""
        access = await access_of(self._pool, channel_id, user)
        found = await self._after(access, channel_id, user, n, limit=limit + 1)
        first = found[0].message.n if found else access.last_n + 1
        has_before = await self._has_before(access, channel_id, user, first)
        return self._page(user, access, found[:limit], has_before=has_before, has_after=len(found) > limit)

    async def around(self, user: UserId, channel_id: str, n: int, *, limit: int) -> MessagePage:
        """Return the message *n* with those around it."""
        access = await access_of(self._pool, channel_id, user)
        half = limit // 2
        earlier = await views.before(
            self._pool,
            channel_id,
            user,
            n,
            above=access.joined_n,
            limit=half + 1,
            is_group=access.kind == "group",
        )
        later = await self._after(access, channel_id, user, n - 1, limit=limit - half + 1)
        shown = earlier[-half:] if half else []
        return self._page(
            user,
            access,
            [*shown, *later[: limit - half]],
            has_before=len(earlier) > half,
            has_after=len(later) > limit - half,
        )

    async def changed_after(self, user: UserId, channel_id: str, rev: int, *, limit: int) -> MessagePage:
        """Return the messages that changed after *rev*, in the order of their changes."""
        access = await access_of(self._pool, channel_id, user)
        found = await views.changed(
            self._pool,
            channel_id,
            user,
            rev,
            above=access.joined_n,
            upto=access.last_n,
            limit=limit + 1,
            is_group=access.kind == "group",
        )
        return self._page(user, access, found[:limit], has_before=rev > 0, has_after=len(found) > limit)

    async def search(
        self, user: UserId, words: str, *, channel_id: str | None, before: tuple[int, str, int] | None, limit: int
    ) -> tuple[list[MessageObject], tuple[int, str, int] | None]:
        """Return messages that match *words*, newest first, and the next cursor. Raises Invalid: no word."""
        if channel_id is not None:
            await access_of(self._pool, channel_id, user)
        found = await search.search(
            self._pool,
            user,
            words,
            channel_id=channel_id,
            channels=self._terms.search_channels,
            before=before or NEWEST,
            limit=limit,
        )
        return [seen_message(one, user, link=self._link) for one in found.messages], found.place

    async def _after(
        self, access: Access, channel_id: str, user: UserId, n: int, *, limit: int
    ) -> list[views.SeenMessage]:
        return await views.after(
            self._pool,
            channel_id,
            user,
            max(n, access.joined_n),
            upto=access.last_n,
            limit=limit,
            is_group=access.kind == "group",
        )

    async def _has_before(self, access: Access, channel_id: str, user: UserId, n: int) -> bool:
        if n <= access.joined_n + 1:
            return False
        earlier = await views.before(
            self._pool, channel_id, user, n, above=access.joined_n, limit=1, is_group=access.kind == "group"
        )
        return bool(earlier)

    def _page(
        self, user: UserId, access: Access, found: Sequence[views.SeenMessage], *, has_before: bool, has_after: bool
    ) -> MessagePage:
        return MessagePage(
            messages=[seen_message(one, user, link=self._link) for one in found],
            last_n=access.last_n,
            rev=access.rev,
            has_before=has_before,
            has_after=has_after,
        )
