"""The recipients of typing notices: the other members, in one query for many."""

from collections.abc import Sequence

from matchmaker.domain.errors import ChannelClosed, NotFound
from matchmaker.domain.ids import UserId
from server.db.json_rows import Rows
from server.db.pool import Pool

_ASKED = Rows("ord int, channel_id uuid, user_id uuid")
AUDIENCE = f"""
SELECT m.user_id IS NOT NULL AND NOT (c.kind = 'dm' AND c.closed_at IS NOT NULL AND EXISTS (
    SELECT FROM blocks b WHERE b.user_id = k.user_id
       AND b.target_id = CASE WHEN c.low = k.user_id THEN c.high ELSE c.low END)) AS is_member,
    m.left_at IS NULL AND c.closed_at IS NULL AS is_writable, ARRAY(
    SELECT p.user_id::text FROM channel_members p
    WHERE p.channel_id = k.channel_id AND p.left_at IS NULL AND p.user_id <> k.user_id
      AND NOT EXISTS (SELECT FROM blocks b WHERE b.user_id = p.user_id AND b.target_id = k.user_id)) AS others
FROM ({_ASKED.table}) AS k
LEFT JOIN channel_members m ON m.channel_id = k.channel_id AND m.user_id = k.user_id
LEFT JOIN channels c ON c.channel_id = k.channel_id
ORDER BY k.ord
"""  # noqa: S608 - constants of this code


async def audiences(
    pool: Pool, asked: Sequence[tuple[str, UserId]]
) -> list[tuple[UserId, ...] | NotFound | ChannelClosed]:
    """Return for each channel and writer the other members, without those who have blocked the writer."""
    rows = await pool.fetch(
        AUDIENCE, _ASKED.pack((ord_, channel_id, user) for ord_, (channel_id, user) in enumerate(asked))
    )
    return [_answer(*row) for row in rows]


def _answer(is_member: bool, is_writable: bool, others: list[str]) -> tuple[UserId, ...] | NotFound | ChannelClosed:
    if not is_member:
        return NotFound("there is no such channel")
    return tuple(map(UserId, others)) if is_writable else ChannelClosed()
