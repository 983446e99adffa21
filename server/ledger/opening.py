"""Opening rooms: the row, a seat for each, the torch of a text room and the cooldown, whole or not at all."""

from collections.abc import Sequence

from matchmaker.change import RoomChange
from matchmaker.errors import Conflict, CooldownActive, TargetUnavailable
from matchmaker.ids import pair_of
from matchmaker.room import Room
from server.ledger.arrays import columns, table
from server.ledger.pool import Pool
from server.ledger.rooms import STATE, state_of, write_side

ASKED = f"""n int, room_id uuid, started_at bigint, offerer_id uuid, answerer_id uuid, offerer text, answerer text,
    offerer_real bool, answerer_real bool, both_real bool, low uuid, high uuid, {STATE}"""

OPEN = f"""
WITH asked AS (
    {table(ASKED)}
), judged AS (
    SELECT a.*, c.until_at, CASE
        -- A commit whose outcome was unknown, tried again: it had been stored.
        WHEN EXISTS (SELECT FROM active_rooms r WHERE r.room_id = a.room_id) THEN 'stored'
        WHEN offerer_real AND NOT EXISTS (SELECT FROM users u WHERE u.user_id = offerer_id) THEN 'unavailable'
        WHEN answerer_real AND NOT EXISTS (SELECT FROM users u WHERE u.user_id = answerer_id) THEN 'unavailable'
        WHEN EXISTS (SELECT FROM blocks b WHERE b.user_id = offerer_id AND target_id = answerer_id) THEN 'unavailable'
        WHEN EXISTS (SELECT FROM blocks b WHERE b.user_id = answerer_id AND target_id = offerer_id) THEN 'unavailable'
        WHEN both_real AND c.until_at > at_ms(started_at) THEN 'cooldown'
        WHEN EXISTS (SELECT FROM room_seats s WHERE s.user_id = offerer_id) THEN 'conflict'
        WHEN EXISTS (SELECT FROM room_seats s WHERE s.user_id = answerer_id) THEN 'conflict'
    END AS verdict
    FROM asked a LEFT JOIN cooldowns c ON c.low = a.low AND c.high = a.high
), admitted AS (
    SELECT * FROM judged WHERE verdict IS NULL
), room AS (
    INSERT INTO active_rooms (
        room_id, version, mode, offerer_id, answerer_id, offerer, answerer, offerer_ready, answerer_ready,
        offerer_away_until, answerer_away_until, started_at, duration_s, connect_by, live_at, ends_at, talked_ms,
        paused_at, asked_by, asked_at, cooldown_until)
    SELECT
        room_id, 1, mode, offerer_id, answerer_id, offerer::jsonb, answerer::jsonb, offerer_ready, answerer_ready,
        at_ms(offerer_away_until), at_ms(answerer_away_until), at_ms(started_at), duration_s, at_ms(connect_by),
        at_ms(live_at), at_ms(ends_at), talked_ms, at_ms(paused_at), asked_by, at_ms(asked_at), at_ms(cooldown_until)
    FROM admitted
), seat AS (
    -- In the order of the people, as everywhere: two transactions that wait for each other never wait for ever.
    INSERT INTO room_seats (user_id, room_id)
    SELECT p.user_id, room_id
    FROM admitted, LATERAL (VALUES (offerer_id, offerer_real), (answerer_id, answerer_real)) AS p (user_id, is_real)
    WHERE p.is_real ORDER BY p.user_id
), torch AS (
    INSERT INTO text_room_activity (
        room_id, offerer_said_at, answerer_said_at, offerer_idle, answerer_idle, warned_until)
    SELECT room_id, at_ms(offerer_said_at), at_ms(answerer_said_at), offerer_idle, answerer_idle, at_ms(warned_until)
    FROM admitted WHERE mode = 'text'
), apart AS (
    INSERT INTO cooldowns AS c (low, high, until_at)
    SELECT low, high, at_ms(cooldown_until) FROM admitted
    WHERE both_real AND cooldown_until IS NOT NULL ORDER BY low, high
    ON CONFLICT (low, high) DO UPDATE SET until_at = GREATEST(c.until_at, EXCLUDED.until_at)
)
SELECT n, verdict, unix_ms(until_at) FROM judged WHERE verdict <> 'stored'
"""  # noqa: S608 - constants of this code


async def open_rooms(pool: Pool, changes: Sequence[RoomChange]) -> list[Exception | None]:
    """Store new rooms, at version 1, no person in two of them; return for each None, or why not."""
    rows = await pool.fetch(OPEN, *columns(_row(n, change.after) for n, change in enumerate(changes)))
    results: list[Exception | None] = [None] * len(changes)
    for n, verdict, until_at in rows:
        results[n] = _refusal(verdict, until_at)
    return results


def _row(n: int, room: Room) -> tuple[object, ...]:
    offerer, answerer = room.offerer, room.answerer
    low, high = pair_of(offerer.user, answerer.user)
    return (
        n,
        room.room_id,
        room.started_at,
        offerer.user,
        answerer.user,
        write_side(offerer),
        write_side(answerer),
        not offerer.profile.mirror,
        not answerer.profile.mirror,
        not room.is_mirror,
        low,
        high,
        *state_of(room),
    )


def _refusal(verdict: str, until_at: int) -> Exception:
    match verdict:
        case "cooldown":
            return CooldownActive(until_at)
        case "unavailable":
            return TargetUnavailable()
        case _:
            return Conflict("one of the two is in another room")
