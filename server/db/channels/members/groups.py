"""Groups: creation, members, ownership and names. Each change is one transaction under the lock of the channel row."""

from collections.abc import Sequence
from typing import Any

import msgspec

from matchmaker.domain.errors import Forbidden, Invalid, LimitReached, NotFound
from matchmaker.domain.ids import UserId
from server.db.channels.access import lock_channel
from server.db.channels.members.inbox import ChannelView, views
from server.db.channels.messages.service_messages import append_notice
from server.db.channels.messages.views import load_changes
from server.db.channels.records import Change
from server.db.notifications import notification_list, notification_rows
from server.db.pool import DatabaseConnection, Pool
from server.db.user_locks import lock_users
from server.domain.people import groups
from server.domain.people.groups import Departure, GroupLimits, GroupMember
from signaling.wire.models import NotificationObject


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """Events after a change of a group: how each member sees it, the notices, who was added."""

    views: list[ChannelView] = []
    notices: list[Change] = []
    added: dict[UserId, NotificationObject] = {}
    """The notification of users who were added by a friend, as far as they want it."""


NOTHING = Announcement()
UNREAD_MAX = 100

FRIENDS = """
SELECT u.id FROM unnest($2::text[]) AS u (id)
JOIN friendships f ON f.low = LEAST(u.id::uuid, $1::uuid) AND f.high = GREATEST(u.id::uuid, $1::uuid)
"""
COUNT = """
SELECT u.id, (SELECT count(*) FROM channel_members m JOIN channels c USING (channel_id)
              WHERE m.user_id = u.id::uuid AND m.left_at IS NULL AND c.kind = 'group')
FROM unnest($1::text[]) AS u (id)
"""
CREATE = """
INSERT INTO channels (channel_id, kind, name, created_by, created_at, last_at)
VALUES ($1::uuid, 'group', $2, $3::uuid, at_ms($4), at_ms($4))
"""
FILL = """
INSERT INTO channel_members (channel_id, user_id, slot, is_owner, joined_at)
SELECT $1::uuid, u.id::uuid, u.slot, u.slot = 1, at_ms($3) FROM unnest($2::text[]) WITH ORDINALITY AS u (id, slot)
"""
MEMBERS = """
SELECT user_id::text, slot, is_owner, unix_ms(joined_at) AS joined_at, unix_ms(left_at) AS left_at
FROM channel_members WHERE channel_id = $1::uuid
"""
# New members can read from here on: `joined_n`, and marks at the end.
JOIN = """
INSERT INTO channel_members AS m (channel_id, user_id, slot, joined_at, joined_n, delivered_n, read_n)
SELECT c.channel_id, $2::uuid, $3, at_ms($4), c.last_n, c.last_n, c.last_n FROM channels c WHERE c.channel_id = $1::uuid
ON CONFLICT (channel_id, user_id) DO UPDATE SET slot = EXCLUDED.slot, is_owner = false, joined_at = EXCLUDED.joined_at,
    joined_n = EXCLUDED.joined_n, left_at = NULL, left_n = NULL, left_name = NULL, delivered_n = EXCLUDED.delivered_n,
    delivered_at = NULL, read_n = EXCLUDED.read_n, read_at = NULL, notify = 'all'
"""
LEAVE = """
UPDATE channel_members m SET left_at = at_ms($3), left_n = c.last_n, left_name = c.name, is_owner = false
FROM channels c WHERE c.channel_id = $1::uuid AND m.channel_id = $1::uuid AND m.user_id = $2::uuid
"""
OWN = "UPDATE channel_members SET is_owner = true WHERE channel_id = $1::uuid AND user_id = $2::uuid"
EXPIRE_FILES = "UPDATE attachments SET until_at = at_ms($2), n = NULL WHERE channel_id = $1::uuid AND n IS NOT NULL"
DELETE = "DELETE FROM channels WHERE channel_id = $1::uuid"
RENAME = "UPDATE channels SET name = $2 WHERE channel_id = $1::uuid AND name <> $2 RETURNING true"
NOTIFY = """
UPDATE channel_members SET notify = $3 WHERE channel_id = $1::uuid AND user_id = $2::uuid RETURNING true
"""


async def create(
    pool: Pool, channel_id: str, name: str, owner: UserId, others: Sequence[UserId], *, now: int, limits: GroupLimits
) -> Announcement:
    """Create a group of *owner* and friends of theirs.

    Raises:
        Invalid: *owner* is among *others*.
        NotFound: one of *others* is not a friend.
        LimitReached: too many members, or one of them has reached the maximum of groups.
    """
    if owner in others:
        raise Invalid("user_ids", "you are a member anyway")
    if len(others) + 1 > limits.members:
        raise LimitReached("group_members_max", limits.members)
    async with pool.transaction() as connection:
        await lock_users(connection, owner, *others)
        await _insist_on_friends(connection, owner, others)
        for _, count in await connection.fetch(COUNT, [owner, *others]):
            if count >= limits.groups:
                raise LimitReached("groups_max", limits.groups)
        await connection.execute(CREATE, channel_id, name, owner, now)
        await connection.execute(FILL, channel_id, [owner, *others], now)
        notice = await append_notice(connection, channel_id, "created", now=now, by=owner, name=name)
        return await _announcement(connection, channel_id, [notice], added=others, by=owner, now=now)


