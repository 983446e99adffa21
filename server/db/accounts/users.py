"""Users: accounts, from guests to permanent ones. Instants are Unix milliseconds."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import asyncpg
import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.domain.errors import NotFound
from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Gender, Profile
from server.db.accounts.sessions import Access, LoginDevice, StaffRole, ms
from server.db.pool import Pool
from server.domain.age import ADULT_TEXT
from server.domain.ban_policy import Ban

AcceptsRequests = Literal["met", "none"]


class FriendProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of the profile for friends; None leaves a field."""

    bio: str | None = None
    status_text: str | None = None
    status_until_at: int | UnsetType | None = UNSET
    """None: the status does not end. Left out it stays, but a new status without an end has none."""
    shows_presence: bool | None = None
    sends_receipts: bool | None = None
    accepts_requests: AcceptsRequests | None = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """An account, as its owner may see it."""

    user_id: UserId
    display_name: str
    gender: Gender
    interests: tuple[str, ...]
    permanent: bool
    """False for a guest, who has no e-mail address and password."""
    email: str | None
    """What you sign in with. None of a permanent account: another account verified its address; it continues to sign in
    with it and its own password, and can add another address."""
    email_verified: bool
    """Whether it is verified; until then it is only a log-in name."""
    access: Access
    role: StaffRole | None
    calls: int
    """Conversations that are in the history."""
    completions: int
    """Conversations of 30 s or longer with people of other networks and another invite tree."""
    talk_s: int
    created_at: int
    bio: str | UnsetType = UNSET
    """What friends see of you, like the next two. A service without friends leaves all up to `avatar_id` out."""
    status_text: str | UnsetType = UNSET
    status_until_at: int | UnsetType | None = UNSET
    """When your status ends; None: it does not."""
    shows_presence: bool | UnsetType = UNSET
    """Whether friends see where you are, and you see where they are."""
    sends_receipts: bool | UnsetType = UNSET
    """Whether friends see what you have read, and you see what they have."""
    accepts_requests: AcceptsRequests | UnsetType = UNSET
    """Who may ask to be your friend: users you have met, or none."""
    avatar_id: str | UnsetType | None = UNSET
    """Your avatar, a file of yours; what only `/v1/me` tells."""
    pending_email: str | None = None
    """An address that waits for its letter to be answered; then it is yours, with the password you chose."""
    birth_date: date | None = None
    """What only you see; None: it was not asked for."""
    ban: Ban | None = None
    """Why you may not use the service; what only `GET /v1/me` tells."""

    @property
    def without_friends(self) -> "User":
        """The account as a service without friends shows it."""
        return msgspec.structs.replace(self, avatar_id=UNSET, **dict.fromkeys(FriendProfile.__struct_fields__, UNSET))

    @property
    def profile(self) -> Profile:
        """What others may know of this person."""
        return Profile(
            user_id=self.user_id, display_name=self.display_name, gender=self.gender, interests=self.interests
        )


