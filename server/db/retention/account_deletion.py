"""Deletion of accounts: bans and ties outlive the account as digests, without identifying the user."""

from matchmaker.domain.errors import VersionConflict
from matchmaker.domain.ids import UserId
from server.db.channels import account_deletion as channel_departure
from server.db.channels.records import Change
from server.db.notifications import email_outbox
from server.db.pool import ADVISORY_WAITS, DatabaseConnection, Pool
from server.db.safety import bans
from server.db.safety.audit import AuditAction, append
from server.db.user_locks import lock_users
from server.domain.ban_policy import Ban

ADDRESS = "SELECT email FROM users WHERE user_id = $1::uuid AND email_verified_at IS NOT NULL"

# Only for an account with a verified address: nothing else that we would want to keep identifies a user.
NOTE = """
INSERT INTO departed_people (digest, user_id, departed_at)
SELECT $2, $1::uuid, at_ms($3)
WHERE EXISTS (SELECT FROM departed_ties WHERE user_id = $1::uuid)
   OR EXISTS (SELECT FROM ban_records WHERE user_id = $1::uuid AND lifted_at IS NULL
                 AND (until_at IS NULL OR until_at > at_ms($3)))
   OR EXISTS (SELECT FROM reports WHERE reported_id = $1::uuid AND status = 'open')
ON CONFLICT DO NOTHING
"""
TIES = """
INSERT INTO departed_ties (user_id, other_id, kind, until_at, since_at)
SELECT $1::uuid, CASE WHEN low = $1::uuid THEN high ELSE low END, 'cooldown', until_at, NULL
FROM cooldowns WHERE (low = $1::uuid OR high = $1::uuid) AND until_at > at_ms($2)
UNION ALL
SELECT user_id, target_id, 'blocked', NULL, since_at FROM blocks WHERE user_id = $1::uuid
UNION ALL
SELECT target_id, user_id, 'blocked_by', NULL, since_at FROM blocks WHERE target_id = $1::uuid
ON CONFLICT DO NOTHING
"""
# Conversations whose other side was deleted before: no account can read them any more.
SILENCE = """
DELETE FROM room_messages WHERE room_id IN (
    SELECT room_id FROM chat_history WHERE user_id = $1::uuid AND peer_id IS NULL)
"""
# The peer's record of a meeting stays, without a name.
UNNAME = """
WITH low AS (
    UPDATE brief_meetings SET low_shown = NULL WHERE low = $1::uuid AND low_shown IS NOT NULL
)
UPDATE brief_meetings SET high_shown = NULL WHERE high = $1::uuid AND high_shown IS NOT NULL
"""
# The evidence stays, without the name of that time.
UNNAME_EVIDENCE = """
UPDATE reports SET session_data = session_data - CASE WHEN reporter_id = $1::uuid THEN 'reporter' ELSE 'reported' END
WHERE reporter_id = $1::uuid OR reported_id = $1::uuid
"""
LEAVE = """
DELETE FROM users WHERE user_id = $1::uuid RETURNING CASE WHEN email_verified_at IS NOT NULL THEN email END AS email
"""

BANNED = f"""
SELECT {bans.FIELDS} FROM departed_people d JOIN ban_records b ON b.user_id = d.user_id
WHERE d.digest = $1 AND b.lifted_at IS NULL AND (b.until_at IS NULL OR b.until_at > at_ms($2))
ORDER BY b.until_at DESC NULLS FIRST LIMIT 1
"""  # noqa: S608 - constants of this code

# No user is tied to themselves: the other may be the one who returned. Never listed: neither side may learn from it who
# the account was before.
COOLDOWNS_AGAIN = """
INSERT INTO cooldowns AS c (low, high, until_at, unlisted_until)
SELECT LEAST($1::uuid, t.other_id), GREATEST($1::uuid, t.other_id), max(t.until_at), max(t.until_at)
FROM departed_people d JOIN departed_ties t ON t.user_id = d.user_id
WHERE d.digest = $2 AND t.kind = 'cooldown' AND t.until_at > at_ms($3) AND t.other_id <> $1::uuid
GROUP BY 1, 2
ON CONFLICT (low, high) DO UPDATE SET until_at = GREATEST(c.until_at, EXCLUDED.until_at),
    unlisted_until = CASE WHEN EXCLUDED.until_at > c.until_at THEN EXCLUDED.until_at ELSE c.unlisted_until END
"""
BLOCKS_AGAIN = """
INSERT INTO blocks (user_id, target_id, since_at, unlisted)
SELECT CASE t.kind WHEN 'blocked' THEN $1::uuid ELSE t.other_id END,
       CASE t.kind WHEN 'blocked' THEN t.other_id ELSE $1::uuid END, min(t.since_at), true
FROM departed_people d JOIN departed_ties t ON t.user_id = d.user_id
WHERE d.digest = $2 AND t.kind <> 'cooldown' AND t.other_id <> $1::uuid
GROUP BY 1, 2
ON CONFLICT (user_id, target_id) DO NOTHING
"""
# Open reports keep counting: deletion after the third must not reset the count. No reporter has two about one user, so
# an earlier report of the same reporter about the new account stands for both.
REPORTS_AGAIN = """
UPDATE reports r SET reported_id = $1::uuid FROM departed_people d
WHERE d.digest = $2 AND r.reported_id = d.user_id AND r.status = 'open' AND r.reporter_id <> $1::uuid
  AND NOT EXISTS (SELECT FROM reports o WHERE o.reporter_id = r.reporter_id AND o.reported_id = $1::uuid)
RETURNING d.user_id::text
"""
# The ties belong to the new account now, and are deleted with it in turn.
RETURNED = """
WITH back AS (
    DELETE FROM departed_people WHERE digest = $1 RETURNING user_id
)
DELETE FROM departed_ties t USING back WHERE t.user_id = back.user_id
"""

