"""DMs: created when first opened, or when a call of two friends ends. Closing and reopening: `server.ledger.dms`."""

from matchmaker.errors import NotFound
from matchmaker.ids import UserId, new_id, pair_of
from server.ledger.channels.records import Change
from server.ledger.channels.service_messages import append_call
from server.ledger.channels.views import load_changes
from server.ledger.pool import Connection, Pool
from server.ledger.user_locks import lock_users

FIND = """
SELECT channel_id::text FROM channels
WHERE kind = 'dm' AND low = $1::uuid AND high = $2::uuid FOR NO KEY UPDATE
"""
FIND_ONLY = """
SELECT channel_id::text FROM channels WHERE kind = 'dm' AND low = $1::uuid AND high = $2::uuid
"""
ARE_FRIENDS = "SELECT EXISTS (SELECT FROM friendships WHERE low = $1::uuid AND high = $2::uuid)"
CREATE = """
INSERT INTO channels (channel_id, kind, low, high, created_at, last_at)
VALUES ($1::uuid, 'dm', $2::uuid, $3::uuid, at_ms($4), at_ms($4))
"""
FILL = """
INSERT INTO channel_members (channel_id, user_id, slot, joined_at)
VALUES ($1::uuid, $2::uuid, 1, at_ms($4)), ($1::uuid, $3::uuid, 2, at_ms($4))
"""


async def open_dm(pool: Pool, user: UserId, friend: UserId, *, now: int) -> tuple[str, bool]:
    """Return the DM of two friends, and whether it was created now.

    Raises:
        NotFound: they are no friends.
    """
    async with pool.transaction() as connection:
        await lock_users(connection, user, friend)
        return await ensure_dm(connection, user, friend, now=now)


async def find_dm(pool: Pool, one: UserId, other: UserId) -> str | None:
    """Return the DM of two users; None: it was never opened."""
    channel_id: str | None = await pool.fetchval(FIND_ONLY, *pair_of(one, other))
    return channel_id


async def ensure_dm(connection: Connection, user: UserId, friend: UserId, *, now: int) -> tuple[str, bool]:
    """Return the DM of two friends, created if there was none, in the caller's transaction. Raises as `open_dm`."""
    low, high = pair_of(user, friend)
    if user == friend or not await connection.fetchval(ARE_FRIENDS, low, high):
        raise NotFound("there is no such friend")
    found = await connection.fetchrow(FIND, low, high)
    if found is not None:
        return found["channel_id"], False
    channel_id = new_id(now)
    await connection.execute(CREATE, channel_id, low, high, now)
    await connection.execute(FILL, channel_id, low, high, now)
    return channel_id, True


async def record_call(
    pool: Pool,
    caller: UserId,
    callee: UserId,
    *,
    call_id: str,
    outcome: str,
    live_s: float | None,
    mode: str,
    now: int,
) -> tuple[Change, bool] | None:
    """Store the outcome of a call of two friends in their DM; return it, and whether the DM was created for it.

    None: it was stored before, or they are no friends any more and have no DM.
    """
    async with pool.transaction() as connection:
        await lock_users(connection, caller, callee)
        found = await connection.fetchrow(FIND, *pair_of(caller, callee))
        created = False
        if found is not None:
            channel_id = found["channel_id"]
        else:
            try:
                channel_id, created = await ensure_dm(connection, caller, callee, now=now)
            except NotFound:
                return None
        details = {"outcome": outcome, "live_s": live_s, "mode": mode}
        n = await append_call(connection, channel_id, caller=caller, call_id=call_id, details=details, now=now)
        return None if n is None else (await _load(connection, channel_id, n), created)


async def _load(connection: Connection, channel_id: str, n: int) -> Change:
    return (await load_changes(connection, [(channel_id, n)], is_new=True))[channel_id, n]
