"""Friend requests: reading a pair under its locks, storing the effect of a request, lists, declines. Unix
milliseconds.
"""

from typing import Literal

import asyncpg
import msgspec

from matchmaker.domain.ids import UserId, pair_of
from matchmaker.domain.profile import Profile
from server.db.pool import Pool
from server.db.profile_rows import profile_of
from server.domain.people.friend_request import FriendPair, FriendRequestSide, Request

BRIEF_MS = 7 * 86_400_000
"""How long a room of less than five seconds counts as a meeting."""

PERMANENT = "CASE WHEN {verified} THEN {user}.email_verified_at IS NOT NULL ELSE {user}.password_hash IS NOT NULL END"
"""Whether an account is permanent; *verified*: e-mail is configured, so only a verified address counts."""
FRIENDS_OF = """
((SELECT count(*) FROM friendships f WHERE f.low = {user}) + (SELECT count(*) FROM friendships f WHERE f.high = {user}))
"""
REQUEST = """
{r}.is_quiet AS {r}_quiet, {r}.note AS {r}_note, unix_ms({r}.asked_at) AS {r}_asked_at,
unix_ms({r}.until_at) AS {r}_until_at, unix_ms({r}.declined_at) AS {r}_declined_at,
unix_ms({r}.withdrawn_at) AS {r}_withdrawn_at
"""
# Scalar subqueries, each by an index whatever the planner knows: EXISTS would read a table that was empty when the
# statement was planned into a hash.
PAIR = f"""
SELECT {REQUEST.format(r="mine")}, {REQUEST.format(r="theirs")},
       {PERMANENT.format(verified="$6", user="a")} AS asker_permanent,
       {PERMANENT.format(verified="$6", user="b")} AS target_permanent,
       {FRIENDS_OF.format(user="a.user_id")} AS asker_friends,
       {FRIENDS_OF.format(user="b.user_id")} AS target_friends,
       COALESCE((SELECT true FROM friendships f WHERE f.low = $3::uuid AND f.high = $4::uuid), false) AS are_friends,
       b.accepts_requests <> 'none' AS is_accepting,
       COALESCE(
           (SELECT true FROM room_seats s JOIN room_seats t USING (room_id)
            WHERE s.user_id = a.user_id AND t.user_id = b.user_id LIMIT 1),
           (SELECT true FROM chat_history h WHERE h.peer_id = b.user_id AND h.user_id = a.user_id LIMIT 1),
           (SELECT true FROM brief_meetings m WHERE m.low = $3::uuid AND m.high = $4::uuid
            AND m.ended_at > at_ms($5::bigint - {BRIEF_MS}) LIMIT 1), false) AS have_met,
       (SELECT count(*) FROM friend_requests o WHERE o.from_id = a.user_id AND NOT o.is_quiet
          AND o.withdrawn_at IS NULL AND o.until_at > at_ms($5)) AS open_requests,
       COALESCE(
           (SELECT true FROM blocks x WHERE x.user_id = a.user_id AND x.target_id = b.user_id),
           (SELECT true FROM blocks x WHERE x.user_id = b.user_id AND x.target_id = a.user_id),
           (SELECT true FROM ban_records r WHERE r.user_id = b.user_id AND r.lifted_at IS NULL
            AND (r.until_at IS NULL OR r.until_at > at_ms($5)) LIMIT 1), false) AS is_barred
FROM users a JOIN users b ON b.user_id = $2::uuid AND b.user_id <> a.user_id AND NOT b.is_mirror
LEFT JOIN friend_requests mine ON mine.from_id = a.user_id AND mine.to_id = b.user_id
LEFT JOIN friend_requests theirs ON theirs.from_id = b.user_id AND theirs.to_id = a.user_id
WHERE a.user_id = $1::uuid
"""  # noqa: S608 - constants of this code
STORE = """
INSERT INTO friend_requests (from_id, to_id, is_quiet, note, asked_at, until_at, declined_at)
VALUES ($1::uuid, $2::uuid, $3, $4, at_ms($5), at_ms($6), at_ms($7))
ON CONFLICT (from_id, to_id) DO UPDATE SET is_quiet = EXCLUDED.is_quiet, note = EXCLUDED.note,
    asked_at = EXCLUDED.asked_at, until_at = EXCLUDED.until_at, declined_at = EXCLUDED.declined_at, withdrawn_at = NULL
"""
WITHDRAW = """
WITH gone AS (
    DELETE FROM friend_requests WHERE from_id = $1::uuid AND to_id = $2::uuid AND declined_at IS NULL
)
UPDATE friend_requests SET withdrawn_at = at_ms($3)
WHERE from_id = $1::uuid AND to_id = $2::uuid AND declined_at IS NOT NULL AND withdrawn_at IS NULL
"""
DECLINE = """
UPDATE friend_requests SET declined_at = at_ms($3)
WHERE from_id = $2::uuid AND to_id = $1::uuid AND declined_at IS NULL AND NOT is_quiet AND until_at > at_ms($3)
"""
# Three index ranges. A guest whose request is answered sees it, also a quiet one: only an account is missing.
RECEIVED = """
SELECT 'received' AS side, u.user_id, u.display_name, u.gender, u.interests, r.note, r.is_quiet, r.asked_at, r.until_at
FROM friend_requests r JOIN users u ON u.user_id = r.from_id {join}
WHERE r.to_id = $1::uuid AND r.declined_at IS NULL AND r.until_at > at_ms($2) AND {which}
  AND NOT EXISTS (SELECT FROM ban_records b WHERE b.user_id = r.from_id AND b.lifted_at IS NULL
                  AND (b.until_at IS NULL OR b.until_at > at_ms($2)))
  AND (r.asked_at, r.from_id) < (at_ms($3), $4::uuid)
ORDER BY r.asked_at DESC, r.from_id DESC LIMIT $5
"""
ASKED_BACK = f"""
JOIN users me ON me.user_id = r.to_id AND NOT ({PERMANENT.format(verified="$6", user="me")})
JOIN friend_requests o ON o.from_id = r.to_id AND o.to_id = r.from_id AND o.withdrawn_at IS NULL
    AND o.until_at > at_ms($2)
"""
LIST = f"""
SELECT side, user_id::text, display_name, gender, interests, note, is_quiet, unix_ms(asked_at) AS asked_at,
       unix_ms(until_at) AS until_at
FROM (
    ({RECEIVED.format(join="", which="NOT r.is_quiet")})
    UNION ALL
    ({RECEIVED.format(join=ASKED_BACK, which="r.is_quiet")})
    UNION ALL
    (SELECT 'sent', u.user_id, u.display_name, u.gender, u.interests, r.note, r.is_quiet, r.asked_at, r.until_at
     FROM friend_requests r JOIN users u ON u.user_id = r.to_id
     WHERE r.from_id = $1::uuid AND r.withdrawn_at IS NULL AND r.until_at > at_ms($2)
       AND (r.asked_at, r.to_id) < (at_ms($3), $4::uuid)
     ORDER BY r.asked_at DESC, r.to_id DESC LIMIT $5)
) AS found ORDER BY found.asked_at DESC, found.user_id DESC LIMIT $5
"""  # noqa: S608 - constants of this code
MUTUAL = """
SELECT mine.to_id::text FROM friend_requests mine JOIN friend_requests theirs
    ON theirs.from_id = mine.to_id AND theirs.to_id = mine.from_id
WHERE mine.from_id = $1::uuid
"""
FORGET = """
DELETE FROM friend_requests WHERE (from_id, to_id) IN (
    SELECT from_id, to_id FROM friend_requests WHERE until_at <= at_ms($1) LIMIT $2)
"""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A request as one of the two users sees it."""

    side: Literal["received", "sent"]
    user: Profile
    note: str
    is_quiet: bool
    asked_at: int
    until_at: int


async def load(connection: asyncpg.Connection, user: UserId, target: UserId, *, verified: bool, now: int) -> FriendPair:
    """Return the stored state of *user*, who asks, and *target*; their locks are held."""
    row = await connection.fetchrow(PAIR, user, target, *pair_of(user, target), now, verified)
    if row is None:
        return FriendPair(asker=FriendRequestSide(), target=None)
    asker = FriendRequestSide(
        request=_request(row, "mine"), is_permanent=row["asker_permanent"], friends=row["asker_friends"]
    )
    target_side = FriendRequestSide(
        request=_request(row, "theirs"), is_permanent=row["target_permanent"], friends=row["target_friends"]
    )
    return FriendPair(
        asker=asker,
        target=None if row["is_barred"] else target_side,
        are_friends=row["are_friends"],
        have_met=row["have_met"],
        is_accepting=row["is_accepting"],
        open_requests=row["open_requests"],
    )


async def store(connection: asyncpg.Connection, user: UserId, target: UserId, request: Request) -> None:
    """Store a request of *user* to *target*."""
    await connection.execute(
        STORE,
        user,
        target,
        request.is_quiet,
        request.note,
        request.asked_at,
        request.until_at,
        request.declined_at,
    )


async def withdraw(connection: asyncpg.Connection, user: UserId, target: UserId, *, now: int) -> None:
    """Withdraw the request of *user* to *target*; one that was declined is kept, so that the difference cannot be
    seen.
    """
    await connection.execute(WITHDRAW, user, target, now)


async def decline(pool: Pool, user: UserId, asker: UserId, *, now: int) -> None:
    """Decline the open (not quiet) request of *asker* to *user*, if there is one; the asker is not told."""
    await pool.execute(DECLINE, user, asker, now)


async def listed(
    pool: Pool, user: UserId, *, verified: bool, before: tuple[int, str], limit: int, now: int
) -> list[Listed]:
    """Return the latest *limit* requests to and from *user* before that cursor, newest first."""
    rows = await pool.fetch(LIST, user, now, *before, limit, verified)
    return [
        Listed(
            side=row["side"],
            user=profile_of(row),
            note=row["note"],
            is_quiet=row["is_quiet"],
            asked_at=row["asked_at"],
            until_at=row["until_at"],
        )
        for row in rows
    ]


async def asked_each_other(connection: asyncpg.Connection, user: UserId) -> list[UserId]:
    """Return the users who have sent *user* a request and got one."""
    return [UserId(row[0]) for row in await connection.fetch(MUTUAL, user)]


async def forget(pool: Pool, *, now: int, limit: int = 1_000) -> int:
    """Delete up to *limit* expired requests, and return how many there were."""
    return int((await pool.execute(FORGET, now, limit)).removeprefix("DELETE "))


def _request(row: asyncpg.Record, name: str) -> Request | None:
    if row[f"{name}_asked_at"] is None:
        return None
    return Request(
        is_quiet=row[f"{name}_quiet"],
        note=row[f"{name}_note"],
        asked_at=row[f"{name}_asked_at"],
        until_at=row[f"{name}_until_at"],
        declined_at=row[f"{name}_declined_at"],
        withdrawn_at=row[f"{name}_withdrawn_at"],
    )
