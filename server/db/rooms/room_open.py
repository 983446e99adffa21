"""Opening rooms: the row, its participants, the torch of a text room and the cooldown."""

from matchmaker.domain.errors import CooldownActive, TargetUnavailable
from matchmaker.domain.room import Room
from server.db.json_rows import Rows
from server.db.rooms.room_rows import side_of

ASKED = Rows("""n int, room_id uuid, started_at bigint, offerer_id uuid, answerer_id uuid,
    offerer jsonb, answerer jsonb, offerer_real bool, answerer_real bool, kind text, mode text, duration_s int,
    connect_by bigint, live_at bigint, cooldown_until bigint, offerer_said_at bigint, answerer_said_at bigint""")
"""What a new room has; all else that can change is at its default."""

# Scalar subqueries, each by an index whatever the planner knows: joins read the whole of a table that was empty when
# the statement was planned, and EXISTS reads it into a hash. That the users exist, and are in no other room, is left to
# the constraints of the participants: each look costs all openings some µs, and a violation is rare.
_JUDGE = f"""asked AS (
    SELECT *, LEAST(offerer_id, answerer_id) AS low, GREATEST(offerer_id, answerer_id) AS high,
           offerer_real AND answerer_real AS both_real
    FROM ({ASKED.table}) AS t
), judged AS MATERIALIZED (
    SELECT a.*, CASE
        -- A commit whose outcome was unknown, tried again: it had been stored.
        WHEN (SELECT true FROM active_rooms r WHERE r.room_id = a.room_id) THEN 'stored'
        WHEN (SELECT true FROM blocks b WHERE b.user_id = a.offerer_id AND b.target_id = a.answerer_id)
          OR (SELECT true FROM blocks b WHERE b.user_id = a.answerer_id AND b.target_id = a.offerer_id)
          OR (SELECT true FROM block_newcomers n WHERE n.user_id = a.offerer_id AND n.other_id = a.answerer_id
              AND n.until_at > at_ms(a.started_at) LIMIT 1)
          OR (SELECT true FROM block_newcomers n WHERE n.user_id = a.answerer_id AND n.other_id = a.offerer_id
              AND n.until_at > at_ms(a.started_at) LIMIT 1) THEN 'unavailable'
        -- Friends have no cooldown; what opens their room is that they still are friends.
        WHEN a.kind = 'friend' AND (SELECT true FROM friendships f WHERE f.low = a.low AND f.high = a.high) IS NULL
          THEN 'unavailable'
        WHEN both_real AND a.kind <> 'friend' AND at_ms(a.started_at)
             < (SELECT c.until_at FROM cooldowns c WHERE c.low = a.low AND c.high = a.high) THEN 'cooldown'
    END AS verdict
    FROM asked a
), room AS (
    INSERT INTO active_rooms (
        room_id, owner, version, kind, mode, offerer_id, answerer_id, offerer, answerer, started_at, duration_s,
        connect_by, live_at, cooldown_until)
    SELECT
        room_id, $2, 1, kind, mode, offerer_id, answerer_id, offerer, answerer, at_ms(started_at), duration_s,
        at_ms(connect_by), at_ms(live_at), at_ms(cooldown_until)
    FROM judged WHERE verdict IS NULL
), seat AS (
    -- In the order of the people, as everywhere: two transactions that wait for each other never wait for ever.
    INSERT INTO room_seats (user_id, room_id)
    SELECT p.user_id, room_id
    FROM judged, LATERAL (VALUES (offerer_id, offerer_real), (answerer_id, answerer_real)) AS p (user_id, is_real)
    WHERE verdict IS NULL AND p.is_real ORDER BY p.user_id
)"""  # noqa: S608 - constants of this code
_TORCH = """, torch AS (
    INSERT INTO text_room_activity (room_id, offerer_said_at, answerer_said_at)
    SELECT room_id, at_ms(offerer_said_at), at_ms(answerer_said_at)
    FROM judged WHERE verdict IS NULL AND mode = 'text'
)"""
_APART = """, apart AS (
    INSERT INTO cooldowns AS c (low, high, until_at)
    SELECT low, high, at_ms(cooldown_until) FROM judged
    WHERE verdict IS NULL AND both_real AND cooldown_until IS NOT NULL
    ON CONFLICT (low, high) DO UPDATE SET until_at = GREATEST(c.until_at, EXCLUDED.until_at)
)"""
OPEN = _JUDGE + _TORCH + _APART
"""The steps that open rooms, from parameter 1 and their owner, parameter 2."""
OPEN_VIDEO = _JUDGE + _APART
"""For a group without a text room. Unused steps still cost 10 to 30 µs each time a statement starts."""
REFUSALS = """
SELECT n, verdict, (SELECT unix_ms(c.until_at) FROM cooldowns c WHERE c.low = j.low AND c.high = j.high)
FROM judged j WHERE verdict <> 'stored'
"""
"""The rooms that were not opened, and why."""


def opening_row(n: int, room: Room) -> tuple[object, ...]:
    """Return the row of `ASKED` for a new room."""
    offerer, answerer = room.offerer, room.answerer
    return (
        n,
        room.room_id,
        room.started_at,
        offerer.profile.user_id,
        answerer.profile.user_id,
        side_of(offerer),
        side_of(answerer),
        not offerer.profile.mirror,
        not answerer.profile.mirror,
        room.kind,
        room.mode,
        room.duration_s,
        room.connect_by,
        room.live_at,
        room.cooldown_until,
        offerer.said_at,
        answerer.said_at,
    )


def opening_refusal(verdict: str, until_at: int) -> Exception:
    """Return the error for a row of `REFUSALS`."""
    return CooldownActive(until_at) if verdict == "cooldown" else TargetUnavailable()