# No tie is left: the digest is deleted as well.
PRUNE_TIES = "DELETE FROM departed_ties WHERE until_at <= at_ms($1)"
PRUNE_PEOPLE = """
DELETE FROM departed_people d
WHERE NOT EXISTS (SELECT FROM departed_ties t WHERE t.user_id = d.user_id)
  AND NOT EXISTS (SELECT FROM ban_records b WHERE b.user_id = d.user_id AND b.lifted_at IS NULL
                     AND (b.until_at IS NULL OR b.until_at > at_ms($1)))
  AND NOT EXISTS (SELECT FROM reports r WHERE r.reported_id = d.user_id AND r.status = 'open')
"""
LOCK = 0x6C65617665
"""Advisory lock of a deletion: "leave" in ASCII."""


async def address_of(pool: Pool, user: UserId) -> str | None:
    """Return the verified e-mail address of *user*; None: there is none."""
    address: str | None = await pool.fetchval(ADDRESS, user)
    return address


async def leave(
    pool: Pool, user: UserId, *, address: str | None, digest: bytes | None, now: int, erase: bool = False
) -> list[Change]:
    """Delete the account and all data of only this user; ties stay under *digest*. Idempotent.

    *erase*: the messages in channels are emptied too, in the background. Returns what the members of channels are told.

    Raises:
        VersionConflict: their address is not *address*, whose digest this is, any more. Nothing was deleted.
    """
    async with pool.transaction() as connection:
        # Serialized: two users who met and delete their accounts together would wait for each other's rows.
        await connection.execute(f"SELECT {ADVISORY_WAITS}, pg_advisory_xact_lock($1)", LOCK)
        # A ban that is being decided now is decided first.
        await bans.lock(connection, user)
        await lock_users(connection, user)
        changes = await channel_departure.leave(connection, user, erase=erase, now=now)
        if digest is not None:
            await connection.execute(TIES, user, now)
            await connection.execute(NOTE, user, digest, now)
        await connection.execute(SILENCE, user)
        await connection.execute(UNNAME, user)
        await connection.execute(UNNAME_EVIDENCE, user)
        deleted = await connection.fetchrow(LEAVE, user)
        # An address that is set concurrently must not escape the bans of the account.
        if deleted is not None and deleted["email"] != address:
            raise VersionConflict
        if deleted is not None and address is not None:
            await email_outbox.add_farewell(connection, address, now=now)
    return changes


async def ban_of(connection: DatabaseConnection, digest: bytes, *, now: int) -> Ban | None:
    """Return the ban of a deleted account with this address, the longest of several."""
    row = await connection.fetchrow(BANNED, digest, now)
    return None if row is None else bans.read_ban(row)


async def restore_ties(connection: DatabaseConnection, user: UserId, digest: bytes, *, now: int) -> bool:
    """Apply the ties of an address to *user*, who has just verified it; False if there are none."""
    apart = await connection.execute(COOLDOWNS_AGAIN, user, digest, now)
    blocked = await connection.execute(BLOCKS_AGAIN, user, digest)
    await bans.lock(connection, user)
    followed = {row[0] for row in await connection.fetch(REPORTS_AGAIN, user, digest)}
    await connection.execute(RETURNED, digest)
    for was in followed:
        await append(connection, AuditAction(action="reports.followed", at=now, subject=user, details={"was": was}))
    return not (apart.endswith(" 0") and blocked.endswith(" 0"))


async def prune(pool: Pool, *, now: int) -> int:
    """Delete digests without ties; return how many rows that was."""
    tags = [await pool.execute(statement, now) for statement in (PRUNE_TIES, PRUNE_PEOPLE)]
    return sum(int(tag.removeprefix("DELETE ")) for tag in tags)
