"""Roles of moderators: read at every use, so that a revoked role ends on every node without delay."""

from uuid import UUID

from matchmaker.domain.errors import Forbidden
from matchmaker.domain.ids import UserId
from server.db.accounts import email_addresses
from server.db.accounts.sessions import StaffRole
from server.db.pool import DatabaseConnection, Pool
from server.db.safety import audit

ROLES = "SELECT user_id::text, role FROM users WHERE user_id = ANY ($1::text[]::uuid[])"
REPORTED = "SELECT EXISTS (SELECT FROM reports WHERE reporter_id = $1::uuid AND reported_id = $2::uuid)"


async def role_of(pool: Pool, user: UserId) -> StaffRole | None:
    """Return the role of *user*; None: an ordinary user."""
    role: StaffRole | None = await pool.fetchval("SELECT role FROM users WHERE user_id = $1::uuid", user)
    return role


def outranks(role: StaffRole | None, other: StaffRole | None) -> bool:
    """Return whether a moderator of *role* may decide about a user of role *other*: an administrator about all users, a
    moderator about users without a role.
    """
    return role == "admin" or (role == "moderator" and other is None)


async def require_may_decide(connection: DatabaseConnection, user: UserId, by: UserId) -> bool:
    """Check that *by* may decide about *user*; return whether the account exists.

    Raises:
        Forbidden: *by* is a party (is *user*, or has reported *user*), or *user* is of the same rank or above.
    """
    if user == by:
        raise Forbidden("another moderator has to decide about you")
    rows = await connection.fetch(ROLES, [user, by])
    found: dict[str, StaffRole | None] = {row[0]: row[1] for row in rows}
    if await connection.fetchval(REPORTED, by, user):
        raise Forbidden("you have reported this person: another moderator has to decide")
    if not outranks(found.get(by), found.get(user)):
        raise Forbidden("only an administrator may decide about a moderator or an administrator")
    return user in found


async def require_may_overrule(connection: DatabaseConnection, imposed_by: UserId | None, by: UserId) -> None:
    """Check that *by* may replace or end a ban that *imposed_by* imposed; None: the report rule did.

    Raises:
        Forbidden: *imposed_by* is another administrator, or a deleted account, and *by* is not an administrator.
    """
    if imposed_by is None or imposed_by == by:
        return
    found = {row[0]: row[1] for row in await connection.fetch(ROLES, [imposed_by, by])}
    if found.get(by) != "admin" and found.get(imposed_by, "admin") == "admin":
        raise Forbidden("only an administrator may overrule an administrator")


async def appoint(pool: Pool, who: str, role: str | None, *, now: int) -> str | None:
    """Grant the account with the id or the verified address *who* a role, or revoke it (None); return its id.

    Returns None when there is no such account. An unverified address names no account.
    """
    user = await _named(pool, who)
    async with pool.transaction() as connection:
        person: str | None = await connection.fetchval(
            "UPDATE users SET role = $2 WHERE user_id = $1::uuid RETURNING user_id::text", user, role
        )
        if person is not None:
            act = audit.AuditAction(
                action="role.granted" if role else "role.revoked",
                at=now,
                subject=person,
                details={"role": role, "by": "command line"},
            )
            await audit.append(connection, act)
    return person


async def _named(pool: Pool, who: str) -> UserId | None:
    try:
        return UserId(str(UUID(who)))
    except ValueError:
        owner = await email_addresses.owner_of(pool, who)
        return None if owner is None else owner.user
