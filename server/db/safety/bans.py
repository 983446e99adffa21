"""Bans: users who may not use the service, why, and until when. What a user sees of theirs is a `ban_policy.Ban`."""

from collections.abc import Sequence
from typing import Any, Literal

import asyncpg
import msgspec

from matchmaker.domain.errors import NotFound, StateConflict
from matchmaker.domain.ids import UserId, new_id
from server.db.notifications import email_outbox, notification_rows
from server.db.pool import ADVISORY_WAITS, DatabaseConnection, Pool
from server.db.safety.audit import AuditAction, append
from server.db.safety.ip_bans import STAMP
from server.domain.ban_policy import AppealStatus, Ban, Kind, lasts_longer

FIELDS = """b.ban_id::text, b.kind, b.statement, unix_ms(b.imposed_at) AS imposed_at, unix_ms(b.until_at) AS until_at,
    b.appeal_status, b.appeal_answer"""
RECORD = f"""{FIELDS}, b.user_id::text, u.display_name, b.imposed_by::text, unix_ms(b.lifted_at) AS lifted_at,
    b.lifted_by::text, b.lifted_why, b.appeal, unix_ms(b.appealed_at) AS appealed_at"""
# A ban that has ended is not lifted, and has no effect.
STANDING = f"""
SELECT {FIELDS} FROM ban_records b
WHERE b.user_id = $1::uuid AND b.lifted_at IS NULL AND (b.until_at IS NULL OR b.until_at > at_ms($2))
"""  # noqa: S608 - constants of this code
STANDING_OF = """
SELECT b.user_id::text FROM ban_records b
WHERE b.user_id = ANY ($1::text[]::uuid[]) AND b.lifted_at IS NULL AND (b.until_at IS NULL OR b.until_at > at_ms($2))
"""
LATELY = "SELECT DISTINCT b.user_id::text FROM ban_records b WHERE b.changed_at > at_ms($1)"
CHANGES = f"SELECT ARRAY({LATELY}), ({STAMP})"
IN_ROOMS = """
SELECT s.user_id::text FROM room_seats s JOIN ban_records b ON b.user_id = s.user_id AND b.lifted_at IS NULL
"""
PAGE = f"""
SELECT {RECORD} FROM ban_records b LEFT JOIN users u ON u.user_id = b.user_id
WHERE (b.imposed_at, b.ban_id) < (at_ms($1), $2::uuid)
  AND (NOT $3 OR COALESCE(LEAST(b.lifted_at, b.until_at), 'infinity') > at_ms($4))
  AND ($5::uuid IS NULL OR b.user_id = $5::uuid)
ORDER BY b.imposed_at DESC, b.ban_id DESC LIMIT $6
"""  # noqa: S608 - constants of this code
APPEALS = f"""
SELECT {RECORD} FROM ban_records b LEFT JOIN users u ON u.user_id = b.user_id
WHERE b.appeal IS NOT NULL AND b.appeal_status = $1 ORDER BY b.appealed_at LIMIT $2
"""  # noqa: S608 - constants of this code


class BanRecord(Ban, frozen=True, kw_only=True):
    """A ban as a moderator sees it."""

    user_id: UserId
    display_name: str | None
    """None: the account was deleted."""
    imposed_by: str | None
    """None: the rule about distinct reporters."""
    lifted_at: int | None
    lifted_by: str | None
    lifted_why: str | None
    appeal: str | None
    appealed_at: int | None


LOCK = f"SELECT {ADVISORY_WAITS}, pg_advisory_xact_lock(hashtextextended('conduct ' || $1, 0))"


async def lock(connection: DatabaseConnection, user: UserId) -> None:
    """Serialize decisions about *user* until this transaction ends."""
    await connection.execute(LOCK, user)


async def in_force(source: Pool | DatabaseConnection, user: UserId, *, now: int) -> Ban | None:
    """Return the ban of *user* that is in force."""
    row = await source.fetchrow(STANDING, user, now)
    return None if row is None else read_ban(row)


