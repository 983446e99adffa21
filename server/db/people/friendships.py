"""Friendships: creating and ending them, and friends as their friend sees them. Instants are Unix milliseconds."""

from collections.abc import Sequence
from sys import intern

import asyncpg
import msgspec

from matchmaker.domain.ids import UserId, pair_of
from matchmaker.domain.profile import Gender
from server.db.json_rows import Rows
from server.db.people.dms import close_dm, reopen_dm
from server.db.pool import Pool

BEFRIEND = """
WITH requests AS (
    DELETE FROM friend_requests WHERE from_id IN ($1::uuid, $2::uuid) AND to_id IN ($1::uuid, $2::uuid)
)
INSERT INTO friendships (low, high, since_at) VALUES ($1::uuid, $2::uuid, at_ms($3))
ON CONFLICT DO NOTHING RETURNING 1
"""
END = """
WITH notes AS (
    DELETE FROM friend_notes WHERE user_id IN ($1::uuid, $2::uuid) AND friend_id IN ($1::uuid, $2::uuid)
)
DELETE FROM friendships WHERE low = $1::uuid AND high = $2::uuid RETURNING 1
"""
END_REQUESTS = """
DELETE FROM friend_requests WHERE from_id IN ($1::uuid, $2::uuid) AND to_id IN ($1::uuid, $2::uuid)
"""
END_REQUESTS_AND_NOTES = """
WITH notes AS (
    DELETE FROM friend_notes WHERE user_id = $1::uuid OR friend_id = $1::uuid
)
DELETE FROM friend_requests WHERE from_id = $1::uuid OR to_id = $1::uuid
"""
END_ALL = """
WITH ended AS (
    DELETE FROM friendships WHERE low = $1::uuid OR high = $1::uuid RETURNING low, high
)
SELECT CASE WHEN low = $1::uuid THEN high ELSE low END::text FROM ended
"""
ARE_FRIENDS = "SELECT true FROM friendships WHERE low = $1::uuid AND high = $2::uuid"
NOTE = """
INSERT INTO friend_notes AS n (user_id, friend_id, nickname, note)
SELECT $1::uuid, $2::uuid, COALESCE($5, ''), COALESCE($6, '') FROM friendships WHERE low = $3::uuid AND high = $4::uuid
ON CONFLICT (user_id, friend_id) DO UPDATE SET nickname = COALESCE($5, n.nickname), note = COALESCE($6, n.note)
RETURNING 1
"""
# Two index ranges: an OR of both columns would use neither.
OF = """
(SELECT f.high AS friend_id, f.since_at FROM friendships f WHERE f.low = $1::uuid
 UNION ALL
 SELECT f.low, f.since_at FROM friendships f WHERE f.high = $1::uuid)
"""
FRIEND = """
SELECT u.user_id::text, u.display_name, u.gender, u.interests, u.bio,
       CASE WHEN u.status_until IS NULL OR u.status_until > at_ms($2) THEN u.status_text ELSE '' END AS status_text,
       COALESCE(n.nickname, '') AS nickname, COALESCE(n.note, '') AS note, unix_ms(f.since_at) AS since_at,
       c.channel_id::text, v.attachment_id::text AS avatar_id,
       u.shows_presence AND me.shows_presence AS shows_presence
FROM {of} AS f JOIN users u ON u.user_id = f.friend_id JOIN users me ON me.user_id = $1::uuid
LEFT JOIN friend_notes n ON n.user_id = $1::uuid AND n.friend_id = f.friend_id
LEFT JOIN channels c
    ON c.kind = 'dm' AND c.low = LEAST($1::uuid, f.friend_id) AND c.high = GREATEST($1::uuid, f.friend_id)
LEFT JOIN avatars v ON v.user_id = f.friend_id
"""
PAGE = f"""
{FRIEND.format(of=OF)}
WHERE (f.since_at, f.friend_id) < (at_ms($3), $4::uuid) ORDER BY f.since_at DESC, f.friend_id DESC LIMIT $5
"""
ONE = FRIEND.format(of=f"(SELECT * FROM {OF} AS a WHERE a.friend_id = $3::uuid)")  # noqa: S608 - constants of this code
# Friends whose presence a user sees, and who see theirs: both must show it.
WATCHED = f"""
SELECT u.user_id::text FROM {OF} AS f JOIN users u ON u.user_id = f.friend_id JOIN users me ON me.user_id = $1::uuid
WHERE u.shows_presence AND me.shows_presence
"""  # noqa: S608 - constants of this code
QUESTIONS = Rows("n int, user_id uuid")
MANY = f"""
WITH asked AS (
    {QUESTIONS.table}
)
SELECT a.n, f.friend_id::text, (SELECT u.shows_presence FROM users u WHERE u.user_id = f.friend_id)
    AND (SELECT u.shows_presence FROM users u WHERE u.user_id = a.user_id)
FROM asked a, LATERAL (
    SELECT f.high AS friend_id FROM friendships f WHERE f.low = a.user_id
    UNION ALL
    SELECT f.low FROM friendships f WHERE f.high = a.user_id
) AS f
"""  # noqa: S608 - constants of this code
ALL = f"SELECT f.friend_id::text FROM {OF} AS f"  # noqa: S608 - constants of this code


