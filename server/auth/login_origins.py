"""The networks and devices that accounts are used from, stored as keyed digests."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable
from matchmaker.domain.ids import UserId
from matchmaker.matchmaker import Matchmaker
from server.auth.keyed_hash import KeyedHasher
from server.db.accounts import login_origins
from server.db.accounts.login_origins import Kind, Origin
from server.db.pool import Pool
from server.domain.networks import network_of

BATCH_MAX = 500
"""Maximum number of origins per statement."""
WAITING_MAX = 20_000
"""Limit of unsaved origins; above it new ones are dropped, and recorded when they are seen again."""


class LoginOrigins:
    """Records the networks and devices of accounts. An address without a network (product.md,
    section 1) has no origin.
    """

    def __init__(self, pool: Pool, hasher: KeyedHasher, matchmaker: Matchmaker, clock: Clock) -> None:
        self._pool = pool
        self._hasher = hasher
        self._matchmaker = matchmaker
        self._clock = clock
        self._waiting: dict[tuple[UserId, Kind, str], None] = {}
        """User and origin, in the order in which they were seen."""
        self._writing: asyncio.Task[None] | None = None

    async def of(self, address: str, device: str | None = None) -> list[Origin]:
        """Return the origins of *address* and of the device cookie *device*.

        Raises:
            Unavailable: the key of the digests cannot be read.
        """
        found = []
        if (network := network_of(address)) is not None:
            found.append(await self._origin("network", network))
        if device is not None:
            found.append(await self._origin("device", device))
        return found

    async def is_known(self, user: UserId, address: str) -> bool:
        """Return whether *user* was logged in from the network of *address* within 30 days; False without a network.

        Raises:
            Unavailable: the database does not answer.
        """
        if (network := network_of(address)) is None:
            return False
        return await login_origins.is_known(
            self._pool, user, await self._origin("network", network), now=self._clock.now()
        )

    async def is_known_device(self, user: UserId, address: str, device: str | None) -> bool:
        """Return whether *user* was logged in within 30 days with the device cookie *device*.

        A client without cookies is recognized by the network of *address*; without a network, it is new each time.

        Raises:
            Unavailable: the database does not answer.
        """
        kind: Kind = "network" if device is None else "device"
        name = network_of(address) if device is None else device
        if name is None:
            return False
        if (user, kind, name) in self._waiting:
            return True
        return await login_origins.is_known(self._pool, user, await self._origin(kind, name), now=self._clock.now())

    def record(self, user: UserId, kind: Kind, name: str) -> None:
        """Store asynchronously that *user* was seen from a network or device; a failed write is retried with the next
        one.
        """
        if len(self._waiting) >= WAITING_MAX:
            return
        self._waiting[user, kind, name] = None
        self._writing = self._writing or asyncio.create_task(self._write())

    async def exclude_same_origin(self, pairs: Iterable[tuple[UserId, UserId]]) -> None:
        """Exclude the pairs that `login_origins` has returned from being matched, if their users are on this node."""
        with suppress(Unavailable):  # the exclusion is stored, and read when either of them joins
            for user, other in pairs:
                await self._matchmaker.exclude(user, other)

    async def close(self) -> None:
        """Write the unsaved origins, if the database answers."""
        if self._waiting and self._writing is None:
            self._writing = asyncio.create_task(self._write())
        if self._writing is not None:
            await self._writing

    async def _origin(self, kind: Kind, name: str) -> Origin:
        return Origin(kind, await self._hasher.digest(kind, name))

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch = list(self._waiting)[:BATCH_MAX]
                seen = [(user, await self._origin(kind, name)) for user, kind, name in batch]
                await self.exclude_same_origin(await login_origins.record(self._pool, seen, now=self._clock.now()))
                for key in batch:
                    self._waiting.pop(key, None)
        except Unavailable:
            pass  # Kept; retried with the next write.
        finally:
            self._writing = None
