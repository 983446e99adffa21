"""Rate limits: token buckets (GCRA) and exact windows; pure, time in milliseconds is an argument."""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from math import ceil

import msgspec


class Rate(msgspec.Struct, frozen=True):
    """One in *every_ms* on average, *burst* in a row."""

    every_ms: float
    burst: int


FRAMES = Rate(1_000 / 30, 60)
"""Frames of one connection."""
CHAT = Rate(1_500, 5)
"""Messages of one user, over all their connections."""
DISCOVER = Rate(1_000, 5)
"""Listings of waiting users, per user: enough to browse, too few to copy the list."""
INVITES = 10
INVITES_PER_MS = 60_000
"""At most ten direct invites a minute; a window, because a rate with a burst would allow nineteen in the first
minute."""
CONNECTIONS_PER_ADDRESS = 50
HANDSHAKES = Rate(500, 100)
"""Handshakes per address that were not followed by a valid hello."""

Prefixes = Callable[[str], Sequence[tuple[str, int]]]
"""Returns the prefixes at which an address counts, the narrowest first, each with the factor of its limit."""


def address_only(address: str) -> tuple[tuple[str, int]]:
    """Return *address* as its only prefix."""
    return ((address, 1),)


class TokenBucket:
    """One GCRA bucket: its state is a single instant, whatever the burst."""

    __slots__ = ("_every", "_slack", "due")

    def __init__(self, rate: Rate) -> None:
        self._every = rate.every_ms
        self._slack = rate.every_ms * (rate.burst - 1)
        self.due = 0.0
        """The instant at which the bucket is full again."""

    def take(self, now: int) -> int:
        """Take a token and return 0; or, when there is none, take nothing and return in how many ms there will be
        one.
        """
        due = self.due
        if due <= now:
            self.due = now + self._every
            return 0
        wait = due - now - self._slack
        if wait > 0:
            return ceil(wait)
        self.due = due + self._every
        return 0

    def give_back(self) -> None:
        """Undo one `take`: its request did not happen."""
        self.due -= self._every

    def is_full(self, now: int) -> bool:
        """Return whether the bucket is full, and need not be stored."""
        return self.due <= now


