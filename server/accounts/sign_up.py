"""Sign-up with codes: the account, its access level and its introduction are stored in one transaction."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date

import msgspec

from matchmaker.domain.errors import Invalid, NotFound
from matchmaker.domain.ids import new_id
from matchmaker.domain.profile import Profile
from server.accounts.access import read_invite_code
from server.accounts.referrals import ReferralService
from server.auth.login_origins import LoginOrigins
from server.db.accounts import invite_codes, login_origins, referral_follows
from server.db.accounts.login_origins import Origin
from server.db.accounts.sessions import LoginDevice
from server.db.accounts.users import User, Users
from server.db.pool import Pool
from server.domain.share_codes import REFERRAL_LENGTH, read_code


class SignUpService:
    """Creates accounts."""

    def __init__(self, pool: Pool, people: Users, introducing: ReferralService, origins: LoginOrigins) -> None:
        self._pool = pool
        self._people = people
        self._introducing = introducing
        self._origins = origins

    async def add(
        self,
        profile: Profile,
        device: LoginDevice,
        *,
        token_hash: bytes,
        seen_from: Sequence[Origin] = (),
        birth_date: date | None = None,
        invite_code: str | None = None,
        referral_code: str | None = None,
    ) -> User:
        """Store a new user with access by *invite_code* and introduced by *referral_code*.

        An unknown *referral_code* is ignored: the answer must not reveal whether an expired link existed.

        Raises:
            Invalid: the *invite_code* is not valid. Nothing was stored.
        """
        follow, now, user = None, device.created_at, profile.user_id
        async with self._pool.transaction() as connection:
            person = await self._people.add(
                profile, device, token_hash=token_hash, birth_date=birth_date, within=connection
            )
            # In the transaction of the account, so that rules about new accounts of a network apply to its first
            # request.
            apart = await login_origins.record(connection, [(user, origin) for origin in seen_from], now=now)
            if invite_code is not None:
                try:
                    access = await invite_codes.redeem(connection, user, read_invite_code(invite_code), now=now)
                except NotFound as refusal:
                    raise Invalid("invite_code", refusal.message) from None
                person = msgspec.structs.replace(person, access=access)
            if referral_code is not None:
                code, terms = read_code(referral_code, REFERRAL_LENGTH) or "", self._introducing.terms
                with suppress(NotFound):
                    follow = await referral_follows.follow(
                        connection, code, user, notification_id=new_id(now), terms=terms, now=now
                    )
        await self._origins.exclude_same_origin(apart)
        if follow is not None:
            await self._introducing.announce(follow, by=user)
        return person
