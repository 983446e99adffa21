"""How often one address may sign up, or try a password."""

from matchmaker.clock import Clock
from matchmaker.errors import RateLimited
from server.http.address import neighbourhood
from signaling.limits import Windows

TEN_MINUTES_MS = 600_000
SIGN_UPS = 6
LOG_INS = 30
"""More than one person forgets, fewer than a guesser needs; a campus behind one address shares them."""


class Limit:
    """At most *many* within any ten minutes from one neighbourhood; *many* None: no limit."""

    def __init__(self, what: str, many: int | None, clock: Clock) -> None:
        self._what = what
        self._clock = clock
        self._windows = None if many is None else Windows(many, TEN_MINUTES_MS)

    def spend(self, address: str) -> None:
        """Count one more.

        Raises:
            RateLimited: that is one too many; it was not counted.
        """
        if self._windows is not None and (wait := self._windows.take(neighbourhood(address), self._clock.now())):
            raise RateLimited(self._what, wait)

    def sweep(self) -> None:
        """Forget who has been quiet."""
        if self._windows is not None:
            self._windows.sweep(self._clock.now())


class Limits:
    """The limits of HTTP; `RONDO_RATE_LIMITS=off` switches all of them off."""

    def __init__(self, clock: Clock, *, on: bool) -> None:
        self.sign_ups = Limit("sign-ups", SIGN_UPS if on else None, clock)
        self.log_ins = Limit("passwords", LOG_INS if on else None, clock)

    def sweep(self) -> None:
        """Forget who has been quiet."""
        self.sign_ups.sweep()
        self.log_ins.sweep()