class KeyedTokenBuckets:
    """Buckets by key, each stored only while it is not full."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: dict[Hashable, TokenBucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, who: Hashable, now: int) -> int:
        """Take a token of *who* and return 0; or return in how many ms there will be one."""
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = TokenBucket(self._rate)
        return bucket.take(now)

    def give_back(self, who: Hashable) -> None:
        """Undo one `take`."""
        if (bucket := self._buckets.get(who)) is not None:
            bucket.give_back()

    def release(self, who: Hashable) -> list[float]:
        """Remove and return the state of *who*: one instant, or nothing."""
        bucket = self._buckets.pop(who, None)
        return [] if bucket is None else [bucket.due]

    def adopt(self, who: Hashable, instants: Sequence[float]) -> None:
        """Add the state that another process has released."""
        for due in instants:
            self._buckets.setdefault(who, TokenBucket(self._rate)).due = due

    def sweep(self, now: int) -> None:
        """Drop full buckets."""
        for who in [who for who, bucket in self._buckets.items() if bucket.is_full(now)]:
            del self._buckets[who]


class SlidingWindowLimiter:
    """At most *limit* within any *per_ms*, by key."""

    def __init__(self, limit: int, per_ms: int) -> None:
        self._limit = limit
        self._per_ms = per_ms
        self._taken: dict[Hashable, deque[int]] = {}

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, who: Hashable, now: int) -> int:
        """Take one for *who* and return 0; or return in how many ms there will be one."""
        taken = self._taken.get(who)
        if taken is None:
            taken = self._taken[who] = deque(maxlen=self._limit)
        if len(taken) == self._limit and (wait := taken[0] + self._per_ms - now) > 0:
            return wait
        taken.append(now)
        return 0

    def release(self, who: Hashable) -> list[float]:
        """Remove *who*, and return when each was taken."""
        return list(self._taken.pop(who, ()))

    def adopt(self, who: Hashable, instants: Sequence[float]) -> None:
        """Add the state that another process has released."""
        if instants:
            self._taken[who] = deque(map(int, instants), maxlen=self._limit)

    def sweep(self, now: int) -> None:
        """Drop entries that no longer count."""
        for who in [who for who, taken in self._taken.items() if not taken or taken[-1] + self._per_ms <= now]:
            del self._taken[who]


class AddressTokenBuckets:
    """A bucket at each prefix of an address; a request that is refused at one prefix counts at none."""

    def __init__(self, rate: Rate, prefixes: Prefixes = address_only) -> None:
        self._rate = rate
        self._prefixes = prefixes
        self._buckets: dict[str, TokenBucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, address: str, now: int) -> int:
        """Take a token at each prefix of *address* and return 0; or return in how many ms there will be one."""
        taken: list[TokenBucket] = []
        # The widest first: a network over its limit adds no entry.
        for prefix, factor in reversed(self._prefixes(address)):
            bucket = self._buckets.get(prefix)
            if bucket is None:
                bucket = TokenBucket(Rate(self._rate.every_ms / factor, self._rate.burst * factor))
                self._buckets[prefix] = bucket
            if wait := bucket.take(now):
                for other in taken:
                    other.give_back()
                return wait
            taken.append(bucket)
        return 0

    def give_back(self, address: str) -> None:
        """Undo one `take`."""
        for prefix, _ in self._prefixes(address):
            if (bucket := self._buckets.get(prefix)) is not None:
                bucket.give_back()

    def sweep(self, now: int) -> None:
        """Drop full buckets."""
        for prefix in [prefix for prefix, bucket in self._buckets.items() if bucket.is_full(now)]:
            del self._buckets[prefix]


class ConnectionCounter:
    """Counts open connections at each prefix of an address; exact, and empty without connections."""

    def __init__(self, limit: int, prefixes: Prefixes = address_only) -> None:
        self._limit = limit
        self._prefixes = prefixes
        self._open: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, address: str) -> bool:
        """Count one more from *address*, and return whether it is within the limit; if not, it is not counted."""
        prefixes, here = self._prefixes(address), self._open
        if any(here.get(prefix, 0) >= self._limit * factor for prefix, factor in prefixes):
            return False
        for prefix, _ in prefixes:
            here[prefix] = here.get(prefix, 0) + 1
        return True

    def leave(self, address: str) -> None:
        """Count one less."""
        for prefix, _ in self._prefixes(address):
            here = self._open.get(prefix, 0) - 1
            if here > 0:
                self._open[prefix] = here
            else:
                self._open.pop(prefix, None)


class SocketLimits:
    """All rate limits of the sockets; `None` where limits are switched off."""

    def __init__(
        self,
        *,
        on: bool,
        frames: Rate = FRAMES,
        chat: Rate = CHAT,
        discover: Rate = DISCOVER,
        invites: int = INVITES,
        connections: int = CONNECTIONS_PER_ADDRESS,
        handshakes: Rate = HANDSHAKES,
        prefixes: Prefixes = address_only,
    ) -> None:
        self.frames = frames if on else None
        self.chat = KeyedTokenBuckets(chat) if on else None
        self.discover = KeyedTokenBuckets(discover) if on else None
        self.invites = SlidingWindowLimiter(invites, INVITES_PER_MS) if on else None
        self.connections = ConnectionCounter(connections, prefixes) if on else None
        self.handshakes = AddressTokenBuckets(handshakes, prefixes) if on else None

    def release(self, user: Hashable) -> dict[str, list[float]]:
        """Remove and return what *user* has used: instants by the name of the limit."""
        return {name: found for name, limit in self._of_users() if (found := limit.release(user))}

    def adopt(self, user: Hashable, used: Mapping[str, Sequence[float]]) -> None:
        """Add what *user* has used in another process."""
        for name, limit in self._of_users():
            limit.adopt(user, used.get(name, ()))

    def _of_users(self) -> Iterator[tuple[str, KeyedTokenBuckets | SlidingWindowLimiter]]:
        for name, limit in (("chat", self.chat), ("discover", self.discover), ("invites", self.invites)):
            if limit is not None:
                yield name, limit

    def sweep(self, now: int) -> None:
        """Drop entries that no longer count."""
        for limit in (self.chat, self.discover, self.invites, self.handshakes):
            if limit is not None:
                limit.sweep(now)
