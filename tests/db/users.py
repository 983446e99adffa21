"""Signed-up users and their rooms: rows that are made by the production rules."""

from matchmaker.domain import cooldown, room_transitions
from matchmaker.domain.clock import ManualClock
from matchmaker.domain.ids import MessageId, RoomId, UserId, new_id
from matchmaker.domain.invite import InviteParty
from matchmaker.domain.message import Message
from matchmaker.domain.profile import Profile
from matchmaker.domain.room import Reason, Room
from matchmaker.domain.ticket import MatchPreferences, Mode
from matchmaker.domain.timing import Timing
from matchmaker.domain.transactions import RoomClosure, RoomWrite
from server.db.pool import Pool

RULES = Timing()


class Accounts:
    """Signed-up users by first name: `accounts["ada"]` is the id."""

    def __init__(self, pool: Pool, clock: ManualClock) -> None:
        self._pool = pool
        self.clock = clock
        self.profiles: dict[str, Profile] = {}

    def __getitem__(self, name: str) -> UserId:
        return self.profiles[name].user_id

    async def sign_up(self, *names: str, mirror: bool = False) -> None:
        """Sign up users."""
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

    async def delete(self, name: str) -> None:
        """Delete an account."""
        await self._pool.execute("DELETE FROM users WHERE user_id = $1::uuid", self[name])

    def room(self, one: str, other: str, *, mode: Mode = "video", wish: MatchPreferences | None = None) -> Room:
        """Return a room of two users, not stored yet."""
        first, second = (
            InviteParty(profile=self.profiles[name], wish=wish or MatchPreferences(mode=mode), accepted=True)
            for name in (one, other)
        )
        now = self.clock.now()
        return room_transitions.open_room(RoomId(new_id(now)), mode, first, second, now=now, rules=RULES)

    def message(self, room: Room, sender: str, body: str = "hello", *, client_id: str | None = None) -> Message:
        """Return a message, not stored yet."""
        message_id = new_id(self.clock.now())
        return Message(
            message_id=MessageId(message_id),
            room_id=room.room_id,
            sender=self[sender],
            body=body,
            sent_at=self.clock.now(),
            client_id=client_id or message_id,
        )

    def end(self, room: Room, reason: Reason = "hangup", *, by: str | None = None, live_ms: int = 60_000) -> RoomWrite:
        """Return the ending of a room."""
        now = self.clock.now()
        until = cooldown.after_room(room, reason, now=now, rules=RULES)
        ending = RoomClosure(
            reason=reason, by=None if by is None else self[by], at=now, live_ms=live_ms, cooldown_until=until
        )
        return RoomWrite(before=room, after=room, ending=ending)


def opening(room: Room) -> RoomWrite:
    """Return the change that opens a room."""
    return RoomWrite(before=None, after=room)
