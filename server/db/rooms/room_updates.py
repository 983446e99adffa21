"""Changing open rooms by compare-and-set, and storing messages in them, in one transaction."""

from collections.abc import Iterable, Sequence
from functools import cache

from matchmaker.domain.errors import VersionConflict
from matchmaker.domain.message import Message
from matchmaker.domain.room import Participant, Room
from matchmaker.domain.transactions import RoomWrite
from server.db.json_rows import Rows
from server.db.pool import Pool
from server.db.rooms.room_rows import STATE, RoomSide, side_of, state_of

CHANGE = Rows(f"""n int, room_id uuid, version int, raise_by int, offerer jsonb, answerer jsonb, leaves_text bool,
    message_id uuid, sender_id uuid, client_id text, body text, sent_at bigint, {STATE}""")

_CHANGE = f"""
WITH change AS (
    {CHANGE.table}
)"""
# LATERAL with LIMIT: by an index, whatever the planner knows of the table.
_EARLIER = """, earlier AS (
    SELECT c.n, m.message_id, m.body, m.sent_at, m.delivered_at, m.read_at
    FROM change c, LATERAL (
        SELECT * FROM room_messages m
        WHERE m.room_id = c.room_id AND m.sender_id = c.sender_id AND m.client_id = c.client_id LIMIT 1
    ) m
)"""
_MOVED = """, moved AS (
    UPDATE active_rooms r SET
        version = r.version + c.raise_by, mode = c.mode, duration_s = c.duration_s, talked_ms = c.talked_ms,
        offerer = COALESCE(c.offerer, r.offerer), answerer = COALESCE(c.answerer, r.answerer),
        offerer_ready = c.offerer_ready, answerer_ready = c.answerer_ready,
        offerer_away_until = at_ms(c.offerer_away_until), answerer_away_until = at_ms(c.answerer_away_until),
        connect_by = at_ms(c.connect_by), live_at = at_ms(c.live_at), ends_at = at_ms(c.ends_at),
        paused_at = at_ms(c.paused_at), asked_by = c.asked_by, asked_at = at_ms(c.asked_at),
        offerer_asked_at = at_ms(c.offerer_asked_at), answerer_asked_at = at_ms(c.answerer_asked_at),
        cooldown_until = at_ms(c.cooldown_until)
    FROM change c
    WHERE r.room_id = c.room_id AND r.version = c.version%(unsaid)s
    RETURNING c.*
)"""
_UNSAID = " AND NOT EXISTS (SELECT FROM earlier e WHERE e.n = c.n)"
_TORCH = """, torch AS (
    INSERT INTO text_room_activity AS t (
        room_id, offerer_said_at, answerer_said_at, offerer_idle, answerer_idle, warned_until)
    SELECT room_id, at_ms(offerer_said_at), at_ms(answerer_said_at), offerer_idle, answerer_idle, at_ms(warned_until)
    FROM moved WHERE mode = 'text' AND raise_by > 0
    ON CONFLICT (room_id) DO UPDATE SET
        offerer_said_at = EXCLUDED.offerer_said_at, answerer_said_at = EXCLUDED.answerer_said_at,
        offerer_idle = EXCLUDED.offerer_idle, answerer_idle = EXCLUDED.answerer_idle,
        warned_until = EXCLUDED.warned_until
), extinguished AS (
    DELETE FROM text_room_activity t USING moved m WHERE t.room_id = m.room_id AND m.leaves_text
)"""
_SAID = """, said AS (
    INSERT INTO room_messages (message_id, room_id, sender_id, client_id, body, sent_at)
    SELECT message_id, room_id, sender_id, client_id, body, at_ms(sent_at) FROM moved WHERE message_id IS NOT NULL
)"""
_MOVES = """
SELECT n, NULL, NULL, NULL, NULL, NULL FROM moved
"""
_MESSAGES = """
UNION ALL
SELECT n, message_id::text, body, unix_ms(sent_at), unix_ms(delivered_at), unix_ms(read_at) FROM earlier
"""


@cache
def move_statement(*, messages: bool = True, text: bool = True) -> str:
    """Return the statement for a group with messages, with rooms that are or were in text: unused parts cost
    nothing.
    """
    return "".join(
        (
            _CHANGE,
            _EARLIER if messages else "",
            _MOVED % {"unsaid": _UNSAID if messages else ""},
            _TORCH if text else "",
            _SAID if messages else "",
            _MOVES,
            _MESSAGES if messages else "",
        )
    )


async def move_rooms(pool: Pool, changes: Sequence[RoomWrite]) -> list[Message | Exception | None]:
    """Store changed rooms and their messages; return for each the stored message, or a VersionConflict."""
    packed = CHANGE.pack(_row(n, change) for n, change in enumerate(changes))
    rows = await pool.fetch(_statement(changes), packed)
    results: list[Message | Exception | None] = [VersionConflict("the room has another version")] * len(changes)
    for n, message_id, body, sent_at, delivered_at, read_at in rows:
        message = changes[n].message
        if message is not None and message_id is not None:
            message = Message(
                message_id=message_id,
                room_id=message.room_id,
                sender=message.sender,
                client_id=message.client_id,
                body=body,
                sent_at=sent_at,
                delivered_at=delivered_at,
                read_at=read_at,
            )
        results[n] = message
    return results


async def revise_rooms(pool: Pool, pairs: Iterable[tuple[Room, Room]]) -> set[str]:
    """Store many changed rooms in one statement; return the ids of those that were at the version of their `before`."""
    changes = [RoomWrite(before=before, after=after) for before, after in pairs]
    if not changes:
        return set()
    packed = CHANGE.pack(_row(n, change) for n, change in enumerate(changes))
    return {changes[row[0]].after.room_id for row in await pool.fetch(_statement(changes), packed)}


def _statement(changes: Sequence[RoomWrite]) -> str:
    return move_statement(
        messages=any(change.message is not None for change in changes),
        text=any("text" in (change.after.mode, change.before and change.before.mode) for change in changes),
    )


def _row(n: int, change: RoomWrite) -> tuple[object, ...]:
    before, after, message = change.before, change.after, change.message
    assert before is not None
    return (
        n,
        after.room_id,
        before.version,
        0 if after is before else 1,
        _side(before.offerer, after.offerer),
        _side(before.answerer, after.answerer),
        before.mode == "text" and after.mode == "video",
        *((None,) * 5 if message is None else _said(message)),
        *state_of(after),
    )


def _said(message: Message) -> tuple[object, ...]:
    return message.message_id, message.sender, message.client_id, message.body, message.sent_at


def _side(before: Participant, after: Participant) -> RoomSide | None:
    """Return the column if it changes, which it rarely does."""
    same = after.profile is before.profile and after.wish is before.wish
    return None if same else side_of(after)
