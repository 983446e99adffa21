"""What users do with channels besides sending: open, read, edit, delete, react, and the members of groups."""

from collections.abc import Sequence

import msgspec

from matchmaker.clock import Clock
from matchmaker.ids import UserId, new_id
from server.ledger.channels import changes, dms, groups, inbox, search, views
from server.ledger.channels.access import Access, access_of
from server.ledger.channels.groups import Announcement
from server.ledger.channels.inbox import ChannelView, MemberView
from server.ledger.channels.records import Change
from server.ledger.channels.search import NEWEST
from server.ledger.channels.views import load_changes
from server.ledger.pool import Pool
from server.people.channels.delivery import ChannelDelivery
from server.people.channels.marks import MarkBoard
from server.people.channels.shown import Link, channel_object, message_object, seen_message
from server.people.delivery import EventDelivery
from server.people.rules.channel_terms import ChannelTerms
from server.people.rules.messages import check_body, check_emoji, mentioned
from signaling.channel_events import ChannelChanged, ChannelGone
from signaling.channel_objects import ChannelObject, MessageObject

JUST_NOW_MS = 60_000
ANNOUNCED_MAX = 10_000


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of a channel, rising, and what there is around them."""

    messages: list[MessageObject]
    last_n: int
    rev: int
    has_before: bool
    has_after: bool


class ChannelService:
    """Any call may raise `errors.Unavailable`; then nothing was stored. `NotFound`: the user does not see it."""

    def __init__(
        self,
        pool: Pool,
        *,
        delivery: ChannelDelivery,
        events: EventDelivery,
        marks: MarkBoard,
        clock: Clock,
        terms: ChannelTerms,
        link: Link,
        verified: bool,
    ) -> None:
        """*verified*: only accounts with a verified address are permanent."""
        self._pool = pool
        self._delivery = delivery
        self._events = events
        self._marks = marks
        self._clock = clock
        self._terms = terms
        self._link = link
        self._verified = verified
        self._announced: dict[str, int] = {}
        """The last notice of each DM that was announced here."""

    async def has_account(self, user: UserId) -> bool:
        """Return whether *user* has a permanent account: where letters are sent, one with a verified address."""
        return await inbox.has_account(self._pool, user, verified=self._verified)

    # Reading.

    async def inbox(
        self, user: UserId, *, before: tuple[int, str], limit: int
    ) -> tuple[list[ChannelObject], int, tuple[int, str] | None]:
        """Return a page of *user*'s channels, latest first, in how many something is unread, and the next place."""
        found, place = await inbox.page(self._pool, user, before=before, limit=limit, unread_max=self._terms.unread_max)
        return [self._shown(view) for view in found], await inbox.unread_channels(self._pool, user), place

    async def channel(self, user: UserId, channel_id: str) -> ChannelObject:
        """Return a channel as *user* sees it."""
        await access_of(self._pool, channel_id, user)
        [shown] = await self._views([(channel_id, user)])
        return shown

    async def members(self, user: UserId, channel_id: str) -> list[MemberView]:
        """Return the present members of a channel of which *user* is one; of a former member's, none."""
        access = await access_of(self._pool, channel_id, user)
        return await inbox.members(self._pool, channel_id, user) if access.is_present else []

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
        has_before = bool(found) and await self._has_before(access, channel_id, user, found[0].message.n)
        return self._page(user, access, found[:limit], has_before=has_before, has_after=len(found) > limit)

    async def around(self, user: UserId, channel_id: str, n: int, *, limit: int) -> MessagePage:
        """Return the message *n* in the middle of those around it."""
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
        """Return messages that match *words*, newest first, and the place that leads on. Raises Invalid: no word."""
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

    # Changing.

    async def mark(self, user: UserId, channel_id: str, *, read: int, delivered: int) -> None:
        """Write how far *user* is in a channel."""
        await access_of(self._pool, channel_id, user)
        await self._marks.write(user, channel_id, read=read, delivered=delivered)

    async def edit(self, user: UserId, channel_id: str, n: int, body: str) -> MessageObject:
        """Replace the text of a message. Raises as `rules.messages.check_edit`."""
        limits = self._terms.messages
        check_body(body, attachments=1, limits=limits)
        mentions = mentioned(body, sender=user, limits=limits)
        change, is_changed = await changes.edit(
            self._pool,
            channel_id,
            n,
            user,
            body=body,
            mentions=mentions,
            now=self._clock.now(),
            limits=limits,
            keep_ms=self._terms.edited_keep_ms,
        )
        if is_changed:
            self._delivery.publish([change])
        return message_object(change.message, user, link=self._link, sees_files=True)

    async def delete(self, user: UserId, channel_id: str, n: int) -> None:
        """Delete a message; idempotent. Raises as `rules.messages.check_delete`."""
        self._publish(
            await changes.delete(
                self._pool, channel_id, n, user, now=self._clock.now(), keep_ms=self._terms.edited_keep_ms
            )
        )

    async def react(self, user: UserId, channel_id: str, n: int, emoji: str, *, add: bool) -> None:
        """Add a reaction or take it back; idempotent. Raises as `rules.messages.check_reaction`."""
        check_emoji(emoji)
        self._publish(
            await changes.react(
                self._pool,
                channel_id,
                n,
                user,
                emoji,
                add=add,
                now=self._clock.now(),
                limits=self._terms.messages,
            )
        )

    # DMs and groups.

    async def open_dm(self, user: UserId, friend: UserId) -> ChannelObject:
        """Return the DM with a friend, created if there was none."""
        channel_id, created = await dms.open_dm(self._pool, user, friend, now=self._clock.now())
        if created:
            await self.announce_channel(channel_id, [friend])
        [shown] = await self._views([(channel_id, user)])
        return shown

    async def create_group(self, user: UserId, name: str, others: Sequence[UserId]) -> ChannelObject:
        """Create a group with friends. Raises as `ledger.channels.groups.create`."""
        channel_id = new_id(self._clock.now())
        announcement = await groups.create(
            self._pool, channel_id, name, user, others, now=self._clock.now(), limits=self._terms.groups
        )
        self._announce(announcement, but=user)
        return next(self._shown(view) for view in announcement.views if view.viewer == user)

    async def add_member(self, user: UserId, channel_id: str, friend: UserId) -> None:
        """Add a friend to a group; idempotent. Raises as `rules.groups.admit`."""
        now, limits = self._clock.now(), self._terms.groups
        self._announce(await groups.add(self._pool, channel_id, friend, by=user, now=now, limits=limits))

    async def remove_member(self, user: UserId, channel_id: str, member: UserId) -> None:
        """Remove a member, or leave; idempotent. Raises as `rules.groups.remove`."""
        announcement = await groups.remove(self._pool, channel_id, member, by=user, now=self._clock.now())
        if announcement is not None:
            self._events.deliver({member: ChannelGone(channel_id=channel_id)})
            self._announce(announcement)

    async def rename(self, user: UserId, channel_id: str, name: str) -> None:
        """Rename a group. Raises as `rules.groups.insist_on_owner`."""
        self._announce(await groups.rename(self._pool, channel_id, name, by=user, now=self._clock.now()))

    async def set_notify(self, user: UserId, channel_id: str, notify: str) -> None:
        """Store what *user* is notified of in a channel."""
        await access_of(self._pool, channel_id, user)
        await groups.set_notify(self._pool, channel_id, user, notify)

    # What follows from what others decided.

    async def announce_channel(self, channel_id: str, users: Sequence[UserId]) -> None:
        """Tell *users* how they see a channel now."""
        shown = await inbox.views(self._pool, [(channel_id, user) for user in users], unread_max=self._terms.unread_max)
        self._events.deliver({view.viewer: ChannelChanged(channel=self._shown(view)) for view in shown})

    async def announce_departure(self, notices: Sequence[Change]) -> None:
        """Tell the members of channels which a deleted user has left, or whose DM it closed."""
        self._delivery.publish(notices)
        for change in notices:
            await self.announce_channel(change.message.channel_id, change.audience.users)

    async def announce_dm(self, channel_id: str) -> None:
        """Tell both users of a DM that it was closed or reopened, as its last message says."""
        await self._announce_last(
            channel_id, [member.user for member in await groups.members_of(self._pool, channel_id)]
        )

    async def announce_block(self, user: UserId, target: UserId) -> None:
        """Tell *user*, who has blocked *target*, that their DM is gone, and *target* that it is closed."""
        channel_id = await dms.find_dm(self._pool, user, target)
        if channel_id is not None:
            self._events.deliver({user: ChannelGone(channel_id=channel_id)})
            await self._announce_last(channel_id, [target])

    async def record_call(
        self, caller: UserId, callee: UserId, *, call_id: str, outcome: str, live_s: float | None, mode: str
    ) -> None:
        """Store the outcome of a call of two friends in their DM, and tell both. Idempotent."""
        now = self._clock.now()
        stored = await dms.record_call(
            self._pool, caller, callee, call_id=call_id, outcome=outcome, live_s=live_s, mode=mode, now=now
        )
        if stored is not None:
            change, created = stored
            if created:
                await self.announce_channel(change.message.channel_id, change.audience.users)
            self._delivery.publish([change])

    async def _announce_last(self, channel_id: str, users: Sequence[UserId]) -> None:
        """Tell *users* how they see a channel now, and its last message, if that is a notice of just now.

        Once: somebody who is blocked after an unfriend must not learn of it.
        """
        shown = await inbox.views(self._pool, [(channel_id, user) for user in users], unread_max=self._terms.unread_max)
        if not shown:
            return
        last_n = shown[0].last_n
        found = await load_changes(self._pool, [(channel_id, last_n)], is_new=True)
        since = self._clock.now() - JUST_NOW_MS
        if self._announced.get(channel_id) == last_n or not any(
            change.message.kind == "notice" and change.message.sent_at >= since for change in found.values()
        ):
            return
        self._announced.pop(channel_id, None)
        self._announced[channel_id] = last_n
        if len(self._announced) > ANNOUNCED_MAX:
            del self._announced[next(iter(self._announced))]
        self._events.deliver({view.viewer: ChannelChanged(channel=self._shown(view)) for view in shown})
        told = [
            msgspec.structs.replace(change, audience=msgspec.structs.replace(change.audience, users=tuple(users)))
            for change in found.values()
            if change.message.kind == "notice"
        ]
        self._delivery.publish(told)

    def _publish(self, change: Change | None) -> None:
        if change is not None:
            self._delivery.publish([change])

    def _announce(self, announcement: Announcement, *, but: UserId | None = None) -> None:
        """Tell the members how they see their group now, and the notices. *but* is told by the reply."""
        shown = [view for view in announcement.views if view.viewer != but]
        self._events.deliver({view.viewer: ChannelChanged(channel=self._shown(view)) for view in shown})
        self._delivery.publish(announcement.notices)

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

    async def _views(self, keys: Sequence[tuple[str, UserId]]) -> list[ChannelObject]:
        return [self._shown(view) for view in await inbox.views(self._pool, keys, unread_max=self._terms.unread_max)]

    def _shown(self, view: ChannelView) -> ChannelObject:
        return channel_object(view, link=self._link)
