"""Who moderates: read at every use, so that a role that was taken back ends at once on every node."""

from uuid import UUID

import asyncpg

from matchmaker.errors import Forbidden
from matchmaker.ids import UserId
from server.ledger import audit, email_addresses
from server.ledger.pool import Pool
from server.ledger.sessions import StaffRole


async def role_of(pool: Pool, user: UserId) -> StaffRole | None:
    """Return the role of *user*; None: nobody in particular."""
    role: StaffRole | None = await pool.fetchval("SELECT role FROM users WHERE user_id = $1::uuid", user)
    return role


async def roles(connection: asyncpg.Connection, *users: UserId) -> dict[UserId, StaffRole | None]:
    """Return the role of each of *users*; whoever does not exist is missing."""
    rows = await connection.fetch("SELECT user_id::text, role FROM users WHERE user_id = ANY ($1::uuid[])", users)
    return {UserId(user): role for user, role in rows}


async def insist_on_rank(connection: asyncpg.Connection, user: UserId, by: UserId) -> bool:
    """Tell whether there is *user*, whom *by* may ban.

    Raises:
        Forbidden: it is *by*, or an administrator whom a moderator cannot ban.
    """
    if user == by:
        raise Forbidden("somebody else has to decide about you")
    found = await roles(connection, user, by)
    if found.get(user) == "admin" and found.get(by) != "admin":
        raise Forbidden("only an administrator may ban an administrator")
    return user in found


async def appoint(pool: Pool, who: str, role: str | None, *, now: int) -> str | None:
    """Give the account with the id or the verified address *who* a role, or take it back (None); return its id.

    Returns None when there is no such account. An address that is not verified may be anybody's, so it names none.
    """
    user = await _named(pool, who)
    async with pool.transaction() as connection:
        person: str | None = await connection.fetchval(
            "UPDATE users SET role = $2 WHERE user_id = $1::uuid RETURNING user_id::text", user, role
        )
        if person is not None:
            act = audit.Act(
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
