"""A room of two users:

connecting ─both ready→ live ─ends→ ended        text rooms are live from the start
connecting ─30 s, connect_failed→ ended          while a user is away the room is in grace
live(text) ─upgrade agreed→ connecting(video)
"""

from typing import Literal

import msgspec

from matchmaker.domain.errors import NotInRoom
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import MatchPreferences, Mode

Reason = Literal[
    "hangup", "next", "time_up", "torch", "grace_expired", "connect_failed", "blocked", "reported", "banned", "deleted"
]
Status = Literal["connecting", "live", "grace"]
Role = Literal["offerer", "answerer"]
RoomKind = Literal["match", "friend"]
"""A call between friends writes no cooldown and does not count as a completed conversation."""


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two users of a room."""

    profile: Profile
    wish: MatchPreferences = MatchPreferences()
    """The preferences they joined the queue with: `next` queues them with the same ones."""
    ready: bool = False
    """Media flows on their side."""
    away_until: int | None = None
    """They are disconnected, and at this instant the room ends; None: they are connected."""
    said_at: int = 0
    """When they last sent a message, or when the room went live; shifted by every grace period. Unix milliseconds."""
    asked_at: int | None = None
    """When they last asked for video; limits their own requests only."""

    @property
    def user(self) -> UserId:
        """The user's id."""
        return self.profile.user_id


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation of two users. All instants are Unix milliseconds."""

    room_id: RoomId
    mode: Mode
    offerer: Participant
    answerer: Participant
    duration_s: int | None
    """Length of the call; None in text mode, and of a call between friends without a clock."""
    started_at: int
    kind: RoomKind = "match"
    connect_by: int | None = None
    """Deadline for media on both sides; None once it flows."""
    live_at: int | None = None
    ends_at: int | None = None
    """When the call clock runs out; None: no clock runs."""
    talked_ms: int = 0
    """Time spent live before the room changed its mode."""
    paused_at: int | None = None
    """Since when a user is disconnected: torch and connect deadline are paused. None: both are connected."""
    idle: tuple[UserId, ...] = ()
    """Users who were idle when the warning started, and have sent no message since."""
    warned_until: int | None = None
    """When the torch goes out; None: no warning is running."""
    asked_by: UserId | None = None
    """The user who asked for video and waits for an answer."""
    asked_at: int | None = None
    """When video was last asked for."""
    cooldown_until: int | None = None
    """End of the cooldown that was written when the room opened."""
    version: int = 0
    """Raised by the repository at every change; 0 until the room is stored."""

    @property
    def people(self) -> tuple[Participant, Participant]:
        """Both participants, the offerer first."""
        return self.offerer, self.answerer

    @property
    def users(self) -> tuple[UserId, UserId]:
        """Both user ids, the offerer first."""
        return self.offerer.profile.user_id, self.answerer.profile.user_id

    @property
    def status(self) -> Status:
        """`grace` while a user is disconnected; else `live` or `connecting`."""
        if self.offerer.away_until is not None or self.answerer.away_until is not None:
            return "grace"
        return "connecting" if self.live_at is None else "live"

    @property
    def was_live(self) -> bool:
        """Whether the room has ever been live."""
        return self.live_at is not None or self.talked_ms > 0

    @property
    def is_mirror(self) -> bool:
        """Whether one of the users is the mirror: such a room leaves no history."""
        return self.offerer.profile.mirror or self.answerer.profile.mirror

    def me(self, user: UserId) -> Participant:
        """Return the side of *user*.

        Raises:
            NotInRoom: *user* is not a participant.
        """
        if user == self.offerer.profile.user_id:
            return self.offerer
        if user == self.answerer.profile.user_id:
            return self.answerer
        raise NotInRoom

    def peer(self, user: UserId) -> Participant:
        """Return the side that is not *user*'s."""
        return self.answerer if user == self.offerer.profile.user_id else self.offerer

    def role(self, user: UserId) -> Role:
        """Return the role of *user* in the WebRTC negotiation."""
        return "offerer" if user == self.offerer.profile.user_id else "answerer"

    def live_ms(self, now: int) -> int:
        """Return the time spent live up to *now*; setting up does not count."""
        return self.talked_ms + (0 if self.live_at is None else max(0, now - self.live_at))

    @property
    def grace_until(self) -> int | None:
        """The earliest end of grace of the users who are disconnected; None: both are connected."""
        one, other = self.offerer.away_until, self.answerer.away_until
        if one is None or other is None:
            return other if one is None else one
        return min(one, other)


def with_participant(room: Room, participant: Participant) -> Room:
    """Return the room with the side of the same user replaced."""
    side = "offerer" if participant.user == room.offerer.user else "answerer"
    return msgspec.structs.replace(room, **{side: participant})
