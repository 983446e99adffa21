"""How often one address, or one account, may try what is worth trying often: counted in the ledger."""

from matchmaker.clock import Clock
from matchmaker.errors import RateLimited
from server.http.address import neighbourhood
from server.ledger import rate_limits
from server.ledger.pool import Pool
from server.seals import Seals

TEN_MINUTES_MS = 600_000
SIGN_UPS = 6
LOG_INS = 30
"""More than one person forgets, fewer than a guesser needs; a campus behind one address shares them."""
LOG_INS_OF_ACCOUNT = 30
"""Whoever guesses from many addresses; as many as from one, so that nobody is locked out by a few wrong guesses."""
REDEMPTIONS = 30
REDEMPTIONS_OF_ACCOUNT = 10
LETTERS = 6
LETTERS_OF_ACCOUNT = 3
"""A mailbox must not be flooded by whoever knows its address."""
EXPORTS = 6
KNOWN_MAX = 100_000
"""How many that are over their limit are refused from memory."""


class Limit:
    """At most *many* within any ten minutes; *many* None: no limit."""

    def __init__(self, what: str, many: int | None, pool: Pool, seals: Seals, clock: Clock, *, kind: str) -> None:
        self._what = what
        self._kind = kind
        self._many = many
        self._pool = pool
        self._seals = seals
        self._clock = clock
        self._refused_until: dict[str, int] = {}

    async def spend(self, whom: str) -> None:
        """Count one more attempt of *whom*: an address, of which the neighbourhood counts, or an account.

        Raises:
            RateLimited: that is one too many; it was not counted.
            Unavailable: nobody can count now.
        """
        if self._many is None:
            return
        now, name = self._clock.now(), neighbourhood(whom)
        # Whoever is over the limit costs us nothing more.
        if (until := self._refused_until.get(name, 0)) > now:
            raise RateLimited(self._what, until - now)
        digest = await self._seals.digest(self._kind, name)
        wait = await rate_limits.spend(self._pool, digest, many=self._many, window=TEN_MINUTES_MS, now=now)
        if wait:
            if len(self._refused_until) < KNOWN_MAX:
                self._refused_until[name] = now + wait
            raise RateLimited(self._what, wait)

    def sweep(self) -> None:
        """Forget who may try again."""
        now = self._clock.now()
        self._refused_until = {name: until for name, until in self._refused_until.items() if until > now}


class Limits:
    """The limits of HTTP; `RONDO_RATE_LIMITS=off` switches all of them off."""

    def __init__(self, pool: Pool, seals: Seals, clock: Clock, *, on: bool) -> None:
        def limit(what: str, many: int, kind: str) -> Limit:
            return Limit(what, many if on else None, pool, seals, clock, kind=kind)

        self.sign_ups = limit("sign-ups", SIGN_UPS, "sign-ups of an address")
        self.log_ins = limit("passwords", LOG_INS, "passwords of an address")
        self.log_ins_of_account = limit("passwords", LOG_INS_OF_ACCOUNT, "passwords of an account")
        self.redemptions = limit("codes", REDEMPTIONS, "codes of an address")
        self.redemptions_of_account = limit("codes", REDEMPTIONS_OF_ACCOUNT, "codes of an account")
        self.letters = limit("letters", LETTERS, "letters of an address")
        self.letters_of_account = limit("letters", LETTERS_OF_ACCOUNT, "letters of an account")
        self.exports = limit("exports", EXPORTS, "exports of an account")

    def sweep(self) -> None:
        """Forget who may try again."""
        for limit in vars(self).values():
            limit.sweep()
