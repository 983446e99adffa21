"""People, tickets and rooms for the rules; instants count from `NOW`."""

from msgspec.structs import replace

from matchmaker import course
from matchmaker.ids import RoomId, UserId
from matchmaker.invite import Party
from matchmaker.profile import Gender, Profile
from matchmaker.room import Room
from matchmaker.rules import Rules
from matchmaker.ticket import EVERYBODY, Band, Mode, Ticket, Wish

NOW = 1_800_000_000_000
RULES = Rules()
ADA, BOB, CAT = (UserId(name) for name in ("ada", "bob", "cat"))


def profile(user: UserId, *, gender: Gender = "unspecified", mirror: bool = False) -> Profile:
    return Profile(user_id=user, display_name=user, gender=gender, mirror=mirror)


def party(user: UserId, wish: Wish | None = None, *, mirror: bool = False) -> Party:
    return Party(profile=profile(user, mirror=mirror), wish=wish or Wish())


def ticket(
    user: UserId,
    wish: Wish | None = None,
    *,
    since: int = NOW,
    gender: Gender = "unspecified",
    avoid: dict[UserId, int] | None = None,
    offered: tuple[UserId, ...] = (),
    band: Band = EVERYBODY,
) -> Ticket:
    return Ticket(
        profile=profile(user, gender=gender),
        wish=wish or Wish(),
        joined_at=since,
        avoid=avoid or {},
        offered=frozenset(offered),
        band=band,
    )


def room(mode: Mode = "text", *, mirror: bool = False, rules: Rules = RULES) -> Room:
    """Ada, who offers, and Bob, since NOW."""
    return course.begin(RoomId("room"), mode, party(ADA), party(BOB, mirror=mirror), now=NOW, rules=rules)


def call() -> Room:
    """A video room in which media flows since NOW; the call lasts 300 s."""
    found = room("video")
    for user in (ADA, BOB):
        found = course.ready(found, by=user, now=NOW).room
    return found


def with_version(found: Room, version: int) -> Room:
    return replace(found, version=version)
