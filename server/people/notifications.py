"""Notifications: the list, read marks, and settings."""

from collections.abc import Mapping

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Invalid
from matchmaker.domain.ids import UserId
from server.auth.keyed_hash import KeyedHasher
from server.db.notifications import notification_list, notification_settings
from server.db.pool import Pool
from server.domain.people.notification_kinds import TERMS, Choice, Kind, default, refusal
from server.people.unsubscribe import read_token


class NotificationService:
    """Notification operations of users. Any call may raise `errors.Unavailable`; then nothing was stored."""

    def __init__(self, pool: Pool, *, hasher: KeyedHasher, clock: Clock) -> None:
        self._pool = pool
        self._hasher = hasher
        self._clock = clock

    async def unread(self, user: UserId) -> int:
        """Return how many notifications *user* has not read."""
        return await notification_list.unread(self._pool, user)

    async def read_up_to(self, user: UserId, notification_id: str) -> None:
        """Record that *user* has read everything up to this notification. Idempotent."""
        await notification_list.read_up_to(self._pool, user, notification_id, now=self._clock.now())

    async def choices(self, user: UserId) -> dict[Kind, Choice]:
        """Return the effective setting of each kind."""
        chosen = await notification_settings.chosen(self._pool, user)
        return {kind: chosen.get(kind, default(kind)) for kind in TERMS}

    async def choose(self, user: UserId, choices: Mapping[Kind, Choice]) -> dict[Kind, Choice]:
        """Store *choices*, by kind, and return the effective setting of each kind.

        Raises:
            Invalid: there is no such kind, or it cannot be chosen.
        """
        for kind, choice in choices.items():
            if (why := refusal(kind, choice)) is not None:
                raise Invalid("kinds", f"{kind}: {why}")
        await notification_settings.choose(self._pool, user, choices)
        return await self.choices(user)

    async def unsubscribe(self, token: str) -> None:
        """Switch off e-mail of one kind for the user of *token*; a forged token has no effect."""
        named = await read_token(self._hasher, token)
        if named is not None:
            await notification_settings.stop_email(self._pool, *named)
