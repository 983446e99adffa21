"""Channel operations besides sending and reading: open, edit, delete, react, and the members of groups."""

from collections.abc import Sequence

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.domain.friend_call import FriendCall
from matchmaker.domain.ids import UserId, new_id
from server.db.channels import calls
from server.db.channels.access import access_of
from server.db.channels.members import dms, groups, inbox
from server.db.channels.members.groups import Announcement
from server.db.channels.members.inbox import ChannelView
from server.db.channels.messages import changes
from server.db.channels.messages.views import load_changes
from server.db.channels.records import Change
from server.db.pool import Pool
from server.domain.people.channel_terms import ChannelTerms
from server.domain.people.messages import check_body, check_emoji, mentioned
from server.people.channels.delivery import ChannelDelivery
from server.people.channels.marks import MarkBoard
from server.people.channels.reading import ChannelReader
from server.people.channels.shown import Link, channel_object, message_object
from server.people.delivery import EventDelivery
from signaling.wire.channel_events import ChannelChanged, ChannelGone
from signaling.wire.channel_models import ChannelObject, MessageObject
from signaling.wire.events import NotificationEvent

JUST_NOW_MS = 60_000
ANNOUNCED_MAX = 10_000


class ChannelService:
    """Any call may raise `errors.Unavailable`; then nothing was stored. `NotFound`: the user does not see it."""

    def __init__(
        self,
        pool: Pool,
        *,
        delivery: ChannelDelivery,
        events: EventDelivery,
        marks: MarkBoard,
        reader: ChannelReader,
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
        self._reader = reader
        self._clock = clock
        self._terms = terms
        self._link = link
        self._verified = verified
        self._announced: dict[str, int] = {}
        """The last notice of each DM that was announced here."""

    async def has_account(self, user: UserId) -> bool:
        """Return whether *user* has a permanent account: where e-mail is configured, one with a verified address."""
        return await inbox.has_account(self._pool, user, verified=self._verified)

    # Changes.

    async def mark(self, user: UserId, channel_id: str, *, read: int, delivered: int) -> None:
        """Write how far *user* has read in a channel."""
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
        """Add or remove a reaction; idempotent. Raises as `rules.messages.check_reaction`."""
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
        return await self._reader.view(user, channel_id)

    async def create_group(self, user: UserId, name: str, others: Sequence[UserId]) -> ChannelObject:
        """Create a group with friends. Raises as `ledger.channels.groups.create`."""
        channel_id = new_id(self._clock.now())
        announcement = await groups.create(
            self._pool, channel_id, name, user, others, now=self._clock.now(), limits=self._terms.groups
        )
        self._announce(announcement, but=user)
        return next(channel_object(view, link=self._link) for view in announcement.views if view.viewer == user)

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
        """Store the notification setting of *user* for a channel."""
        await access_of(self._pool, channel_id, user)
        await groups.set_notify(self._pool, channel_id, user, notify)

    # Effects of other operations.

    async def announce_channel(self, channel_id: str, users: Sequence[UserId]) -> None:
        """Send *users* the channel as they see it now."""
        shown = await inbox.views(self._pool, [(channel_id, user) for user in users], unread_max=self._terms.unread_max)
        self._events.deliver(
            {view.viewer: ChannelChanged(channel=channel_object(view, link=self._link)) for view in shown}
        )

    async def announce_departure(self, notices: Sequence[Change]) -> None:
        """Tell the members of channels that a deleted user has left, or whose DM it closed."""
        self._delivery.publish(notices)
        for change in notices:
            await self.announce_channel(change.message.channel_id, change.audience.users)

    async def announce_dm(self, channel_id: str) -> None:
        """Tell both users of a DM that it was closed or reopened, as its last message states."""
        await self._announce_last(
            channel_id, [member.user for member in await groups.members_of(self._pool, channel_id)]
        )

    async def announce_block(self, user: UserId, target: UserId) -> None:
        """Tell *user*, who has blocked *target*, that their DM is removed, and *target* that it is closed."""
        channel_id = await dms.find_dm(self._pool, user, target)
        if channel_id is not None:
            self._events.deliver({user: ChannelGone(channel_id=channel_id)})
            await self._announce_last(channel_id, [target])

    async def record_call(self, call: FriendCall) -> None:
        """Store the outcome of a call of two friends in their DM, and send it to both. Idempotent."""
        stored = await calls.record_call(self._pool, call, now=self._clock.now())
        if stored is None:
            return
        if stored.is_new_dm:
            await self.announce_channel(stored.change.message.channel_id, stored.change.audience.users)
        self._delivery.publish([stored.change])
        if stored.notification is not None:
            self._events.deliver({call.callee: NotificationEvent(notification=stored.notification)})

    async def _announce_last(self, channel_id: str, users: Sequence[UserId]) -> None:
        """Send *users* the channel as they see it now, and its last message, if that is a recent notice.

        Once: a user who is blocked after an unfriend must not learn of it.
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
        self._events.deliver(
            {view.viewer: ChannelChanged(channel=channel_object(view, link=self._link)) for view in shown}
        )
        told = [
            msgspec.structs.replace(change, audience=msgspec.structs.replace(change.audience, users=tuple(users)))
            for change in found.values()
            if change.message.kind == "notice"
        ]
        self._delivery.publish(told)

    def _show(self, views: Sequence[ChannelView]) -> None:
        """Send each viewer the channel as they see it now."""
        self._events.deliver(
            {view.viewer: ChannelChanged(channel=channel_object(view, link=self._link)) for view in views}
        )

    def _publish(self, change: Change | None) -> None:
        if change is not None:
            self._delivery.publish([change])

    def _announce(self, announcement: Announcement, *, but: UserId | None = None) -> None:
        """Send the members their group as they see it now, and the notices. *but* gets them by the reply."""
        shown = [view for view in announcement.views if view.viewer != but]
        self._events.deliver(
            {view.viewer: ChannelChanged(channel=channel_object(view, link=self._link)) for view in shown}
        )
        self._delivery.publish(announcement.notices)
        self._events.deliver({user: NotificationEvent(notification=one) for user, one in announcement.added.items()})
