"""Edits, deletions and reactions: one transaction each, which locks the channel and raises its `rev` by one."""

from collections.abc import Sequence
from typing import Any

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId
from server.db.channels.access import Access, lock_channel
from server.db.channels.messages.views import load_changes
from server.db.channels.records import Change
from server.db.pool import DatabaseConnection, Pool
from server.domain.people.messages import (
    MessageAuthor,
    MessageLimits,
    Written,
    check_delete,
    check_edit,
    check_reaction,
)

MESSAGE = """
SELECT kind, sender_id::text, unix_ms(sent_at) AS sent_at, deleted_at IS NOT NULL AS is_deleted, body,
    EXISTS (SELECT FROM attachments a WHERE a.channel_id = m.channel_id AND a.n = m.n) AS has_attachments
FROM channel_messages m WHERE channel_id = $1::uuid AND n = $2
"""
RAISE = "UPDATE channels SET rev = rev + 1 WHERE channel_id = $1::uuid RETURNING rev"
KEEP = """
INSERT INTO message_versions (channel_id, n, version, body, replaced_at, until_at)
SELECT $1::uuid, $2, COALESCE((
    SELECT max(version) FROM message_versions WHERE channel_id = $1::uuid AND n = $2), 0) + 1,
    $3, at_ms($4), at_ms($4::bigint + $5::bigint)
WHERE $3 <> ''
"""
EDIT = """
UPDATE channel_messages SET body = $3, edited_at = at_ms($4), changed_at = at_ms($4), rev = $5
WHERE channel_id = $1::uuid AND n = $2
"""
FORGET_MENTIONS = "DELETE FROM mentions WHERE channel_id = $1::uuid AND n = $2"
MENTION = """
INSERT INTO mentions (user_id, channel_id, n)
SELECT m.user_id, m.channel_id, $2 FROM unnest($3::text[]::uuid[]) AS u (user_id) JOIN channel_members m USING (user_id)
WHERE m.channel_id = $1::uuid AND m.left_at IS NULL
"""
DELETE = """
WITH reaction AS (
    DELETE FROM reactions WHERE channel_id = $1::uuid AND n = $2
), mention AS (
    DELETE FROM mentions WHERE channel_id = $1::uuid AND n = $2
), indexed AS (
    DELETE FROM message_search WHERE channel_id = $1::uuid AND n = $2
), file AS (
    UPDATE attachments SET until_at = at_ms($3), n = NULL WHERE channel_id = $1::uuid AND n = $2
)
UPDATE channel_messages SET body = '', deleted_at = at_ms($3), deleted_by = $4::uuid, changed_at = at_ms($3), rev = $5
WHERE channel_id = $1::uuid AND n = $2
"""
EMOJI = "SELECT DISTINCT emoji FROM reactions WHERE channel_id = $1::uuid AND n = $2"
REACT = """
INSERT INTO reactions (channel_id, n, emoji, user_id, reacted_at) VALUES ($1::uuid, $2, $3, $4::uuid, at_ms($5))
ON CONFLICT DO NOTHING RETURNING true
"""
UNREACT = (
    "DELETE FROM reactions WHERE channel_id = $1::uuid AND n = $2 AND emoji = $3 AND user_id = $4::uuid RETURNING true"
)
TOUCH = "UPDATE channel_messages SET changed_at = at_ms($3), rev = $4 WHERE channel_id = $1::uuid AND n = $2"


async def edit(
    pool: Pool,
    channel_id: str,
    n: int,
    user: UserId,
    *,
    body: str,
    mentions: Sequence[UserId],
    now: int,
    limits: MessageLimits,
    keep_ms: int,
) -> tuple[Change, bool]:
    """Replace the text of a message; return it, and whether anything changed. Raises as `check_edit`, and NotFound."""
    async with pool.transaction() as connection:
        access, message = await _lock(connection, channel_id, n, user)
        check_edit(message, _writer(user, access), body, now=now, limits=limits)
        if message.body == body:
            return await _load(connection, channel_id, n), False
        rev = await connection.fetchval(RAISE, channel_id)
        await connection.execute(KEEP, channel_id, n, message.body, now, keep_ms)
        await connection.execute(EDIT, channel_id, n, body, now, rev)
        await connection.execute(FORGET_MENTIONS, channel_id, n)
        if mentions:
            await connection.execute(MENTION, channel_id, n, list(mentions))
        return await _load(connection, channel_id, n), True


async def delete(pool: Pool, channel_id: str, n: int, user: UserId, *, now: int, keep_ms: int) -> Change | None:
    """Delete a message; None: it was deleted before. Raises as `check_delete`, and NotFound.

    A sender who was added again can also delete what they wrote before, although they cannot read it any more.
    """
    async with pool.transaction() as connection:
        access, message = await _lock(connection, channel_id, n, user, reads_own=True)
        check_delete(message, _writer(user, access))
        if message.is_deleted:
            return None
        rev = await connection.fetchval(RAISE, channel_id)
        await connection.execute(KEEP, channel_id, n, message.body, now, keep_ms)
        await connection.execute(DELETE, channel_id, n, now, user, rev)
        return await _load(connection, channel_id, n)


async def react(
    pool: Pool, channel_id: str, n: int, user: UserId, emoji: str, *, add: bool, now: int, limits: MessageLimits
) -> Change | None:
    """Add or remove a reaction; None: nothing changed. Raises as `check_reaction`, and NotFound."""
    async with pool.transaction() as connection:
        access, message = await _lock(connection, channel_id, n, user)
        present = {row[0] for row in await connection.fetch(EMOJI, channel_id, n)} if add else set()
        check_reaction(message, _writer(user, access), emoji, present=present, limits=limits)
        if add:
            changed = await connection.fetchval(REACT, channel_id, n, emoji, user, now)
        else:
            changed = await connection.fetchval(UNREACT, channel_id, n, emoji, user)
        if not changed:
            return None
        await connection.execute(TOUCH, channel_id, n, now, await connection.fetchval(RAISE, channel_id))
        return await _load(connection, channel_id, n)


async def _lock(
    connection: DatabaseConnection, channel_id: str, n: int, user: UserId, *, reads_own: bool = False
) -> tuple[Access, Written]:
    """Lock the channel; return the access of *user* and message *n*, if they can read it (*reads_own*: or wrote it)."""
    access = await lock_channel(connection, channel_id, user)
    row: Any = await connection.fetchrow(MESSAGE, channel_id, n)
    if row is None or not (access.can_read(n) or (reads_own and row["sender_id"] == user)):
        raise NotFound("there is no such message")
    return access, Written(
        kind=row["kind"],
        sender=row["sender_id"],
        sent_at=row["sent_at"],
        is_deleted=row["is_deleted"],
        body=row["body"],
        has_attachments=row["has_attachments"],
    )


def _writer(user: UserId, access: Access) -> MessageAuthor:
    is_owner = access.is_owner and access.kind == "group"
    return MessageAuthor(user=user, is_present=access.is_present, is_owner=is_owner, is_open=not access.is_closed)


async def _load(connection: DatabaseConnection, channel_id: str, n: int) -> Change:
    return (await load_changes(connection, [(channel_id, n)]))[channel_id, n]
