"""Whom each person here must not meet: read once from the ledger, kept current by everything that changes it."""

from collections.abc import Mapping

from matchmaker.clock import Clock
from matchmaker.ids import UserId
from matchmaker.ledger import Ledger


class Avoidance:
    """The avoid-sets of the people on this node. A ticket carries the very dict, so it is never stale."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._known: dict[UserId, dict[UserId, int]] = {}
        self._reading: dict[UserId, dict[UserId, int]] = {}

    async def of(self, user: UserId) -> Mapping[UserId, int]:
        """Return whom *user* must not meet, and until when; the mapping stays current.

        Raises:
            Unavailable: the ledger cannot be reached.
        """
        known = self._known.get(user)
        if known is not None:
            return known
        # What changes while the ledger is being read is put on top of the answer, which may be older.
        news = self._reading.setdefault(user, {})
        try:
            read = (await self._ledger.avoided([user], now=self._clock.now())).get(user, {})
        except BaseException:
            self._reading.pop(user, None)
            raise
        if user not in self._known:
            self._known[user] = {other: max(until, read.get(other, 0)) for other, until in (read | news).items()}
            self._reading.pop(user, None)
        return self._known[user]

    def lengthen(self, one: UserId, other: UserId, until: int) -> None:
        """Keep two people apart at least until *until*."""
        for user, peer in ((one, other), (other, one)):
            known = self._known.get(user, self._reading.get(user))
            if known is not None:
                known[peer] = max(known.get(peer, 0), until)

    def forgive(self, one: UserId, other: UserId, until: int | None) -> None:
        """Take back a cooldown that ends at exactly *until*; a longer one stays."""
        for user, peer in ((one, other), (other, one)):
            known = self._known.get(user)
            if known is not None and known.get(peer) == until:
                del known[peer]

    def correct(self, user: UserId, other: UserId, until: int) -> None:
        """Note what the ledger now says of *user* and *other*; not in the future: nothing keeps them apart."""
        known = self._known.get(user)
        if known is not None:
            known[other] = until

    def forget(self, user: UserId) -> None:
        """Read *user*'s set again when it is next asked for."""
        self._known.pop(user, None)

    def drop_past(self, user: UserId) -> None:
        """Forget the cooldowns of *user* that are over."""
        now = self._clock.now()
        known = self._known.get(user)
        if known is not None:
            for other in [other for other, until in known.items() if until <= now]:
                del known[other]
