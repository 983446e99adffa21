"""Bans of addresses: single ones and whole networks."""

from ipaddress import IPv4Network, IPv6Network

import asyncpg
import msgspec

from matchmaker.domain.errors import NotFound, StateConflict
from matchmaker.domain.ids import UserId, new_id
from server.db.pool import Pool
from server.db.safety.audit import AuditAction, append

FIELDS = "ip_ban_id::text, network::text, reason, unix_ms(until_at) AS until_at, unix_ms(created_at) AS created_at"
STANDING = f"""
SELECT {FIELDS}, created_by::text FROM ip_bans WHERE until_at IS NULL OR until_at > at_ms($1) ORDER BY created_at DESC
"""  # noqa: S608 - constants of this code
STAMP = "SELECT concat(count(*), ' ', max(created_at)) FROM ip_bans"


class IpBan(msgspec.Struct, frozen=True, kw_only=True):
    """A banned address, or network of addresses. Instants are Unix milliseconds."""

    ip_ban_id: str
    network: str
    """As `192.0.2.0/24` or `2001:db8::/32`; a single address is a /32 or a /64."""
    reason: str
    until_at: int | None
    """None: until it is lifted."""
    created_at: int
    created_by: str | None


async def stamp(pool: Pool) -> str:
    """Return a text that changes whenever the list does: cheaper to poll than the list."""
    return str(await pool.fetchval(STAMP))


async def in_force(pool: Pool, *, now: int) -> list[IpBan]:
    """Return the bans in force, the newest first."""
    return [msgspec.convert(dict(row), IpBan) for row in await pool.fetch(STANDING, now)]


async def add(
    pool: Pool, network: IPv4Network | IPv6Network, *, reason: str, until_at: int | None, by: UserId, now: int
) -> IpBan:
    """Ban a network from now on; an expired ban of it is replaced.

    Raises:
        StateConflict: it is banned already.
    """
    async with pool.transaction() as connection:
        await connection.execute("DELETE FROM ip_bans WHERE until_at <= at_ms($1)", now)
        ban = IpBan(
            ip_ban_id=new_id(now), network=str(network), reason=reason, until_at=until_at, created_at=now, created_by=by
        )
        try:
            await connection.execute(
                """INSERT INTO ip_bans (ip_ban_id, network, reason, until_at, created_at, created_by)
                   VALUES ($1::uuid, $2::text::cidr, $3, at_ms($4), at_ms($5), $6::uuid)""",
                ban.ip_ban_id,
                ban.network,
                reason,
                until_at,
                now,
                by,
            )
        except asyncpg.UniqueViolationError:
            raise StateConflict("this network is banned already") from None
        details = {"network": ban.network, "until_at": until_at, "reason": reason}
        await append(
            connection, AuditAction(action="ip_ban.imposed", at=now, actor=by, subject=ban.ip_ban_id, details=details)
        )
        return ban


async def remove(pool: Pool, ip_ban_id: str, *, by: UserId, now: int) -> None:
    """Lift the ban of a network.

    Raises:
        NotFound: there is no such ban.
    """
    async with pool.transaction() as connection:
        network = await connection.fetchval(
            "DELETE FROM ip_bans WHERE ip_ban_id = $1::uuid RETURNING network::text", ip_ban_id
        )
        if network is None:
            raise NotFound("there is no such ban")
        act = AuditAction(action="ip_ban.lifted", at=now, actor=by, subject=ip_ban_id, details={"network": network})
        await append(connection, act)


async def forget(pool: Pool, *, now: int) -> int:
    """Delete expired bans of addresses, and return how many there were."""
    return int((await pool.execute("DELETE FROM ip_bans WHERE until_at <= at_ms($1)", now)).removeprefix("DELETE "))
