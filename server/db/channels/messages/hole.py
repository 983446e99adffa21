"""Missed channel events: messages sent and changed between two positions, or since an instant."""

from typing import Final

import msgspec

from matchmaker.domain.ids import UserId
from server.db.channels.messages.views import load_changes
from server.db.channels.records import Change
from server.db.pool import Pool
from signaling.routing.positions import Position

HOLE_MAX: Final = 500

MISSED = """
SELECT n, rev FROM channel_messages
WHERE channel_id = $1::uuid AND ((n > $2 AND n <= $3) OR (rev > $4 AND rev <= $5)) LIMIT $6
"""


# One row per present member: the position of the channel, and its position before all that is new.
TOUCHED = """
WITH touched AS (
    SELECT channel_id, min(n) AS n, min(rev) AS rev FROM (
        SELECT channel_id, n, NULL::bigint AS rev FROM channel_messages WHERE sent_at >= at_ms($1)
        UNION ALL
        SELECT channel_id, NULL, rev FROM channel_messages WHERE changed_at >= at_ms($1)) AS x
    GROUP BY channel_id
)
SELECT m.user_id::text, c.channel_id::text, c.last_n, c.rev,
    GREATEST(COALESCE(t.n - 1, c.last_n), m.joined_n) AS after_n, COALESCE(t.rev - 1, c.rev) AS after_rev
FROM touched t JOIN channels c ON c.channel_id = t.channel_id
JOIN channel_members m ON m.channel_id = c.channel_id AND m.left_at IS NULL
LIMIT $2
"""


class Touched(msgspec.Struct, frozen=True):
    """A member of a channel with missed events."""

    user: UserId
    channel_id: str
    end: Position
    """The position of the channel now."""
    after: Position
    """Its position before them."""


async def touched(pool: Pool, *, since: int, limit: int) -> list[Touched] | None:
    """Return the members of every channel with a message that was sent or changed after *since*; None: too many."""
    rows = await pool.fetch(TOUCHED, since, limit + 1)
    if len(rows) > limit:
        return None
    return [Touched(UserId(row[0]), row[1], (row[2], row[3]), (row[4], row[5])) for row in rows]


async def missed(pool: Pool, channel_id: str, *, after: Position, upto: Position) -> list[Change] | None:
    """Return the events after a position, up to another, as they are now: new messages by `n`, then changes by `rev`.

    None: they are too many.
    """
    rows = await pool.fetch(MISSED, channel_id, after[0], upto[0], after[1], upto[1], HOLE_MAX + 1)
    if len(rows) > HOLE_MAX:
        return None
    fresh = sorted(n for n, _ in rows if n > after[0])
    changed = [n for n, rev in sorted(rows, key=lambda row: row[1]) if n <= after[0]]
    new = await load_changes(pool, [(channel_id, n) for n in fresh], is_new=True) if fresh else {}
    old = await load_changes(pool, [(channel_id, n) for n in changed]) if changed else {}
    found = [new.get((channel_id, n)) for n in fresh] + [old.get((channel_id, n)) for n in changed]
    return [change for change in found if change is not None]
