"""Rate limits of HTTP requests per address and account: in memory, bounded, nothing is written."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from math import ceil
from typing import Final

from matchmaker.domain.errors import RateLimited
from server.domain.networks import limit_prefixes
from signaling.connection.rate_limits import Rate

REMEMBERED_MAX: Final = 100_000
"""Addresses and accounts kept for each rate, about 0.2 KB each; above it the oldest entries are dropped."""
WRITES: Final = frozenset(("POST", "PUT", "PATCH", "DELETE"))

Places = Sequence[tuple[str, int]]
"""The keys that a request counts at, each with its factor of the rate."""


class RateMeter:
    """One rate for many keys (GCRA: one instant per key, whatever the burst). Times in milliseconds."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._due: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._due)

    def wait(self, place: str, factor: int, now: float) -> float:
        """Return in how many milliseconds *place* has a token; 0 or less: it has one."""
        every = self._rate.every_ms / factor
        return self._due.get(place, now) - now - every * (self._rate.burst * factor - 1)

    def take(self, place: str, factor: int, now: float) -> None:
        """Take a token of *place*."""
        due = self._due
        due[place] = max(due.get(place, now), now) + self._rate.every_ms / factor
        if len(due) > REMEMBERED_MAX:
            due.popitem(last=False)

    def sweep(self, now: float) -> None:
        """Drop keys that have all their tokens."""
        for place in [place for place, due in self._due.items() if due <= now]:
            del self._due[place]


class RequestRateLimits:
    """The rates of all requests, and of writes, per address and per account."""

    def __init__(self, every: Rate, writes: Rate, *, on: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """*clock* returns seconds; monotonic, because a step of the wall clock must not lock clients out."""
        self._every = RateMeter(every)
        self._writes = RateMeter(writes)
        self._on = on
        self._clock = clock

    def require_address_rate(self, address: str, method: str) -> None:
        """Count a request from *address*, at every prefix of it or at none.

        Raises:
            RateLimited: one of them has no token.
        """
        if self._on:
            self._require(limit_prefixes(address), method)

    def require_account_rate(self, name: str, method: str) -> None:
        """Count a request of the account *name*. Raises as `insist_on_address`."""
        if self._on:
            self._require(((name, 1),), method)

    def sweep(self) -> None:
        """Drop keys that have all their tokens."""
        now = self._clock() * 1_000
        self._every.sweep(now)
        self._writes.sweep(now)

    def _require(self, places: Places, method: str) -> None:
        now = self._clock() * 1_000
        meters = (self._every, self._writes) if method in WRITES else (self._every,)
        wait = max(meter.wait(place, factor, now) for meter in meters for place, factor in places)
        if wait > 0:
            raise RateLimited("requests", ceil(wait))
        for meter in meters:
            for place, factor in places:
                meter.take(place, factor, now)
