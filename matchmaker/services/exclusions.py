"""Exclusions of the users of this process: loaded once, and updated by every change."""

from collections.abc import Mapping

from matchmaker.domain.clock import Clock
from matchmaker.domain.ids import UserId
from matchmaker.ports.room_repository import RoomRepository

_TIDY_EVERY = 64
"""Whenever a user has this many more exclusions, expired ones are dropped."""


class _Read:
    """Changes made while the repository was being read."""

    __slots__ = ("later", "stale")

    def __init__(self) -> None:
        self.later: dict[UserId, int] = {}
        """Merged into the answer, which may be older."""
        self.stale = False
        """An exclusion was removed: the answer may still have it, so the repository is read again."""


class ExclusionCache:
    """The exclusions of the users of this node. A ticket holds the same dict, so it is always current."""

    def __init__(self, repository: RoomRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock
        self._known: dict[UserId, dict[UserId, int]] = {}
        self._readings: dict[UserId, list[_Read]] = {}

    async def of(self, user: UserId) -> Mapping[UserId, int]:
        """Return the exclusions of *user* with their ends; the mapping is updated in place.

        Raises:
            Unavailable: the repository cannot be reached.
        """
        known = self._known.get(user)
        if known is not None:
            return known
        read = await self._read(user)
        return self._known.setdefault(user, read)

    def known(self, user: UserId) -> Mapping[UserId, int] | None:
        """Return the exclusions of *user* if they are loaded, else None."""
        return self._known.get(user)

    async def refresh(self, user: UserId) -> None:
        """Load the exclusions of *user* again, if they were loaded before.

        Raises:
            Unavailable: the repository cannot be reached; the loaded ones stay.
        """
        if user in self._known:
            read = await self._read(user)
            known = self._known.get(user)
            if known is not None:
                # Updated in place: tickets hold this dict.
                known.clear()
                known.update(read)

    def extend(self, one: UserId, other: UserId, until: int) -> None:
        """Exclude two users from each other at least until *until*."""
        for user, peer in ((one, other), (other, one)):
            known = self._known.get(user)
            if known is not None:
                known[peer] = max(known.get(peer, 0), until)
                if not len(known) % _TIDY_EVERY:
                    self._drop_past(known)
            for reading in self._readings.get(user, ()):
                reading.later[peer] = max(reading.later.get(peer, 0), until)

    def revoke(self, one: UserId, other: UserId, until: int) -> None:
        """Remove the cooldown that ends at exactly *until*; one of another cause stays."""
        for user, peer in ((one, other), (other, one)):
            known = self._known.get(user)
            if known is not None and known.get(peer) == until:
                del known[peer]
            for reading in self._readings.get(user, ()):
                reading.stale = True

    def load(self, user: UserId, avoided: Mapping[UserId, int]) -> Mapping[UserId, int]:
        """Store the exclusions of *user* without reading the repository; return the mapping that is updated in
        place.
        """
        known = self._known[user] = dict(avoided)
        return known

    def forget(self, user: UserId) -> None:
        """Read the exclusions of *user* again when they are next needed."""
        self._known.pop(user, None)

    async def _read(self, user: UserId) -> dict[UserId, int]:
        while True:
            reading = _Read()
            under_way = self._readings.setdefault(user, [])
            under_way.append(reading)
            try:
                read = (await self._repository.avoided([user], now=self._clock.now())).get(user, {})
            finally:
                under_way.remove(reading)
                if not under_way and self._readings.get(user) is under_way:
                    del self._readings[user]
            if not reading.stale:
                return read | {other: max(until, read.get(other, 0)) for other, until in reading.later.items()}

    def _drop_past(self, known: dict[UserId, int]) -> None:
        now = self._clock.now()
        for other in [other for other, until in known.items() if until <= now]:
            del known[other]
