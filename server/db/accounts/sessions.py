"""Login sessions: token, user, device and expiry. Instants are Unix milliseconds."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Literal

import asyncpg
import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile
from server.db.notifications import security_notes
from server.db.pool import Pool
from server.db.safety import bans
from server.domain.ban_policy import Ban

Access = Literal["unpaid", "grace", "verified", "paid"]
StaffRole = Literal["moderator", "admin"]

DAY_MS = 86_400_000
GUEST_MS = 7 * DAY_MS
PERMANENT_MS = 30 * DAY_MS


LOGINS = f"""
SELECT s.token_hash, s.session_id, s.user_id, s.permanent, s.last_seen_at, s.expires_at,
       u.display_name, u.gender, u.interests, u.access, u.role, u.is_mirror, u.birth_date, {bans.FIELDS}
FROM sessions s JOIN users u ON u.user_id = s.user_id
LEFT JOIN LATERAL (    -- one look by the person: as a plain join it would read all bans
    SELECT * FROM ban_records r WHERE r.user_id = s.user_id AND r.lifted_at IS NULL LIMIT 1
) AS b ON true
WHERE s.token_hash = ANY ($1::bytea[]) AND s.expires_at > at_ms($2)
"""  # noqa: S608 - constants of this code


END_OLDEST = """
DELETE FROM sessions WHERE session_id IN (
    SELECT session_id FROM sessions WHERE user_id = $1::uuid AND expires_at > at_ms($3)
    ORDER BY created_at DESC, session_id DESC OFFSET $2
) RETURNING session_id::text
"""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """The session and user of a valid token."""

    session_id: str
    profile: Profile
    permanent: bool
    access: Access
    role: StaffRole | None
    last_seen_at: int
    expires_at: int
    birth_date: date | None = None
    ban: Ban | None = None
    """The latest ban that was not lifted; it may have ended."""
    network: str | None = None
    """The network (`networks.network_of`) that was recorded last since the lookup."""
    device: str | None = None
    """The device cookie that was recorded last since the lookup."""

    @property
    def user(self) -> UserId:
        """The user of the token."""
        return self.profile.user_id


class LoginDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A login session, as its owner sees it."""

    session_id: str
    device: str
    address: str
    permanent: bool
    created_at: int
    last_seen_at: int
    expires_at: int


class LastSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A use of a session, which extends it."""

    session_id: str
    at: int
    expires_at: int
    address: str


def lifetime_ms(*, permanent: bool) -> int:
    """Return how long a session lasts after its last use."""
    return PERMANENT_MS if permanent else GUEST_MS


class Sessions:
    """The table `sessions`. Any call may raise `errors.Unavailable`; then nothing was stored."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(
        self, device: LoginDevice, *, user: UserId, token_hash: bytes, at_most: int = 1_000, is_new_device: bool = False
    ) -> list[str]:
        """Store a session for the token with this SHA-256; end the oldest above *at_most*, and return those.

        *is_new_device*: *user* is notified.
        """
        async with self._pool.transaction() as connection:
            await connection.execute("SELECT FROM users WHERE user_id = $1::uuid FOR NO KEY UPDATE", user)
            await connection.execute(
                """INSERT INTO sessions (session_id, user_id, token_hash, permanent, device, address,
                                         created_at, last_seen_at, expires_at)
                   VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, at_ms($7), at_ms($8), at_ms($9))""",
                device.session_id,
                user,
                token_hash,
                device.permanent,
                device.device,
                device.address,
                device.created_at,
                device.last_seen_at,
                device.expires_at,
            )
            if is_new_device:
                await security_notes.add(connection, user, "signed_in", now=device.created_at)
            ended = await connection.fetch(END_OLDEST, user, at_most, device.created_at)
        return [row[0] for row in ended]

    async def logins(self, hashes: Sequence[bytes], *, now: int) -> dict[bytes, Login]:
        """Return the session and user of each token, by SHA-256; unknown and expired ones are missing."""
        rows = await self._pool.fetch(
            LOGINS,
            list(hashes),
            now,
        )
        return {row["token_hash"]: _login(row) for row in rows}

    async def of(self, user: UserId, *, now: int) -> list[LoginDevice]:
        """Return the sessions of *user*, the last used first."""
        rows = await self._pool.fetch(
            """SELECT * FROM sessions
                WHERE user_id = $1::uuid AND expires_at > at_ms($2)
                ORDER BY last_seen_at DESC, session_id""",
            user,
            now,
        )
        return [_device(row) for row in rows]

    async def revoke(self, session_id: str, *, user: UserId) -> bool:
        """Revoke a session of *user*; False when there is no such session of theirs."""
        row = await self._pool.fetchrow(
            "DELETE FROM sessions WHERE session_id = $1::uuid AND user_id = $2::uuid RETURNING session_id",
            session_id,
            user,
        )
        return row is not None

    async def among(self, session_ids: Collection[str]) -> set[str]:
        """Return which of these sessions are valid."""
        rows = await self._pool.fetch(
            "SELECT session_id FROM sessions WHERE session_id = ANY ($1::text[]::uuid[])", list(session_ids)
        )
        return {str(row["session_id"]) for row in rows}

    async def extend(self, seen: Sequence[LastSeen]) -> None:
        """Extend many sessions from their last use; never shortens one."""
        await self._pool.execute(
            """UPDATE sessions SET last_seen_at = GREATEST(last_seen_at, at_ms(used.at)),
                                   expires_at = GREATEST(expires_at, at_ms(used.until)),
                                   address = used.address
               FROM unnest($1::text[]::uuid[], $2::bigint[], $3::bigint[], $4::text[]) AS used (id, at, until, address)
               WHERE session_id = used.id""",
            [one.session_id for one in seen],
            [one.at for one in seen],
            [one.expires_at for one in seen],
            [one.address for one in seen],
        )

    async def sweep(self, *, now: int) -> int:
        """Delete expired sessions, and return how many there were."""
        tag = await self._pool.execute("DELETE FROM sessions WHERE expires_at <= at_ms($1)", now)
        return int(tag.removeprefix("DELETE "))


def _login(row: asyncpg.Record) -> Login:
    profile = Profile(
        user_id=UserId(str(row["user_id"])),
        display_name=row["display_name"],
        gender=row["gender"],
        interests=tuple(row["interests"]),
        mirror=row["is_mirror"],
    )
    return Login(
        session_id=str(row["session_id"]),
        profile=profile,
        permanent=row["permanent"],
        access=row["access"],
        role=row["role"],
        last_seen_at=ms(row["last_seen_at"]),
        expires_at=ms(row["expires_at"]),
        birth_date=row["birth_date"],
        ban=None if row["ban_id"] is None else bans.read_ban(row),
    )


def _device(row: asyncpg.Record) -> LoginDevice:
    return LoginDevice(
        session_id=str(row["session_id"]),
        device=row["device"],
        address=row["address"],
        permanent=row["permanent"],
        created_at=ms(row["created_at"]),
        last_seen_at=ms(row["last_seen_at"]),
        expires_at=ms(row["expires_at"]),
    )


def ms(at: datetime) -> int:
    """Return an instant of the database in Unix milliseconds."""
    return round(at.timestamp() * 1_000)