class Users:
    """The table `users`. Any call may raise `errors.Unavailable`; then nothing was stored."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(
        self,
        profile: Profile,
        device: LoginDevice,
        *,
        token_hash: bytes,
        birth_date: date | None = None,
        within: asyncpg.Connection | None = None,
    ) -> User:
        """Store a new user, who has confirmed to be an adult, and a login session on *device*.

        *within*: a transaction to run in.
        """
        row = await (within or self._pool).fetchrow(
            """WITH person AS (
                    INSERT INTO users (user_id, display_name, gender, interests, adult_at, adult_text, birth_date,
                                       is_mirror, created_at)
                    SELECT $1::uuid, $2, $3, $4, now.at, $12, $13, $5, now.at FROM at_ms($6) AS now (at)
                    RETURNING *
                ), session AS (
                    INSERT INTO sessions (session_id, user_id, token_hash, device, address,
                                          created_at, last_seen_at, expires_at)
                    SELECT $7::uuid, user_id, $8, $9, $10, created_at, created_at, at_ms($11)
                    FROM person
                )
                SELECT * FROM person""",
            profile.user_id,
            profile.display_name,
            profile.gender,
            list(profile.interests),
            profile.mirror,
            device.created_at,
            device.session_id,
            token_hash,
            device.device,
            device.address,
            device.expires_at,
            ADULT_TEXT,
            birth_date,
        )
        return _found(row)

    async def get(self, user: UserId) -> User:
        """Return an account.

        Raises:
            NotFound: it was deleted in between.
        """
        return _found(await self._pool.fetchrow("SELECT * FROM users WHERE user_id = $1::uuid", user))

    async def password_hash(self, user: UserId) -> str | None:
        """Return the password hash of *user*; None for a guest."""
        sealed: str | None = await self._pool.fetchval("SELECT password_hash FROM users WHERE user_id = $1::uuid", user)
        return sealed

    async def revise(
        self,
        user: UserId,
        *,
        display_name: str | None = None,
        gender: Gender | None = None,
        interests: Sequence[str] | None = None,
        birth_date: date | None = None,
        for_friends: FriendProfile = FriendProfile(),  # noqa: B008 - frozen
    ) -> User:
        """Change the profile of *user*, and set a date of birth if there is none; None leaves a field.

        Raises:
            NotFound: the account was deleted in between.
        """
        until = for_friends.status_until_at
        return _found(
            await self._pool.fetchrow(
                """UPDATE users SET display_name = COALESCE($2, display_name), gender = COALESCE($3, gender),
                                     interests = COALESCE($4, interests), birth_date = COALESCE(birth_date, $5),
                                     bio = COALESCE($6, bio), status_text = COALESCE($7, status_text),
                                     status_until = CASE WHEN $7::text IS NULL AND NOT $12 THEN status_until
                                                         ELSE at_ms($8) END,
                                     shows_presence = COALESCE($9, shows_presence),
                                     sends_receipts = COALESCE($10, sends_receipts),
                                     accepts_requests = COALESCE($11, accepts_requests)
                    WHERE user_id = $1::uuid RETURNING *""",
                user,
                display_name,
                gender,
                None if interests is None else list(interests),
                birth_date,
                for_friends.bio,
                for_friends.status_text,
                None if until is UNSET else until,
                for_friends.shows_presence,
                for_friends.sends_receipts,
                for_friends.accepts_requests,
                until is not UNSET,
            )
        )


async def profile_of(source: Pool | asyncpg.Connection, user: UserId) -> Profile:
    """Return the profile of *user*.

    Raises:
        NotFound: the account was deleted in between.
    """
    return _found(await source.fetchrow("SELECT * FROM users WHERE user_id = $1::uuid", user)).profile


def _found(row: asyncpg.Record | None) -> User:
    if row is None:
        raise NotFound("this account was deleted")
    return person_of(row)


def person_of(row: asyncpg.Record) -> User:
    """Return the account of a row of `users`."""
    return User(
        user_id=UserId(str(row["user_id"])),
        display_name=row["display_name"],
        gender=row["gender"],
        interests=tuple(row["interests"]),
        permanent=row["password_hash"] is not None,
        email=row["email"],
        pending_email=row["pending_email"],
        email_verified=row["email_verified_at"] is not None,
        access=row["access"],
        role=row["role"],
        calls=row["calls"],
        completions=row["completions"],
        talk_s=row["talk_ms"] // 1_000,
        created_at=ms(row["created_at"]),
        birth_date=row["birth_date"],
        bio=row["bio"],
        status_text=row["status_text"],
        status_until_at=None if row["status_until"] is None else ms(row["status_until"]),
        shows_presence=row["shows_presence"],
        sends_receipts=row["sends_receipts"],
        accepts_requests=row["accepts_requests"],
        avatar_id=None,
    )
