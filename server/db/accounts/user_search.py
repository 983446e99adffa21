"""Search for users by operators: by id, by address, by the start of a name. Instants are Unix milliseconds."""

import msgspec

from matchmaker.domain.ids import UserId
from server.db.accounts.sessions import Access, StaffRole
from server.db.pool import Pool
from server.domain.email_address import key_of

FOUND = """
SELECT u.user_id::text, u.display_name, u.email, u.email_verified_at IS NOT NULL AS email_verified,
       u.password_hash IS NOT NULL AS permanent, u.access, u.role, unix_ms(u.created_at) AS created_at,
       c.node_id, unix_ms(c.connected_at) AS connected_at,
       EXISTS (SELECT FROM ban_records b WHERE b.user_id = u.user_id AND b.lifted_at IS NULL
               AND (b.until_at IS NULL OR b.until_at > at_ms($2))) AS banned
FROM users u LEFT JOIN connected_users c ON c.user_id = u.user_id
"""
BY_ID = f"{FOUND} WHERE u.user_id = $1::uuid AND NOT u.is_mirror"
BY_ADDRESS = f"""
{FOUND} JOIN log_in_names n ON n.user_id = u.user_id WHERE n.email_key = $1 AND NOT u.is_mirror ORDER BY u.user_id
"""
# An index would have no other use: a moderator searches for a name now and then, and reads a bounded number of rows.
BY_NAME = f"""
{FOUND} WHERE starts_with(lower(u.display_name), lower($1)) AND NOT u.is_mirror AND u.user_id > $3::uuid
ORDER BY u.user_id LIMIT $4
"""
COUNTS = """
SELECT (SELECT count(*) FROM sessions s WHERE s.user_id = u.user_id AND s.expires_at > at_ms($2)) AS sessions,
       (SELECT count(*) FROM friendships f WHERE f.low = u.user_id)
         + (SELECT count(*) FROM friendships f WHERE f.high = u.user_id) AS friends,
       (SELECT count(*) FROM channel_members m WHERE m.user_id = u.user_id AND m.left_at IS NULL) AS channels,
       (SELECT count(*) FROM channel_messages x WHERE x.sender_id = u.user_id) AS messages,
       (SELECT count(*) FROM reports r WHERE r.reported_id = u.user_id) AS reports_about,
       (SELECT count(*) FROM reports r WHERE r.reporter_id = u.user_id) AS reports_made,
       (SELECT count(*) FROM blocks b WHERE b.target_id = u.user_id) AS blocked_by,
       u.calls, u.completions
FROM users u WHERE u.user_id = $1::uuid
"""


class FoundUser(msgspec.Struct, frozen=True, kw_only=True):
    """An account, for moderators."""

    user_id: UserId
    display_name: str
    email: str | None
    email_verified: bool
    permanent: bool
    access: Access
    role: StaffRole | None
    created_at: int
    node_id: str | None
    """The node that the user is connected to; None: they are not."""
    connected_at: int | None
    banned: bool


class UserCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of an account."""

    sessions: int
    friends: int
    channels: int
    messages: int
    reports_about: int
    reports_made: int
    blocked_by: int
    calls: int
    completions: int


async def by_id(pool: Pool, user: UserId, *, now: int) -> FoundUser | None:
    """Return one account; None: there is none."""
    row = await pool.fetchrow(BY_ID, user, now)
    return None if row is None else msgspec.convert(dict(row), FoundUser)


async def by_address(pool: Pool, email: str, *, now: int) -> list[FoundUser]:
    """Return the accounts that log in with exactly this address."""
    return [msgspec.convert(dict(row), FoundUser) for row in await pool.fetch(BY_ADDRESS, key_of(email), now)]


async def by_name(pool: Pool, prefix: str, *, after: str, limit: int, now: int) -> list[FoundUser]:
    """Return up to *limit* accounts whose name begins with *prefix*, whatever its case, by id above *after*."""
    return [msgspec.convert(dict(row), FoundUser) for row in await pool.fetch(BY_NAME, prefix, now, after, limit)]


async def counts(pool: Pool, user: UserId, *, now: int) -> UserCounts | None:
    """Return the totals of an account; None: there is none."""
    row = await pool.fetchrow(COUNTS, user, now)
    return None if row is None else msgspec.convert(dict(row), UserCounts)