class Friend(msgspec.Struct, frozen=True, kw_only=True):
    """A friend as the other one sees them."""

    user_id: UserId
    display_name: str
    gender: Gender
    interests: tuple[str, ...]
    bio: str
    status_text: str
    nickname: str
    note: str
    since_at: int
    channel_id: str | None
    avatar_id: str | None
    shows_presence: bool
    """Whether both show their presence."""


async def befriend(connection: asyncpg.Connection, one: UserId, other: UserId, *, now: int) -> str | None:
    """Make two users friends and end their requests; return the DM that this reopens. Their locks are held."""
    await connection.fetchval(BEFRIEND, *pair_of(one, other), now)
    return await reopen_dm(connection, one, other, now=now)


async def end(connection: asyncpg.Connection, one: UserId, other: UserId, *, now: int) -> tuple[bool, str | None]:
    """End the friendship of two users; return whether there was one, and the DM that this closes. Locks are held."""
    was = await connection.fetchval(END, *pair_of(one, other)) is not None
    return was, await close_dm(connection, one, other, now=now) if was else None


async def end_all_between(
    connection: asyncpg.Connection, one: UserId, other: UserId, *, now: int
) -> tuple[bool, str | None]:
    """End friendship and requests of two users of whom one blocks the other; returns as `end`. Locks are held."""
    await connection.execute(END_REQUESTS, *pair_of(one, other))
    return await end(connection, one, other, now=now)


async def end_all_of(connection: asyncpg.Connection, user: UserId) -> list[UserId]:
    """End every friendship and request of *user*, whose lock is held, with notes; return the former friends."""
    await connection.execute(END_REQUESTS_AND_NOTES, user)
    return [UserId(row[0]) for row in await connection.fetch(END_ALL, user)]


async def are_friends(source: Pool | asyncpg.Connection, one: UserId, other: UserId) -> bool:
    """Return whether two users are friends."""
    return bool(await source.fetchval(ARE_FRIENDS, *pair_of(one, other)))


async def annotate(pool: Pool, user: UserId, friend: UserId, *, nickname: str | None, note: str | None) -> bool:
    """Store the private nickname and note (None: unchanged) of *user* about *friend*; False: they are not friends."""
    return await pool.fetchval(NOTE, user, friend, *pair_of(user, friend), nickname, note) is not None


async def page(pool: Pool, user: UserId, *, before: tuple[int, str], limit: int, now: int) -> list[Friend]:
    """Return the latest *limit* friends of *user* before that cursor."""
    return [_friend(row) for row in await pool.fetch(PAGE, user, now, *before, limit)]


async def one(source: Pool | asyncpg.Connection, user: UserId, friend: UserId, *, now: int) -> Friend | None:
    """Return *friend* as *user* sees them; None: they are not friends."""
    row = await source.fetchrow(ONE, user, now, friend)
    return None if row is None else _friend(row)


async def watched_by(pool: Pool, user: UserId) -> list[UserId]:
    """Return the friends whose presence *user* sees, and who see theirs; equal ids are one object."""
    return [UserId(intern(row[0])) for row in await pool.fetch(WATCHED, user)]


async def read_friends(pool: Pool, users: Sequence[UserId]) -> list[list[tuple[UserId, bool]] | Exception]:
    """Return the friends of each of *users*, and whether both see each other's presence."""
    answers: list[list[tuple[UserId, bool]]] = [[] for _ in users]
    for n, friend, is_visible in await pool.fetch(MANY, QUESTIONS.pack(enumerate(users))):
        answers[n].append((UserId(intern(friend)), is_visible))
    return [*answers]


async def friends_of(source: Pool | asyncpg.Connection, user: UserId) -> Sequence[UserId]:
    """Return all friends of *user*."""
    return [UserId(row[0]) for row in await source.fetch(ALL, user)]


def _friend(row: asyncpg.Record) -> Friend:
    return Friend(
        user_id=UserId(row["user_id"]),
        display_name=row["display_name"],
        gender=row["gender"],
        interests=tuple(row["interests"]),
        bio=row["bio"],
        status_text=row["status_text"],
        nickname=row["nickname"],
        note=row["note"],
        since_at=row["since_at"],
        channel_id=row["channel_id"],
        avatar_id=row["avatar_id"],
        shows_presence=row["shows_presence"],
    )
