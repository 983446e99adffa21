"""Introductions: introduced users come first with each other, in `discover` and in the queue."""

from collections.abc import Iterable, Mapping

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import Ticket, may_meet
from matchmaker.ports.room_repository import RoomRepository

IntroducedBy = dict[UserId, str | None]
"""The users a user was introduced to, with the introducer's name; None: deleted."""


def first_introduced(ticket: Ticket, waiting: Iterable[Ticket], *, now: int) -> Ticket | None:
    """Return the user in *waiting* who was introduced to the holder of *ticket*, and is paired first; None: none.

    An introduction changes no rule: mode, filters, cooldowns and blocks hold, and a user offered in this session
    already goes first no more.
    """
    fit = [
        other
        for other in waiting
        if other.is_paired
        and may_meet(ticket, other, now)
        and other.user not in ticket.offered
        and ticket.user not in other.offered
    ]
    return min(fit, key=lambda other: other.joined_at, default=None)


class IntroductionCache:
    """The introductions of the people on this node. A ticket carries the very dict, so it is never stale."""

    def __init__(self, repository: RoomRepository) -> None:
        self._repository = repository
        self._known: dict[UserId, IntroducedBy] = {}
        self._readings: dict[UserId, list[IntroducedBy]] = {}

    async def of(self, user: UserId) -> IntroducedBy:
        """Return the introductions of *user*; the mapping stays current.

        Raises:
            Unavailable: the ledger cannot be reached.
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
            # By identity: two that are still empty are equal.
            under_way[:] = [one for one in under_way if one is not later]
            if not under_way and self._readings.get(user) is under_way:
                del self._readings[user]
        return self._known.setdefault(user, later | read)

    def known(self, user: UserId) -> Mapping[UserId, str | None]:
        """Return the same from memory; empty if not loaded."""
        return self._known.get(user, {})

    def is_known(self, user: UserId) -> bool:
        """Tell whether they have been read."""
        return user in self._known

    def add(self, one: UserId, other: UserId, by: str | None) -> None:
        """Pair two users first with each other from now on; the first introducer is named."""
        for user, peer in ((one, other), (other, one)):
            known = self._known.get(user)
            if known is not None:
                known.setdefault(peer, by)
            for later in self._readings.get(user, ()):
                later.setdefault(peer, by)

    def load(self, user: UserId, introduced: Mapping[UserId, str | None]) -> IntroducedBy:
        """Know the introductions of *user* without asking the ledger; return the mapping that stays current."""
        known = self._known[user] = dict(introduced)
        return known

    def forget(self, user: UserId) -> None:
        """Read *user*'s introductions again when they are next asked for."""
        self._known.pop(user, None)
