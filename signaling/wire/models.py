"""Objects in frames: users, invites, rooms, and the snapshot of a user."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.domain.ids import InviteId, RoomId, UserId
from matchmaker.domain.invite import Kind, Role
from matchmaker.domain.message import Message
from matchmaker.domain.profile import Gender, Profile
from matchmaker.domain.room import Role as Side
from matchmaker.domain.room import RoomKind, Status
from matchmaker.domain.ticket import Mode
from matchmaker.domain.user_state import Phase
from signaling.wire.people_models import FriendPresenceObject

IcePolicy = Annotated[
    Literal["all", "relay"],
    msgspec.Meta(
        description="For RTCConfiguration.iceTransportPolicy. With `relay` no address is passed on but a relay's: "
        "other candidates are dropped, descriptions are rewritten"
    ),
]
"""Which paths two browsers may use (W3C WebRTC section 4.2.3)."""


class QueueObject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A place in the queue."""

    mode: Mode
    joined_at: int


class IntroducerObject(msgspec.Struct, frozen=True, kw_only=True):
    """Who made an introduction, by name."""

    display_name: str


class NotificationObject(msgspec.Struct, frozen=True, kw_only=True):
    """A notification; it is stored as well."""

    notification_id: str
    kind: str
    """`introduction`: *person* has followed a link to you, which *introduced_by* had made. `introduction_request`: the
    same, and you two go first with each other only if you agree."""
    created_at: int
    read_at: int | None
    person: Profile | None = None
    """The user it is about."""
    introduced_by: IntroducerObject | None = None
    """None: not an introduction, or they have deleted their account."""
    until_at: int | None = None
    """Of a question: until when it can be answered; after that the answer is no."""
    accepted: bool | None = None
    """Of a question: the answer; None: there is none yet."""
    details: dict[str, Any] = {}


class PersonObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A waiting user: profile and filters."""

    user_id: UserId
    display_name: str
    mode: Mode
    waiting_since_at: int
    introduced_by: IntroducerObject | None
    gender: Gender
    interests: tuple[str, ...] = ()


class InviteObject(msgspec.Struct, frozen=True, kw_only=True):
    """An open invite, as one of the two sees it."""

    invite_id: InviteId
    kind: Kind
    role: Role
    peer: Profile
    mode: Mode
    duration_s: int | None
    """Of a direct invite, or a call to a friend, what the inviter asks, of a match the agreed length; None in text
    mode, and of a call to a friend without a clock."""
    accepted: bool
    peer_accepted: bool
    expires_at: int
    expires_in_ms: int


class GraceObject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member is away; the room ends then."""

    ends_at: int
    ends_in_ms: int


class TorchObject(msgspec.Struct, frozen=True, kw_only=True):
    """A member is idle; the room ends then. While the room is in grace the time stands still."""

    idle: tuple[UserId, ...]
    ends_at: int
    ends_in_ms: int


class RoomObject(msgspec.Struct, frozen=True, kw_only=True):
    """A room, as one of the two sees it."""

    room_id: RoomId
    mode: Mode
    status: Status
    role: Side
    peer: Profile
    peer_connected: bool
    started_at: int
    live_at: int | None
    ends_at: int | None
    grace: GraceObject | None
    torch: TorchObject | None
    messages: tuple[Message, ...]
    """The last 50, oldest first."""
    ice_servers: list[dict[str, Any]]
    """STUN and TURN servers, the latter with credentials for the reader alone; `GET /v1/ice` gives fresh ones."""
    kind: RoomKind | UnsetType = UNSET
    """Present for a client with the feature `friends`."""
    ice_transport_policy: IcePolicy = "all"
    """For `RTCConfiguration.iceTransportPolicy`. With `relay` the server passes no address on but a relay's."""


class StateObject(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a client needs after a reload."""

    phase: Phase
    queue: QueueObject | None
    invite: InviteObject | None
    room: RoomObject | None
    friends: list[FriendPresenceObject] | UnsetType = UNSET
    """The presence of friends who are not offline; absent for a client without the feature."""
