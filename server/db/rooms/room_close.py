"""Ending rooms: the row is deleted; history, completions, totals and the cooldown are written."""

from collections.abc import Iterable
from functools import cache

from matchmaker.domain.end_reason import visible_end_reason
from matchmaker.domain.timing import COMPLETIONS_TO_VERIFY, LIVE_FOR_COMPLETION_MS, LIVE_FOR_HISTORY_MS
from matchmaker.domain.transactions import RoomWrite
from server.db.json_rows import Rows
from server.db.rooms.meetings import SHOWN

OVER = Rows("""n int, room_id uuid, version int, is_mirror bool, started_at bigint, ended_at bigint, live_ms bigint,
    offerer_reason text, answerer_reason text, cooldown_until bigint, cooldown_was bigint""")
"""What the end adds to the stored room: its version shows that the rest has not changed."""

# Participants and torch are deleted with the row, by cascade.
_CLOSED = f"""over AS (
    %(over)s
), closed AS (
    DELETE FROM active_rooms r USING over o WHERE r.room_id = o.room_id AND r.version = o.version
    RETURNING o.*, r.mode, r.kind, r.offerer_id, r.answerer_id,
              LEAST(r.offerer_id, r.answerer_id) AS low, GREATEST(r.offerer_id, r.answerer_id) AS high,
              %(said)s AS said,
              {SHOWN.format(side="r.offerer")} AS offerer_shown, {SHOWN.format(side="r.answerer")} AS answerer_shown
), cooldown AS (
    INSERT INTO cooldowns AS c (low, high, until_at)
    SELECT g.low, g.high, at_ms(g.cooldown_until)
    FROM closed g JOIN users l ON l.user_id = g.low JOIN users h ON h.user_id = g.high
    WHERE NOT g.is_mirror AND g.cooldown_until >= COALESCE(g.cooldown_was, 0)
    ON CONFLICT (low, high) DO UPDATE SET until_at = GREATEST(c.until_at, EXCLUDED.until_at)
)"""  # noqa: S608 - constants of this code
_SAID = "(SELECT count(*) FROM room_messages m WHERE m.room_id = o.room_id)"
_TALKED = f""", met AS (
    SELECT g.*, p.* FROM closed g, LATERAL (VALUES
        (offerer_id, answerer_id, offerer_reason, offerer_shown),
        (answerer_id, offerer_id, answerer_reason, answerer_shown)
    ) AS p (user_id, peer_id, reason, shown)
    WHERE NOT is_mirror AND live_ms >= {LIVE_FOR_HISTORY_MS}
), completions AS (
    -- Not with users of the same invite tree or network: accounts that let each other in must not raise each other.
    -- Accounts without a network share none, so that two people of one LAN can complete.
    SELECT g.room_id FROM closed g
    LEFT JOIN users o ON o.user_id = g.offerer_id LEFT JOIN users a ON a.user_id = g.answerer_id
    WHERE NOT g.is_mirror AND g.kind = 'match' AND g.live_ms >= {LIVE_FOR_COMPLETION_MS}
      AND COALESCE(o.invite_tree, o.user_id) IS DISTINCT FROM COALESCE(a.invite_tree, a.user_id)
      AND NOT (SELECT count(*) > 0 FROM login_origins x JOIN login_origins y ON y.digest = x.digest AND y.kind = x.kind
               WHERE x.kind = 'network' AND x.user_id = g.offerer_id AND y.user_id = g.answerer_id)
), counted AS (
    UPDATE users u SET
        calls = u.calls + 1, completions = u.completions + (c.room_id IS NOT NULL)::int,
        talk_ms = u.talk_ms + m.live_ms,
        access = CASE WHEN u.access = 'grace' AND c.room_id IS NOT NULL
                       AND u.completions + 1 >= {COMPLETIONS_TO_VERIFY} THEN 'verified' ELSE u.access END
    FROM met m LEFT JOIN completions c USING (room_id) WHERE u.user_id = m.user_id
    RETURNING m.*                                 -- without accounts deleted in between
), history AS (
    INSERT INTO chat_history (user_id, room_id, peer_id, chat_mode, started_at, ended_at, live_ms, end_reason,
                              message_count, shown, kind)
    SELECT c.user_id, room_id, p.user_id, mode, at_ms(started_at), at_ms(ended_at), live_ms, reason, said, shown, kind
    FROM counted c LEFT JOIN users p ON p.user_id = c.peer_id
    ON CONFLICT (user_id, room_id) DO NOTHING
), completed AS (
    INSERT INTO session_completions (user_id, room_id, completed_at, live_ms)
    SELECT user_id, room_id, at_ms(ended_at), live_ms FROM counted
    WHERE kind = 'match' AND live_ms >= {LIVE_FOR_COMPLETION_MS}
    ON CONFLICT (user_id, room_id) DO NOTHING
)"""  # noqa: S608 - constants of this code
_SHORTENED = """, shortened AS (
    -- Only what this room wrote: one of another cause stays.
    UPDATE cooldowns c SET until_at = at_ms(g.cooldown_until) FROM closed g
    WHERE c.low = g.low AND c.high = g.high AND NOT g.is_mirror AND g.cooldown_until < g.cooldown_was
      AND c.until_at = at_ms(g.cooldown_was)
)"""
_BRIEF = f""", glimpsed AS (
    -- Too brief for the history, and yet what a report may be about.
    INSERT INTO brief_meetings (low, high, room_id, chat_mode, started_at, ended_at, live_ms, low_shown, high_shown)
    SELECT low, high, room_id, mode, at_ms(started_at), at_ms(ended_at), live_ms,
           CASE WHEN low = offerer_id THEN offerer_shown ELSE answerer_shown END,
           CASE WHEN low = offerer_id THEN answerer_shown ELSE offerer_shown END
    FROM closed WHERE NOT is_mirror AND live_ms < {LIVE_FOR_HISTORY_MS}
    ON CONFLICT (low, high, room_id) DO NOTHING
)"""  # noqa: S608 - constants of this code
_CALLED = """, called AS (
    -- For the message in the DM, which locks the channel in a transaction of its own (`channels.calls`).
    INSERT INTO friend_calls (call_id, caller_id, callee_id, mode, live_ms, ended_at)
    SELECT room_id, offerer_id, answerer_id, mode, NULLIF(live_ms, 0), at_ms(ended_at) FROM closed WHERE kind = 'friend'
)"""
_MIRROR = """, forgotten AS (
    DELETE FROM room_messages s USING closed g WHERE s.room_id = g.room_id AND g.is_mirror
)"""


