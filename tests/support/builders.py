"""People, tickets and rooms for the rules; instants count from `NOW`."""

from msgspec.structs import replace

from matchmaker.domain import room_transitions
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.invite import InviteParty
from matchmaker.domain.profile import Gender, Profile
from matchmaker.domain.room import Room
from matchmaker.domain.ticket import ALL_AGES, AgeBand, MatchPreferences, Mode, Ticket
from matchmaker.domain.timing import Timing

NOW = 1_800_000_000_000
RULES = Timing()
ADA, BOB, CAT = (UserId(name) for name in ("ada", "bob", "cat"))


def profile(user: UserId, *, gender: Gender = "unspecified", mirror: bool = False) -> Profile:
    return Profile(user_id=user, display_name=user, gender=gender, mirror=mirror)


def party(user: UserId, wish: MatchPreferences | None = None, *, mirror: bool = False) -> InviteParty:
    return InviteParty(profile=profile(user, mirror=mirror), wish=wish or MatchPreferences())


def ticket(
    user: UserId,
    wish: MatchPreferences | None = None,
    *,
    since: int = NOW,
    gender: Gender = "unspecified",
    avoid: dict[UserId, int] | None = None,
    offered: tuple[UserId, ...] = (),
    band: AgeBand = ALL_AGES,
) -> Ticket:
    return Ticket(
        profile=profile(user, gender=gender),
        wish=wish or MatchPreferences(),
        joined_at=since,
        avoid=avoid or {},
        offered=dict.fromkeys(offered),
        band=band,
    )


def room(mode: Mode = "text", *, mirror: bool = False, rules: Timing = RULES) -> Room:
    """Ada, who offers, and Bob, since NOW."""
    return room_transitions.open_room(RoomId("room"), mode, party(ADA), party(BOB, mirror=mirror), now=NOW, rules=rules)


def call() -> Room:
    """A video room in which media flows since NOW; the call lasts 300 s."""
    found = room("video")
    for user in (ADA, BOB):
        found = room_transitions.ready(found, by=user, now=NOW).room
    return found


def with_version(found: Room, version: int) -> Room:
    return replace(found, version=version)
