"""Invite codes, their owners and remaining uses. Instants are Unix milliseconds."""

from typing import cast

import msgspec

from matchmaker.domain.errors import NotFound, StateConflict
from matchmaker.domain.ids import UserId
from matchmaker.domain.timing import COMPLETIONS_TO_VERIFY
from server.db.accounts.sessions import Access
from server.db.pool import DatabaseConnection, Pool
from server.db.safety import audit

OWN_USES = 4
"""How often a user's own code can be used."""

# The user is locked first, then the code, so that one user cannot take two uses and no deadlock is possible. A
# transaction that waited for a row reads its new values.
REDEEM = """
WITH person AS (
    SELECT user_id FROM users WHERE user_id = $1::uuid AND access = 'unpaid' FOR NO KEY UPDATE
), used AS (
    UPDATE invite_codes c SET uses_left = c.uses_left - 1 FROM person p
    WHERE c.code = $2 AND c.uses_left > 0 AND c.owner_id IS DISTINCT FROM p.user_id
    RETURNING p.user_id, c.owner_id
), noted AS (
    INSERT INTO invite_redemptions (user_id, code, redeemed_at) SELECT user_id, $2, at_ms($3) FROM used
)
UPDATE users u SET access = 'grace', invite_tree = COALESCE(o.invite_tree, o.user_id)
FROM used LEFT JOIN users o ON o.user_id = used.owner_id
WHERE u.user_id = used.user_id RETURNING u.access
"""
STANDING = """
SELECT u.access, EXISTS (SELECT FROM invite_redemptions r WHERE r.user_id = u.user_id AND r.code = $2) AS is_same
FROM users u WHERE u.user_id = $1::uuid
"""

# A code is created at the first request of a user who may have one; the constraint allows one per user.
EARN = f"""
INSERT INTO invite_codes (code, owner_id, uses, uses_left, created_at)
SELECT $2, user_id, {OWN_USES}, {OWN_USES}, at_ms($3) FROM users
WHERE user_id = $1::uuid AND access IN ('verified', 'paid') AND completions >= {COMPLETIONS_TO_VERIFY}
ON CONFLICT (owner_id) DO NOTHING
"""  # noqa: S608 - constants of this code
OWN = """
SELECT code, uses, uses_left, unix_ms(created_at) AS created_at FROM invite_codes WHERE owner_id = $1::uuid
"""
MADE = """
SELECT c.code, c.uses, c.uses_left, unix_ms(c.created_at) AS created_at, c.made_by::text FROM invite_codes c
WHERE c.owner_id IS NULL ORDER BY c.created_at DESC, c.code DESC LIMIT $1
"""


class InviteCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code, and how often it can still be used."""

    code: str
    uses: int
    uses_left: int
    """0: all uses are spent."""
    created_at: int


class Made(InviteCode, frozen=True, kw_only=True):
    """A code created by an administrator."""

    made_by: UserId | None
    """None: at the command line."""


async def redeem(store: "Pool | DatabaseConnection", user: UserId, code: str, *, now: int) -> Access:
    """Spend one use of *code* for *user*, who leaves `unpaid`; return their access. Atomic.

    Redeeming the same code again costs nothing.

    Raises:
        NotFound: there is no such code, its uses are spent, or it is their own.
        StateConflict: they have access already.
    """
    access: Access | None = await store.fetchval(REDEEM, user, code, now)
    if access is not None:
        return access
    row = await store.fetchrow(STANDING, user, code)
    if row is None or row["access"] == "unpaid":
        raise NotFound("there is no such code, or all of its uses are spent")
    if not row["is_same"]:
        raise StateConflict("you have access already: give the code to a user who needs it")
    return cast(Access, row["access"])


async def has_access(pool: Pool, user: UserId) -> bool:
    """Return whether *user* has left `unpaid`."""
    access = await pool.fetchval("SELECT access FROM users WHERE user_id = $1::uuid", user)
    return access is not None and access != "unpaid"


async def own(pool: Pool, user: UserId, *, fresh: str, now: int) -> InviteCode:
    """Return the own code of *user*; *fresh* becomes it if they have earned one and have none yet.

    Raises:
        NotFound: they have not earned one.
    """
    row = await pool.fetchrow(OWN, user)
    if row is None:
        await pool.execute(EARN, user, fresh, now)
        row = await pool.fetchrow(OWN, user)
    if row is None:
        raise NotFound(f"your own code comes with {COMPLETIONS_TO_VERIFY} conversations of 30 seconds")
    return msgspec.convert(dict(row), InviteCode)


async def make(pool: Pool, code: str, *, uses: int, by: UserId | None, now: int) -> Made:
    """Store a code of an administrator, and add it to the audit log; *by* None: at the command line."""
    async with pool.transaction() as connection:
        await connection.execute(
            """INSERT INTO invite_codes (code, made_by, uses, uses_left, created_at)
               VALUES ($1, $2::uuid, $3, $3, at_ms($4))""",
            code,
            by,
            uses,
            now,
        )
        # Not the code itself: readers of the log must not be able to use it.
        act = audit.AuditAction(action="invite_code.made", at=now, actor=by, details={"begins": code[:4], "uses": uses})
        await audit.append(connection, act)
    return Made(code=code, uses=uses, uses_left=uses, created_at=now, made_by=by)


async def made(pool: Pool, *, limit: int) -> list[Made]:
    """Return the latest *limit* codes of administrators, newest first."""
    rows = await pool.fetch(MADE, limit)
    return [msgspec.convert(dict(row), Made) for row in rows]