async def in_force_of(pool: Pool, users: Sequence[UserId], *, now: int) -> set[UserId]:
    """Return which of *users* are banned."""
    return {UserId(row[0]) for row in await pool.fetch(STANDING_OF, users, now)}


async def impose(
    connection: DatabaseConnection,
    user: UserId,
    *,
    kind: Kind,
    statement: str,
    until_at: int | None,
    by: UserId | None,
    now: int,
) -> Ban:
    """Ban *user*, whose lock the caller holds; a shorter ban of theirs ends, and an appeal against it with it.

    Raises:
        StateConflict: they are banned for as long already.
    """
    earlier = await in_force(connection, user, now=now)
    if earlier is not None and lasts_longer(earlier, kind=kind, until_at=until_at):
        raise StateConflict("this person is banned for as long already")
    await connection.execute(
        """UPDATE ban_records SET
               lifted_at = LEAST(at_ms($2), until_at), lifted_by = $3::uuid, changed_at = at_ms($2),
               appeal_status = CASE WHEN appeal_status = 'open' THEN 'rejected' ELSE appeal_status END,
               appeal_answer = CASE WHEN appeal_status = 'open' THEN $4 ELSE appeal_answer END
           WHERE user_id = $1::uuid AND lifted_at IS NULL""",
        user,
        now,
        by,
        statement,
    )
    ban = Ban(ban_id=new_id(now), kind=kind, statement=statement, imposed_at=now, until_at=until_at)
    await connection.execute(
        """INSERT INTO ban_records (ban_id, user_id, kind, statement, imposed_at, imposed_by, until_at, changed_at)
           VALUES ($1::uuid, $2::uuid, $3, $4, at_ms($5), $6::uuid, at_ms($7), at_ms($5))""",
        ban.ban_id,
        user,
        kind,
        statement,
        now,
        by,
        until_at,
    )
    await _tell(connection, user, "ban", ban.ban_id, now=now)
    details = {"ban_id": ban.ban_id, "kind": kind, "until_at": until_at, "statement": statement}
    await append(connection, AuditAction(action="ban.imposed", at=now, actor=by, subject=user, details=details))
    return ban


async def lift(connection: DatabaseConnection, user: UserId, *, why: str, by: UserId, now: int) -> bool:
    """Lift the ban of *user*, whose lock the caller holds; False when no ban was in force."""
    ban_id = await connection.fetchval(
        """UPDATE ban_records SET lifted_at = at_ms($2), lifted_by = $3::uuid, lifted_why = $4, changed_at = at_ms($2)
           WHERE user_id = $1::uuid AND lifted_at IS NULL AND (until_at IS NULL OR until_at > at_ms($2))
           RETURNING ban_id::text""",
        user,
        now,
        by,
        why,
    )
    if ban_id is None:
        return False
    await _tell(connection, user, "ban_lifted", ban_id, now=now)
    details = {"ban_id": ban_id, "why": why}
    await append(connection, AuditAction(action="ban.lifted", at=now, actor=by, subject=user, details=details))
    return True


async def imposers(connection: DatabaseConnection, user: UserId, *, now: int) -> list[UserId | None]:
    """Return who imposed the ban of *user* that is in force, None for the report rule; empty: none is."""
    rows = await connection.fetch(
        """SELECT imposed_by::text FROM ban_records
           WHERE user_id = $1::uuid AND lifted_at IS NULL AND (until_at IS NULL OR until_at > at_ms($2))""",
        user,
        now,
    )
    return [row[0] for row in rows]


async def require_standing(connection: DatabaseConnection, user: UserId, ban_id: str, *, now: int) -> None:
    """Check that this ban is in force.

    Raises:
        StateConflict: it no longer is.
    """
    ban = await in_force(connection, user, now=now)
    if ban is None or ban.ban_id != ban_id:
        raise StateConflict("this ban is not in force any more")


async def user_of(connection: DatabaseConnection, ban_id: str) -> UserId:
    """Return the user of a ban, and lock decisions about that user until the transaction ends.

    Raises:
        NotFound: there is no such ban.
    """
    user: UserId | None = await connection.fetchval(
        "SELECT user_id::text FROM ban_records WHERE ban_id = $1::uuid", ban_id
    )
    if user is None:
        raise NotFound("there is no such ban")
    await lock(connection, user)
    return user