async def add(pool: Pool, channel_id: str, user: UserId, *, by: UserId, now: int, limits: GroupLimits) -> Announcement:
    """Add *user*, a friend of *by*; no event is sent if *user* is a member already. Raises as `admit`.

    Raises:
        NotFound: *user* is not a friend of *by*, or *by* is not a member.
    """
    async with pool.transaction() as connection:
        await lock_users(connection, by, user)
        members = await _lock_group(connection, channel_id, by)
        groups.insist_on_member(members, by)
        if any(member.user == user and member.is_present for member in members):
            return NOTHING
        await _insist_on_friends(connection, by, [user])
        [(_, count)] = await connection.fetch(COUNT, [user])
        slot = groups.admit(members, user, by=by, groups=count, now=now, limits=limits)
        await connection.execute(JOIN, channel_id, user, slot, now)
        notice = await append_notice(connection, channel_id, "added", now=now, by=by, user_id=user)
        return await _announcement(connection, channel_id, [notice], added=[user], by=by, now=now)


async def remove(pool: Pool, channel_id: str, user: UserId, *, by: UserId, now: int) -> Announcement | None:
    """Remove *user*, or record that they leave; None: nothing changed. Raises as `rules.groups.remove`."""
    async with pool.transaction() as connection:
        members = await _lock_group(connection, channel_id, by)
        departure = groups.remove(members, user, by=by)
        if departure is None:
            return None
        notices = await depart(connection, channel_id, user, departure, by=by, now=now)
        return await _announcement(connection, channel_id, notices)


async def depart(
    connection: DatabaseConnection, channel_id: str, user: UserId, departure: Departure, *, by: UserId | None, now: int
) -> list[int]:
    """Store that *user* has left a locked group, with the consequences; return the numbers of the notices.

    *by*: None if the account is deleted.
    """
    if departure.is_empty:
        await connection.execute(EXPIRE_FILES, channel_id, now)
        await connection.execute(DELETE, channel_id)
        return []
    await connection.execute(LEAVE, channel_id, user, now)
    notice = "left" if by in (None, user) else "removed"
    notices = [await append_notice(connection, channel_id, notice, now=now, by=by, user_id=user)]
    if departure.new_owner is not None:
        await connection.execute(OWN, channel_id, departure.new_owner)
        notices.append(
            await append_notice(connection, channel_id, "owner_changed", now=now, user_id=departure.new_owner)
        )
    return notices


async def rename(pool: Pool, channel_id: str, name: str, *, by: UserId, now: int) -> Announcement:
    """Rename a group.

    Raises:
        NotFound: *by* is not a member.
        Forbidden: *by* is not the owner, or it is a DM.
    """
    async with pool.transaction() as connection:
        members = await _lock_group(connection, channel_id, by)
        groups.insist_on_owner(members, by)
        if not await connection.fetchval(RENAME, channel_id, name):
            return NOTHING
        notice = await append_notice(connection, channel_id, "renamed", now=now, by=by, name=name)
        return await _announcement(connection, channel_id, [notice])


async def set_notify(pool: Pool, channel_id: str, user: UserId, notify: str) -> None:
    """Store the notification setting of *user* for a channel."""
    await pool.fetchval(NOTIFY, channel_id, user, notify)


async def members_of(source: Pool | DatabaseConnection, channel_id: str) -> list[GroupMember]:
    """Return the members of a channel, present and former."""
    return [_member(row) for row in await source.fetch(MEMBERS, channel_id)]


async def _announcement(
    connection: DatabaseConnection,
    channel_id: str,
    numbers: Sequence[int],
    *,
    added: Sequence[UserId] = (),
    by: UserId | None = None,
    now: int = 0,
) -> Announcement:
    """Return the events to send after the commit; read before it, so that nothing comes in between.

    *added*: users whom *by* has added now; each is notified of it.
    """
    if not numbers:
        return NOTHING
    found = await load_changes(connection, [(channel_id, n) for n in numbers], is_new=True)
    notices = [found[channel_id, n] for n in numbers]
    keys = [(channel_id, user) for user in notices[-1].audience.users]
    shown = await views(connection, keys, unread_max=UNREAD_MAX)
    told: dict[UserId, NotificationObject] = {}
    for user in added:
        details = {"channel_id": channel_id, "name": shown[0].name}
        name = await notification_rows.add(connection, user, "group_added", about=by, details=details, now=now)
        one = None if name is None else await notification_list.one(connection, user, name)
        if one is not None:
            told[user] = one
    return Announcement(views=shown, notices=notices, added=told)


async def _lock_group(connection: DatabaseConnection, channel_id: str, by: UserId) -> list[GroupMember]:
    access = await lock_channel(connection, channel_id, by)
    if access.kind != "group":
        raise Forbidden("a DM has two members and no name")
    return await members_of(connection, channel_id)


async def _insist_on_friends(connection: DatabaseConnection, user: UserId, others: Sequence[UserId]) -> None:
    found = {row[0] for row in await connection.fetch(FRIENDS, user, list(others))}
    if not found.issuperset(others):
        raise NotFound("there is no such friend")


def _member(row: Any) -> GroupMember:
    return GroupMember(
        user=UserId(row["user_id"]),
        slot=row["slot"],
        is_owner=row["is_owner"],
        joined_at=row["joined_at"],
        left_at=row["left_at"],
    )
