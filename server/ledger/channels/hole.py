"""What a user was not given of a channel: messages sent and changed between two positions."""

from typing import Final

from server.ledger.channels.records import Change
from server.ledger.channels.views import load_changes
from server.ledger.pool import Pool
from server.people.rules.positions import Position

HOLE_MAX: Final = 500

MISSED = """
SELECT n, rev FROM channel_messages
WHERE channel_id = $1::uuid AND ((n > $2 AND n <= $3) OR (rev > $4 AND rev <= $5)) LIMIT $6
"""


async def missed(pool: Pool, channel_id: str, *, after: Position, upto: Position) -> list[Change] | None:
    """Return what happened after a position, up to another, as it is now: new messages by `n`, then changes by `rev`.

    None: it is too much.
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
