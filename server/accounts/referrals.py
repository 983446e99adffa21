"""Introductions: creation and use of referral links, and the events for their targets."""

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Invalid, NotFound
from matchmaker.domain.ids import UserId, new_id
from matchmaker.domain.profile import Profile
from matchmaker.matchmaker import Matchmaker
from server.db.accounts import referral_answers, referral_follows, referrals
from server.db.accounts.referral_follows import Follow
from server.db.accounts.referrals import LinkParties
from server.db.notifications import notification_list
from server.db.pool import Pool
from server.domain.link_terms import LinkTerms
from server.domain.share_codes import REFERRAL_LENGTH, new_code, read_code
from signaling.wire.models import NotificationObject as Notification


class ReferralService:
    """Stores referrals, then prefers the pair in the queue, then sends the events. Any method may raise
    `errors.Unavailable`.
    """

    def __init__(self, pool: Pool, matchmaker: Matchmaker, clock: Clock, terms: LinkTerms) -> None:
        self.terms = terms
        self._pool = pool
        self._matchmaker = matchmaker
        self._clock = clock

    async def create(self, user: UserId, target: UserId) -> str:
        """Return the code of *user*'s link to *target*; the link is valid for 90 days from now.

        Raises:
            Invalid: *target* is *user*.
            NotFound: the two have never met, or there is no such user.
        """
        if user == target:
            raise Invalid("target_user_id", "you cannot make an introduction to yourself")
        code = new_code(REFERRAL_LENGTH)
        return await referrals.create(self._pool, user, target, code=code, now=self._clock.now())

    async def preview(self, text: str) -> LinkParties:
        """Return target and creator of the link.

        Raises:
            NotFound: there is no such link, or it has expired.
        """
        return await referrals.preview(self._pool, _code(text), now=self._clock.now())

    async def follow(self, user: UserId, text: str) -> Profile:
        """Introduce *user* to the target of the link, or ask the target first; return the target. Idempotent.

        Raises:
            NotFound: there is no such link, it has expired, or it has reached its limit of uses per day.
            Invalid: *user* created the link, or is its target.
        """
        now, code = self._clock.now(), _code(text)
        async with self._pool.transaction() as connection:
            follow = await referral_follows.follow(
                connection, code, user, notification_id=new_id(now), terms=self.terms, now=now
            )
        await self.announce(follow, by=user)
        return follow.target

    async def announce(self, follow: Follow, *, by: UserId) -> None:
        """Publish that *by* has used a link; called after the commit."""
        target = follow.target.user_id
        if follow.is_introduced:
            await self._matchmaker.introduce(by, target, by=follow.introducer)
        if follow.notification_id is not None:
            await self._notify(target, follow.notification_id)

    async def answer(self, user: UserId, notification_id: str, *, accept: bool) -> None:
        """Record that *user* accepts or declines an introduction; idempotent. Accepting introduces all waiting users.

        Raises:
            NotFound: *user* has no such pending introduction.
            StateConflict: it was answered differently, or has expired, which counts as declined.
        """
        opened = await referral_answers.answer(self._pool, user, notification_id, accept=accept, now=self._clock.now())
        for follower in opened.followers:
            await self._matchmaker.introduce(follower, user, by=opened.introducer)
        for name in opened.notifications:
            await self._notify(user, name)

    async def _notify(self, user: UserId, notification_id: str) -> None:
        told = await notification_list.one(self._pool, user, notification_id)
        if told is not None:
            await self._matchmaker.notify(user, msgspec.to_builtins(told))

    async def notifications(self, user: UserId, *, before: str | None, limit: int) -> list[Notification]:
        """Return the notifications of *user*, newest first, starting after the one with the id *before*."""
        return await notification_list.of(self._pool, user, before=before, limit=limit)

    async def read(self, user: UserId, notification_id: str) -> None:
        """Mark a notification of *user* as read; idempotent.

        Raises:
            NotFound: *user* has none with this id.
        """
        if not await notification_list.read(self._pool, user, notification_id, now=self._clock.now()):
            raise NotFound("there is no such notification")


def _code(text: str) -> str:
    code = read_code(text, REFERRAL_LENGTH)
    if code is None:
        raise NotFound("there is no such introduction, or it is over")
    return code