async def appeal(connection: DatabaseConnection, user: UserId, text: str, *, now: int) -> Ban:
    """Store the appeal of *user* against the ban that is in force, and return the ban.

    Raises:
        NotFound: no ban is in force.
        StateConflict: they have appealed before.
    """
    ban = await in_force(connection, user, now=now)
    if ban is None:
        raise NotFound("you are not banned")
    row = await connection.fetchrow(
        f"""UPDATE ban_records b SET
                appeal = $2, appealed_at = at_ms($3), appeal_status = 'open', changed_at = at_ms($3)
            WHERE b.ban_id = $1::uuid AND b.appeal IS NULL RETURNING {FIELDS}""",  # noqa: S608 - constants of this code
        ban.ban_id,
        text,
        now,
    )
    if row is None:
        raise StateConflict("you have appealed against this ban already")
    act = AuditAction(action="appeal.made", at=now, actor=user, subject=user, details={"ban_id": ban.ban_id})
    await append(connection, act)
    return read_ban(row)


async def answer(
    connection: DatabaseConnection, ban_id: str, status: AppealStatus, *, statement: str, by: UserId, now: int
) -> None:
    """Answer the appeal against a ban.

    Raises:
        StateConflict: there is none, or it was answered before.
    """
    user = await connection.fetchval(
        """UPDATE ban_records SET appeal_status = $2, appeal_answer = $3, appeal_decided_at = at_ms($4),
                                  appeal_decided_by = $5::uuid, changed_at = at_ms($4)
           WHERE ban_id = $1::uuid AND appeal_status = 'open' RETURNING user_id::text""",
        ban_id,
        status,
        statement,
        now,
        by,
    )
    if user is None:
        raise StateConflict("there is no open appeal against this ban")
    await _tell(connection, user, "appeal_answered", ban_id, now=now)
    details = {"ban_id": ban_id, "statement": statement}
    await append(connection, AuditAction(action=f"appeal.{status}", at=now, actor=by, subject=user, details=details))


async def changed(pool: Pool, *, since: int) -> tuple[list[UserId], str]:
    """Return the users whose bans changed after *since*, on any node, and the stamp of the bans of addresses."""
    [(users, ip_stamp)] = await pool.fetch(CHANGES, since)
    return [UserId(user) for user in users], ip_stamp


async def in_rooms(pool: Pool) -> list[UserId]:
    """Return banned users who are still in a room: a crash came in between. It reads every participant."""
    return [UserId(row[0]) for row in await pool.fetch(IN_ROOMS)]


async def page(
    pool: Pool, *, before: tuple[int, str], standing_only: bool, about: str | None, now: int, limit: int
) -> list[BanRecord]:
    """Return bans imposed before a cursor, the newest first."""
    at, ban_id = before
    rows = await pool.fetch(PAGE, at, ban_id, standing_only, now, about, limit)
    return [read_record(row) for row in rows]


async def appeals(pool: Pool, status: AppealStatus, *, limit: int) -> list[BanRecord]:
    """Return bans with an appeal in this state, the oldest appeal first."""
    return [read_record(row) for row in await pool.fetch(APPEALS, status, limit)]


async def _tell(
    connection: DatabaseConnection,
    user: UserId,
    kind: Literal["ban", "ban_lifted", "appeal_answered"],
    ban_id: str,
    *,
    now: int,
) -> None:
    """Store the notification of *user* about a decision on a ban."""
    await notification_rows.add(connection, user, kind, details={"ban_id": ban_id}, now=now)
    await email_outbox.add(connection, user, kind, subject=ban_id, now=now)


def read_ban(row: asyncpg.Record) -> Ban:
    """Return the ban of a row of `FIELDS`."""
    return msgspec.convert({field: row[field] for field in Ban.__struct_fields__}, Ban)


def read_record(row: Sequence[Any] | asyncpg.Record) -> BanRecord:
    """Return the record of a row of `RECORD`."""
    return msgspec.convert(dict(row), BanRecord)
