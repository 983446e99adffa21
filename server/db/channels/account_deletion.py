"""Deletion of an account in channels: groups pass on, DMs close, files end; erasure of its messages.

A permanent ban leaves groups in the same way.
"""

from typing import Any

from matchmaker.domain.ids import UserId
from server.db.channels.members.groups import depart, members_of
from server.db.channels.messages.views import load_changes
from server.db.channels.records import Change
from server.db.people.dms import close_all_dms
from server.db.pool import DatabaseConnection, Pool
from server.domain.people import groups

CHUNK = 500

LOCK_ALL = """
SELECT c.channel_id::text, c.kind FROM channel_members m JOIN channels c USING (channel_id)
WHERE m.user_id = $1::uuid AND m.left_at IS NULL ORDER BY c.channel_id FOR NO KEY UPDATE OF c
"""
END_FILES = "UPDATE attachments SET until_at = at_ms($2), n = NULL WHERE owner_id = $1::uuid"
# The other account is deleted too, or has blocked *user*: the block, which hides the DM, is deleted with the account.
_LONELY = """
    SELECT c.channel_id FROM channels c
    WHERE c.kind = 'dm' AND (c.low = $1::uuid OR c.high = $1::uuid) AND NOT EXISTS (
        SELECT FROM channel_members m WHERE m.channel_id = c.channel_id AND m.user_id <> $1::uuid AND NOT EXISTS (
            SELECT FROM blocks b WHERE b.user_id = m.user_id AND b.target_id = $1::uuid))"""
END_DMS_FILES = f"UPDATE attachments SET until_at = at_ms($2), n = NULL WHERE channel_id IN ({_LONELY})"  # noqa: S608
# The blocks of *user* are deleted with the account; the members who made them still do not see the messages.
KEEP_HIDDEN = """
INSERT INTO hidden_senders (user_id, channel_id, sender_id)
SELECT b.user_id, m.channel_id, b.target_id
FROM blocks b JOIN channel_members m ON m.user_id = b.user_id
JOIN channel_members x ON x.channel_id = m.channel_id AND x.user_id = b.target_id
JOIN channels c ON c.channel_id = m.channel_id
WHERE b.target_id = $1::uuid AND c.kind = 'group'
ON CONFLICT DO NOTHING
"""
FORGET_DMS = f"DELETE FROM channels WHERE channel_id IN ({_LONELY})"  # noqa: S608
ASK = """
INSERT INTO message_erasures (user_id, requested_at) VALUES ($1::uuid, at_ms($2)) ON CONFLICT DO NOTHING
"""
NEXT = "SELECT user_id::text FROM message_erasures ORDER BY requested_at, user_id LIMIT 1 FOR UPDATE SKIP LOCKED"
# The channel rows first, as everywhere. An emptied message is a change: clients that page by `changed_after` get it.
MINE = """
SELECT channel_id::text, array_agg(n) FROM (
    SELECT channel_id, n FROM channel_messages WHERE sender_id = $1::uuid AND kind = 'text' AND deleted_at IS NULL
    ORDER BY sent_at LIMIT $2
) AS x GROUP BY channel_id ORDER BY channel_id
"""
LOCK = "SELECT FROM channels WHERE channel_id = ANY ($1::text[]::uuid[]) ORDER BY channel_id FOR NO KEY UPDATE"
EMPTY = """
WITH version AS (
    DELETE FROM message_versions WHERE channel_id = $1::uuid AND n = ANY ($2::bigint[])
), indexed AS (
    DELETE FROM message_search WHERE channel_id = $1::uuid AND n = ANY ($2::bigint[])
), mention AS (
    DELETE FROM mentions WHERE channel_id = $1::uuid AND n = ANY ($2::bigint[])
), reaction AS (
    DELETE FROM reactions WHERE channel_id = $1::uuid AND n = ANY ($2::bigint[])
), emptied AS (
    UPDATE channel_messages m SET body = '', deleted_at = at_ms($3), changed_at = at_ms($3), rev = c.rev + x.place
    FROM channels c, unnest($2::bigint[]) WITH ORDINALITY AS x (n, place)
    WHERE c.channel_id = $1::uuid AND m.channel_id = $1::uuid AND m.n = x.n
)
UPDATE channels SET rev = rev + cardinality($2::bigint[]) WHERE channel_id = $1::uuid
"""
# Deleted texts and earlier versions are removed as well.
VERSIONS = """
DELETE FROM message_versions v USING channel_messages m
WHERE m.sender_id = $1::uuid AND v.channel_id = m.channel_id AND v.n = m.n
"""
DONE = "DELETE FROM message_erasures WHERE user_id = $1::uuid"


async def leave_groups(connection: DatabaseConnection, user: UserId, *, now: int) -> list[Change]:
    """Remove *user* from every group; return the notices. All channels of *user* are locked until the transaction
    ends.
    """
    changes: list[Change] = []
    for channel_id, kind in await connection.fetch(LOCK_ALL, user):
        members = await members_of(connection, channel_id) if kind == "group" else []
        leaver = next((member for member in members if member.user == user and member.is_present), None)
        if leaver is None:  # a DM; or left, or was removed, while the lock was awaited
            continue
        numbers = await depart(connection, channel_id, user, groups.depart(members, leaver), by=None, now=now)
        found = await load_changes(connection, [(channel_id, n) for n in numbers], is_new=True)
        changes += found.values()
    return changes


async def leave(connection: DatabaseConnection, user: UserId, *, erase: bool, now: int) -> list[Change]:
    """Remove *user*, whose account is about to be deleted, from every channel; return the notices. Held evidence
    stays.
    """
    changes = await leave_groups(connection, user, now=now)
    changes += (await load_changes(connection, await close_all_dms(connection, user, now=now), is_new=True)).values()
    # DMs that have no readers left.
    await connection.execute(END_DMS_FILES, user, now)
    await connection.execute(FORGET_DMS, user)
    await connection.execute(KEEP_HIDDEN, user)
    await connection.execute(END_FILES, user, now)
    if erase:
        await connection.execute(ASK, user, now)
    return changes


async def erase(pool: Pool, *, now: int) -> tuple[int, bool]:
    """Empty up to 500 messages of one deleted user who asked for it; return how many, and whether more are left."""
    async with pool.transaction() as connection:
        user: str | None = await connection.fetchval(NEXT)
        if user is None:
            return 0, False
        mine: list[Any] = await connection.fetch(MINE, user, CHUNK)
        if not mine:
            await connection.execute(VERSIONS, user)
            await connection.execute(DONE, user)
            return 0, True
        await connection.execute(LOCK, [row[0] for row in mine])
        for channel_id, numbers in mine:
            await connection.execute(EMPTY, channel_id, numbers, now)
        return sum(len(numbers) for _, numbers in mine), True
