"""Marks of members: one row each, raised in one statement for many, never above the last message and never lowered."""

from collections.abc import Mapping

import msgspec

from matchmaker.domain.ids import UserId
from server.db.json_rows import Rows
from server.db.pool import Pool
from server.domain.people.marks import Mark

_MARKS = Rows("channel_id uuid, user_id uuid, read_n bigint, delivered_n bigint")

SHOWN = """
    channel.closed_at IS NULL AND member.left_at IS NULL AND viewer.left_at IS NULL
    AND member_user.sends_receipts AND viewer_user.sends_receipts
    AND NOT EXISTS (SELECT FROM blocks b WHERE b.user_id = viewer.user_id AND b.target_id = member.user_id)"""
"""Whether `viewer` sees the marks of `member` (rows of `channel_members`): both are members now, the channel is open,
both send receipts, and `viewer` has not blocked `member`."""

# Rows are locked in one order: two nodes may write marks of one channel.
RAISE = f"""
WITH mark AS MATERIALIZED (
    {_MARKS.table}
), locked AS MATERIALIZED (
    SELECT m.channel_id, m.user_id, m.read_n, m.delivered_n,
        GREATEST(m.read_n, LEAST(k.read_n, COALESCE(m.left_n, c.last_n))) AS new_read,
        GREATEST(m.delivered_n, LEAST(GREATEST(k.delivered_n, k.read_n), COALESCE(m.left_n, c.last_n))) AS new_delivered
    FROM mark k
    JOIN channel_members m ON m.channel_id = k.channel_id AND m.user_id = k.user_id
    JOIN channels c ON c.channel_id = k.channel_id
    ORDER BY m.channel_id, m.user_id FOR NO KEY UPDATE OF m
), raised AS (
    UPDATE channel_members m SET
        read_n = GREATEST(m.read_n, l.new_read),
        read_at = CASE WHEN l.new_read > m.read_n THEN at_ms($2) ELSE m.read_at END,
        delivered_n = GREATEST(m.delivered_n, l.new_delivered, l.new_read),
        delivered_at = CASE WHEN l.new_delivered > m.delivered_n THEN at_ms($2) ELSE m.delivered_at END
    FROM locked l
    WHERE m.channel_id = l.channel_id AND m.user_id = l.user_id
      AND (l.new_read > m.read_n OR l.new_delivered > m.delivered_n)
    RETURNING m.channel_id, m.user_id, m.left_at, m.read_n, m.delivered_n, l.new_read > l.read_n AS is_read
)
SELECT member.channel_id::text, member.user_id::text, member.read_n, member.delivered_n, member.is_read, ARRAY(
    SELECT viewer.user_id::text FROM channel_members viewer JOIN users viewer_user USING (user_id)
    WHERE viewer.channel_id = member.channel_id AND viewer.user_id <> member.user_id AND {SHOWN}) AS told
FROM raised member JOIN users member_user USING (user_id) JOIN channels channel USING (channel_id)
"""  # noqa: S608 - constants of this code
IS_MEMBER = "SELECT EXISTS (SELECT FROM channel_members WHERE channel_id = $1::uuid AND user_id = $2::uuid)"


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """A raised mark, and the members to tell."""

    channel_id: str
    user: UserId
    mark: Mark
    is_read: bool
    """Whether reading rose, not only delivery."""
    told: tuple[UserId, ...]


async def raise_marks(pool: Pool, marks: Mapping[tuple[str, UserId], Mark], *, now: int) -> list[Raised]:
    """Raise each mark, by channel and user, up to the last message; return those that are sent to members."""
    items = _MARKS.pack((channel, user, mark.read, mark.delivered) for (channel, user), mark in marks.items())
    return [
        Raised(
            channel_id=row[0],
            user=UserId(row[1]),
            mark=Mark(row[2], row[3]),
            is_read=row[4],
            told=tuple(map(UserId, row[5])),
        )
        for row in await pool.fetch(RAISE, items, now)
    ]