ENDED = "SELECT n, 'ended', NULL::bigint FROM closed"
"""The rooms that were ended: those at the version that was to be ended."""


@cache
def ending_steps(parameter: int = 1, *, talked: bool = True, brief: bool = True, rare: bool = True) -> str:
    """Return the steps that store a group with such ends, from that parameter: unused steps cost nothing.

    *rare*: with a cooldown to shorten, with the mirror, or of friends.
    """
    parts = ((_TALKED, talked), (_BRIEF, brief), (_SHORTENED + _MIRROR + _CALLED, rare))
    closed = _CLOSED % {"over": OVER.parameter(parameter), "said": _SAID if talked else "0"}
    return closed + "".join(part for part, needed in parts if needed)


def steps_for(changes: Iterable[RoomWrite], *, parameter: int) -> str:
    """Return the steps that store the ends *changes*."""
    talked = brief = rare = False
    for change in changes:
        room, ending = change.after, change.ending
        assert ending is not None
        if room.is_mirror:
            rare = True
            continue
        if ending.live_ms < LIVE_FOR_HISTORY_MS:
            brief = True
        else:
            talked = True
        if room.kind == "friend" or (ending.cooldown_until or 0) < (room.cooldown_until or 0):
            rare = True
    return ending_steps(parameter, talked=talked, brief=brief, rare=rare)


def ending_row(n: int, change: RoomWrite) -> tuple[object, ...]:
    """Return the row of `OVER` for an end."""
    before, room, ending = change.before, change.after, change.ending
    assert before is not None
    assert ending is not None
    offerer, answerer = room.users
    return (
        n,
        room.room_id,
        before.version,
        room.is_mirror,
        room.started_at,
        ending.at,
        ending.live_ms,
        visible_end_reason(offerer, ending.reason, ending.by),
        visible_end_reason(answerer, ending.reason, ending.by),
        ending.cooldown_until,
        room.cooldown_until,
    )
