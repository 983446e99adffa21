"""Introductions: introduced users are paired first, and listed first by `discover`."""

from collections.abc import Iterable, Mapping

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import Ticket, may_meet, were_offered
from matchmaker.ports.room_repository import RoomRepository

IntroducedBy = dict[UserId, str | None]
"""The users a user was introduced to, with the introducer's name; None: the introducer is deleted."""


def first_introduced(ticket: Ticket, waiting: Iterable[Ticket], *, now: int) -> Ticket | None:
    """Return the user in *waiting* who was introduced to the holder of *ticket*, and is paired first; None: none.

    An introduction changes no rule: mode, filters, cooldowns and blocks hold, and a user offered in this session
    already has no priority.
    """
    fit = [
        other
        for other in waiting
        if other.is_paired and may_meet(ticket, other, now) and not were_offered(ticket, other)
    ]
    return min(fit, key=lambda other: other.joined_at, default=None)


class IntroductionCache:
    """The introductions of the users of this node. A ticket holds the same dict, so it is always current."""

    def __init__(self, repository: RoomRepository) -> None:
        self._repository = repository
        self._known: dict[UserId, IntroducedBy] = {}
        self._readings: dict[UserId, list[IntroducedBy]] = {}

    async def of(self, user: UserId) -> IntroducedBy:
        """Return the introductions of *user*; the mapping is updated in place.

        Raises:
            Unavailable: the repository cannot be reached.
        """
        known = self._known.get(user)
        if known is not None:
            return known
        later: IntroducedBy = {}
        under_way = self._readings.setdefault(user, [])
        under_way.append(later)
        try:
            read = dict(await self._repository.introduced(user))
        finally:
            # Compared by identity: two empty mappings are equal.
            under_way[:] = [one for one in under_way if one is not later]
            if not under_way and self._readings.get(user) is under_way:
                del self._readings[user]
        return self._known.setdefault(user, later | read)

    def known(self, user: UserId) -> Mapping[UserId, str | None]:
        """Return the introductions of *user* from memory; empty if not loaded."""
        return self._known.get(user, {})

    def is_known(self, user: UserId) -> bool:
        """Return whether the introductions of *user* are loaded."""
        return user in self._known

    def add(self, one: UserId, other: UserId, by: str | None) -> None:
        """Introduce two users: they are paired first with each other. The first introducer is kept."""
        for user, peer in ((one, other), (other, one)):
            known = self._known.get(user)
            if known is not None:
                known.setdefault(peer, by)
            for later in self._readings.get(user, ()):
                later.setdefault(peer, by)

    def load(self, user: UserId, introduced: Mapping[UserId, str | None]) -> IntroducedBy:
        """Store the introductions of *user* without reading the repository; return the mapping that is updated in
        place.
        """
        known = self._known[user] = dict(introduced)
        return known

    def forget(self, user: UserId) -> None:
        """Read the introductions of *user* again when they are next needed."""
        self._known.pop(user, None)
