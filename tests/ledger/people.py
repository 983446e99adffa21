"""People who have signed up, and the rooms they open: real rows, made by the rules that make them in production."""

from matchmaker import cooldown, course
from matchmaker.change import Ending, RoomChange
from matchmaker.clock import ManualClock
from matchmaker.ids import MessageId, RoomId, UserId, new_id
from matchmaker.invite import Party
from matchmaker.message import Message
from matchmaker.profile import Profile
from matchmaker.room import Reason, Room
from matchmaker.rules import Rules
from matchmaker.ticket import Mode, Wish
from server.ledger.pool import Pool

RULES = Rules()


class Town:
    """Knows everyone by first name; `town["ada"]` is an id."""

    def __init__(self, pool: Pool, clock: ManualClock) -> None:
        self._pool = pool
        self.clock = clock
        self.profiles: dict[str, Profile] = {}

    def __getitem__(self, name: str) -> UserId:
        return self.profiles[name].user_id

    async def settle(self, *names: str, mirror: bool = False) -> None:
        """Let people sign up."""
        for name in names:
            profile = Profile(
                user_id=UserId(new_id(self.clock.now())), display_name=name, interests=("chess",), mirror=mirror
            )
            self.profiles[name] = profile
        await self._pool.execute(
            """INSERT INTO users (user_id, display_name, adult_at, is_mirror)
               SELECT id, name, now(), $3 FROM unnest($1::uuid[], $2::text[]) AS t (id, name)""",
            [self[name] for name in names],
            list(names),
            mirror,
        )

    async def die(self, name: str) -> None:
        """Let somebody delete their account."""
        await self._pool.execute("DELETE FROM users WHERE user_id = $1::uuid", self[name])

    def room(self, one: str, other: str, *, mode: Mode = "video", wish: Wish | None = None) -> Room:
        """Return a room of two people, not stored yet."""
        first, second = (
            Party(profile=self.profiles[name], wish=wish or Wish(mode=mode), accepted=True) for name in (one, other)
        )
        now = self.clock.now()
        return course.begin(RoomId(new_id(now)), mode, first, second, now=now, rules=RULES)

    def message(self, room: Room, sender: str, body: str = "hello", *, client_id: str | None = None) -> Message:
        """Return something said, not stored yet."""
        message_id = new_id(self.clock.now())
        return Message(
            message_id=MessageId(message_id),
            room_id=room.room_id,
            sender=self[sender],
            body=body,
            sent_at=self.clock.now(),
            client_id=client_id or message_id,
        )

    def end(self, room: Room, reason: Reason = "hangup", *, by: str | None = None, live_ms: int = 60_000) -> RoomChange:
        """Return the ending of a room."""
        now = self.clock.now()
        until = cooldown.after_room(room, reason, now=now, rules=RULES)
        ending = Ending(
            reason=reason, by=None if by is None else self[by], at=now, live_ms=live_ms, cooldown_until=until
        )
        return RoomChange(before=room, after=room, ending=ending)


def opening(room: Room) -> RoomChange:
    """Return the change that opens a room."""
    return RoomChange(before=None, after=room)
