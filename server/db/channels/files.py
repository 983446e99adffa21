"""Files: permissions and quota, completed uploads, avatars, access, and deletion."""

from typing import Any

import msgspec

from matchmaker.domain.errors import Invalid, NotFound
from matchmaker.domain.ids import UserId
from server.db.channels.records import StoredFile
from server.db.pool import DatabaseConnection, Pool
from server.db.user_locks import lock_users
from server.domain.people.files import FileLimits, Purpose, Used, check_permission

SWEEP_LATER_MS = 60_000
"""How long after its end a file is deleted: a message that attaches it at that very moment is stored first."""
CHUNK = 200

USED = """
SELECT COALESCE(sum(bytes) FILTER (WHERE until_at IS NULL OR until_at > at_ms($2)), 0)::bigint,
    COALESCE(sum(bytes) FILTER (WHERE created_at > at_ms($2::bigint - 86400000)), 0)::bigint
FROM attachments WHERE owner_id = $1::uuid
"""
PERMIT = """
INSERT INTO attachments (attachment_id, owner_id, purpose, name, media_type, bytes, created_at, until_at)
VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, at_ms($7), at_ms($7::bigint + $8::bigint))
"""
_FIELDS = "attachment_id::text, purpose, status, name, media_type, bytes, width, height, unix_ms(until_at) AS until_at"
MINE = f"SELECT {_FIELDS} FROM attachments WHERE attachment_id = $1::uuid AND owner_id = $2::uuid"  # noqa: S608
COMPLETE = f"""
UPDATE attachments SET status = 'ready', media_type = $3, bytes = $4, width = $5, height = $6, sha256 = $7,
    until_at = at_ms($8::bigint + $9::bigint)
WHERE attachment_id = $1::uuid AND owner_id = $2::uuid AND status = 'pending' AND until_at > at_ms($8)
RETURNING {_FIELDS}
"""  # noqa: S608 - constants of this code
# The owner; a friend of the owner who sees the message or, for an avatar, is a friend; a moderator, for held evidence.
VISIBLE = """
SELECT a.name, a.media_type FROM attachments a
WHERE a.attachment_id = $1::uuid AND a.status = 'ready' AND (a.until_at IS NULL OR a.until_at > at_ms($3) OR (
        a.hold_until > at_ms($3) AND EXISTS (SELECT FROM users u WHERE u.user_id = $2::uuid AND u.role IS NOT NULL)))
  AND (a.owner_id = $2::uuid
    OR (a.hold_until > at_ms($3) AND EXISTS (SELECT FROM users u WHERE u.user_id = $2::uuid AND u.role IS NOT NULL))
    OR (EXISTS (SELECT FROM friendships f
                WHERE f.low = LEAST(a.owner_id, $2::uuid) AND f.high = GREATEST(a.owner_id, $2::uuid))
        AND (EXISTS (SELECT FROM avatars v WHERE v.attachment_id = a.attachment_id)
             OR EXISTS (SELECT FROM channel_members m JOIN channels c USING (channel_id)
                        WHERE m.channel_id = a.channel_id AND m.user_id = $2::uuid
                          AND a.n > m.joined_n AND a.n <= COALESCE(m.left_n, c.last_n)))))
"""
SERVED = """
SELECT name, media_type FROM attachments WHERE attachment_id = $1::uuid AND status = 'ready'
   AND (until_at IS NULL OR until_at > at_ms($2) OR hold_until > at_ms($2))
"""
OLD_AVATAR = """
UPDATE attachments SET until_at = at_ms($2) WHERE attachment_id = (
    SELECT attachment_id FROM avatars WHERE user_id = $1::uuid) AND attachment_id IS DISTINCT FROM $3::uuid
"""
KEEP_AVATAR = """
UPDATE attachments SET until_at = NULL WHERE attachment_id = $2::uuid AND owner_id = $1::uuid AND purpose = 'avatar'
   AND status = 'ready' AND (until_at IS NULL OR until_at > at_ms($3)) RETURNING true
"""
SET_AVATAR = """
INSERT INTO avatars (user_id, attachment_id) VALUES ($1::uuid, $2::uuid)
ON CONFLICT (user_id) DO UPDATE SET attachment_id = EXCLUDED.attachment_id
"""
AVATAR_OF = "SELECT attachment_id::text FROM avatars WHERE user_id = $1::uuid"
NO_AVATAR = "DELETE FROM avatars WHERE user_id = $1::uuid"
ENDED = """
SELECT attachment_id::text FROM attachments
WHERE until_at <= at_ms($1) AND (hold_until IS NULL OR hold_until <= at_ms($1)) AND attachment_id > $2::uuid
ORDER BY attachment_id LIMIT $3
"""
FORGET = "DELETE FROM attachments WHERE attachment_id = ANY ($1::text[]::uuid[]) AND until_at <= at_ms($2)"


class OwnFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file, or the permission to upload one, as its owner sees it."""

    file: StoredFile
    purpose: Purpose
    is_ready: bool
    until_at: int | None


async def permit(
    pool: Pool,
    attachment_id: str,
    owner: UserId,
    *,
    purpose: Purpose,
    name: str,
    media_type: str,
    size: int,
    now: int,
    limits: FileLimits,
) -> None:
    """Store the permission to upload a file. Raises as `rules.files.check_permission`."""
    async with pool.transaction() as connection:
        await lock_users(connection, owner)
        [(kept, today)] = await connection.fetch(USED, owner, now)
        check_permission(purpose, media_type, size, Used(kept, today), limits=limits)
        await connection.execute(PERMIT, attachment_id, owner, purpose, name, media_type, size, now, limits.upload_ms)


async def mine(pool: Pool, attachment_id: str, owner: UserId) -> OwnFile:
    """Return a file of *owner*.

    Raises:
        NotFound: there is no such file, or it is not theirs.
    """
    row = await pool.fetchrow(MINE, attachment_id, owner)
    if row is None:
        raise NotFound("there is no such file")
    return _own(row)


async def complete(
    pool: Pool, owner: UserId, file: StoredFile, *, sha256: bytes, now: int, limits: FileLimits
) -> OwnFile:
    """Store that *file* was checked and is kept; a file that was completed in between is not changed.

    Raises:
        NotFound: the permission has expired.
    """
    row = await pool.fetchrow(
        COMPLETE,
        file.attachment_id,
        owner,
        file.media_type,
        file.bytes,
        file.width,
        file.height,
        sha256,
        now,
        limits.unused_ms,
    )
    if row is not None:
        return _own(row)
    found = await mine(pool, file.attachment_id, owner)
    if not found.is_ready:
        raise NotFound("the permission to upload this file is over")
    return found


async def visible(pool: Pool, attachment_id: str, viewer: UserId, *, now: int) -> tuple[str, str]:
    """Return name and media type of a file that *viewer* may see.

    Raises:
        NotFound: there is no such file, or they may not see it.
    """
    row = await pool.fetchrow(VISIBLE, attachment_id, viewer, now)
    if row is None:
        raise NotFound("there is no such file")
    return row["name"], row["media_type"]


async def served(pool: Pool, attachment_id: str, *, now: int) -> tuple[str, str]:
    """Return name and media type of a file that has a valid link.

    Raises:
        NotFound: it was deleted.
    """
    row = await pool.fetchrow(SERVED, attachment_id, now)
    if row is None:
        raise NotFound("there is no such file")
    return row["name"], row["media_type"]


async def set_avatar(connection: DatabaseConnection, user: UserId, attachment_id: str | None, *, now: int) -> None:
    """Make an uploaded picture the avatar of *user*; None removes it. The previous one is deleted.

    Raises:
        Invalid: it is not an uploaded avatar of theirs, or has expired.
    """
    await lock_users(connection, user)  # of two at once each would leave the picture of the other
    if attachment_id is not None and not await connection.fetchval(KEEP_AVATAR, user, attachment_id, now):
        raise Invalid("avatar_id", "not your uploaded avatar, or expired")
    await connection.execute(OLD_AVATAR, user, now, attachment_id)
    if attachment_id is None:
        await connection.execute(NO_AVATAR, user)
    else:
        await connection.execute(SET_AVATAR, user, attachment_id)


async def avatar_of(pool: Pool, user: UserId) -> str | None:
    """Return the id of the avatar of *user*; None: they have none."""
    found: str | None = await pool.fetchval(AVATAR_OF, user)
    return found


async def ended(pool: Pool, *, after: str, now: int) -> list[str]:
    """Return expired files with an id above *after*, by id."""
    return [row[0] for row in await pool.fetch(ENDED, now - SWEEP_LATER_MS, after, CHUNK)]


async def forget(pool: Pool, attachment_ids: list[str], *, now: int) -> None:
    """Delete the rows of files whose bytes are deleted."""
    await pool.execute(FORGET, attachment_ids, now - SWEEP_LATER_MS)


def _own(row: Any) -> OwnFile:
    return OwnFile(
        file=StoredFile(
            attachment_id=row["attachment_id"],
            name=row["name"],
            media_type=row["media_type"],
            bytes=row["bytes"],
            width=row["width"],
            height=row["height"],
        ),
        purpose=row["purpose"],
        is_ready=row["status"] == "ready",
        until_at=row["until_at"],
    )
