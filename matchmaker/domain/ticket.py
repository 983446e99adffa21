"""A ticket: the filters of a waiting user, and since when they wait."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import GENDERS, Gender, Profile
from matchmaker.domain.timing import DEFAULT_DURATION_S

Mode = Literal["video", "text"]
Pairing = Literal["auto", "manual"]
AgeBand = int | None
"""The youngest age, in years, of the band that a user may meet; None: their age is not known, so they meet no one."""
OfferedUsers = Mapping[UserId, None]
"""Users already offered in a session, the newest last: an ordered set. Shared, and never changed in place."""
NO_USERS: OfferedUsers = {}
ALL_AGES: AgeBand = 0
"""The only band of a service without age bands."""


class MatchPreferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The preferences of a `queue.join`."""

    mode: Mode = "video"
    pairing: Pairing = "auto"
    """`manual`: listed and open to invites, never paired by the queue."""
    listed: bool = True
    """False: not in `discover`, and closed to direct invites."""
    auto_accept: bool = False
    auto_next: bool = False
    duration_s: int = DEFAULT_DURATION_S
    interests: tuple[str, ...] = ()
    want: frozenset[Gender] = GENDERS


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the queue: a user, their preferences, and since when they wait."""

    profile: Profile
    wish: MatchPreferences
    joined_at: int
    """Unix milliseconds; kept through every return to the queue."""
    avoid: Mapping[UserId, int]
    """Excluded users, with the end of each (Unix milliseconds; `timing.FOREVER` for a block). Shared, kept current."""
    offered: OfferedUsers = {}
    """Users already offered in this session: paired again only if no new user waits. That of the holder's state."""
    introduced: Mapping[UserId, str | None] = {}
    """Users they were introduced to, with the introducer: paired first. Shared, kept current."""
    band: AgeBand = ALL_AGES
    rests_until: int | None = None
    """Entered too many rooms: not paired before this instant (Unix milliseconds)."""

    @property
    def is_paired(self) -> bool:
        """Whether the queue may pair the holder."""
        return self.wish.pairing == "auto" and self.rests_until is None

    @property
    def user(self) -> UserId:
        """The holder's user id."""
        return self.profile.user_id


def are_of_one_band(one: AgeBand, other: AgeBand) -> bool:
    """Return whether two users may meet by age; without a known age a user meets no one."""
    return one is not None and one == other


def wants(one: Ticket, other: Ticket) -> bool:
    """Return whether both tickets have the same mode and age band, and each satisfies the other's filter."""
    return (
        one.wish.mode == other.wish.mode
        and are_of_one_band(one.band, other.band)
        and one.profile.gender in other.wish.want
        and other.profile.gender in one.wish.want
    )


def avoided_until(one: Ticket, other: Ticket, now: int) -> int:
    """Return the instant from which the two users may meet; not after *now* when they may already."""
    until = max(one.avoid.get(other.user, 0), other.avoid.get(one.user, 0))
    return until if until > now else 0


def may_meet(one: Ticket, other: Ticket, now: int) -> bool:
    """Return whether the queue may pair the two users at *now*, whatever was offered before."""
    return one.user != other.user and wants(one, other) and not avoided_until(one, other, now)


def were_offered(one: Ticket, other: Ticket) -> bool:
    """Return whether the two users were offered to each other in this session."""
    return other.user in one.offered or one.user in other.offered
