"""Durable limits on attempts (passwords, codes, sign-ups, …) per address and account, counted in PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import RateLimited, RequestError
from server.auth.keyed_hash import KeyedHasher
from server.config.sections.attempt_settings import AttemptSettings
from server.db.pool import Pool
from server.db.safety import rate_limits
from server.db.safety.rate_limits import Count
from server.domain.networks import limit_prefixes

TEN_MINUTES_MS = 600_000
KNOWN_MAX = 100_000
"""Number of keys over their limit that are cached."""

Places = Sequence[tuple[str, int]]
"""The keys at which an attempt counts, each with the factor of its limit, the narrowest first."""


def account(name: str) -> Places:
    """Return the one key at which an attempt of the account *name* counts."""
    return ((name, 1),)


class AttemptLimit:
    """At most *many* attempts within any ten minutes; *many* None: no limit.

    *places* returns the keys of a subject: `limit_prefixes` of an address, or `account`. An attempt counts at all keys
    or at none.
    """

    def __init__(
        self,
        what: str,
        many: int | None,
        pool: Pool,
        hasher: KeyedHasher,
        clock: Clock,
        *,
        kind: str,
        places: Callable[[str], Places],
    ) -> None:
        self._what = what
        self._kind = kind
        self._many = many
        self._pool = pool
        self._hasher = hasher
        self._clock = clock
        self._places = places
        self._full_until: dict[tuple[str, int], int] = {}
        """By key and limit: the instant at which the next attempt is admitted."""

    async def spend(self, subject: str, *, many: int | None = None) -> int:
        """Count one more attempt of *subject*, and return its instant, which `refund` takes.

        *many*: another limit for this attempt over the same count: a proof of work may admit further attempts.

        Raises:
            RateLimited: the limit of one of the keys is exceeded; the attempt was counted at none.
            Unavailable: the database does not answer.
        """
        now = self._clock.now()
        if self._many is None:
            return now
        limit = many or self._many
        counts = [(name, limit * factor) for name, factor in self._places(subject)]
        # Attempts over the limit are rejected from memory, without a query.
        if (wait := max(self._full_until.get(count, 0) for count in counts) - now) > 0:
            raise RateLimited(self._what, wait)
        digests = await self._digests(subject)
        found = await rate_limits.spend(
            self._pool,
            [Count(digest, most) for digest, (_, most) in zip(digests, counts, strict=True)],
            window=TEN_MINUTES_MS,
            now=now,
        )
        if found is not None:
            if len(self._full_until) < KNOWN_MAX:
                self._full_until[counts[found.place]] = now + found.wait_ms
            raise RateLimited(self._what, found.wait_ms)
        return now

    async def refund(self, subject: str, at: int, *, many: int | None = None) -> None:
        """Take back the attempt of *subject* that `spend` counted at the instant *at*, with the same *many*.

        Raises:
            Unavailable: the database does not answer; the attempt stays counted.
        """
        if self._many is None:
            return
        await rate_limits.refund(self._pool, await self._digests(subject), at=at)
        for name, factor in self._places(subject):
            self._full_until.pop((name, (many or self._many) * factor), None)

    async def spent(self, subject: str) -> list[int]:
        """Return the attempts of *subject* within ten minutes at each key, the narrowest first; 0 without limits.

        Raises:
            Unavailable: the database does not answer.
        """
        if self._many is None:
            return [0 for _ in self._places(subject)]
        return await rate_limits.spent(
            self._pool, await self._digests(subject), window=TEN_MINUTES_MS, now=self._clock.now()
        )

    def forget(self) -> None:
        """Drop the cache of exceeded limits: after the clock was set back its entries might last for hours."""
        self._full_until.clear()

    def sweep(self) -> None:
        """Drop cached entries whose instant has passed."""
        now = self._clock.now()
        self._full_until = {count: until for count, until in self._full_until.items() if until > now}

    async def _digests(self, subject: str) -> list[bytes]:
        return [await self._hasher.digest(self._kind, name) for name, _ in self._places(subject)]


@asynccontextmanager
async def count_failures(
    wrong: type[RequestError] | tuple[type[RequestError], ...], *limits: tuple[AttemptLimit, str]
) -> AsyncIterator[None]:
    """Count the block as an attempt against each limit if it raises *wrong*.

    Counted before the block and refunded after it, so that concurrent attempts cannot exceed the limit.

    Raises:
        RateLimited: a limit is exceeded; nothing was counted.
        Unavailable: the database does not answer.
    """
    spent: list[tuple[AttemptLimit, str, int]] = []
    try:
        for limit, subject in limits:
            spent.append((limit, subject, await limit.spend(subject)))
        yield
    except wrong:
        raise
    except RequestError:
        await _refund(spent)
        raise
    await _refund(spent)


async def _refund(spent: Sequence[tuple[AttemptLimit, str, int]]) -> None:
    for limit, subject, at in spent:
        await limit.refund(subject, at)


class AttemptLimits:
    """The limits of the HTTP API; `RONDO_RATE_LIMITS=off` disables all of them."""

    def __init__(
        self, pool: Pool, hasher: KeyedHasher, clock: Clock, *, sign_ups: int, tries: AttemptSettings, on: bool
    ) -> None:
        """*sign_ups*: the limit of free sign-ups per address."""

        def limit(what: str, many: int, kind: str, places: Callable[[str], Places]) -> AttemptLimit:
            return AttemptLimit(what, many if on else None, pool, hasher, clock, kind=kind, places=places)

        self.sign_ups = limit("sign-ups", sign_ups, "sign-ups of an address", limit_prefixes)
        wrong = tries.wrong_passwords
        self.passwords = limit("wrong passwords", wrong, "passwords of an address", limit_prefixes)
        # Each network that the account was used from before has its own count, so that guesses from other networks do
        # not lock the owner out.
        self.passwords_of_account = limit("wrong passwords", wrong, "passwords of an account", account)
        # Guesses with a stolen token: for requests that need the password of a logged-in account.
        self.passwords_of_session = limit("wrong passwords", wrong, "passwords of a session", account)
        self.redemptions = limit("codes", tries.code_tries, "codes of an address", limit_prefixes)
        self.redemptions_of_account = limit("codes", tries.code_tries_of_account, "codes of an account", account)
        self.letters = limit("letters", tries.letters, "letters of an address", limit_prefixes)
        self.letters_of_account = limit("letters", tries.letters_to_mailbox, "letters of an account", account)
        self.challenges = limit("uses of a challenge", 1, "sign-up challenges", account)
        self.exports = limit("exports", tries.exports, "exports of an account", account)

    def forget(self) -> None:
        """Drop the caches of exceeded limits: the clock was set."""
        for limit in vars(self).values():
            limit.forget()

    def sweep(self) -> None:
        """Drop cached entries whose instant has passed."""
        for limit in vars(self).values():
            limit.sweep()
