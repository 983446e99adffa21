"""Frames of clients: one class each, with the bounds in the types."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matchmaker.domain.errors import Invalid
from matchmaker.domain.ids import RoomId
from matchmaker.domain.message import Status
from matchmaker.domain.profile import Gender
from matchmaker.domain.ticket import Mode, Pairing
from matchmaker.domain.timing import DEFAULT_DURATION_S, DURATION_S
from signaling.wire.channel_frames import CHANNEL_FRAMES, AnyChannel, N
from signaling.wire.constraints import (
    BODY_MAX_CHARS,
    INTERESTS_MAX,
    TAG_MAX_CHARS,
    UUID,
    AnyInvite,
    AnyMessage,
    AnyRoom,
    AnyUser,
    Body,
    CallDurationS,
    Category,
    ClientId,
    Details,
    DurationS,
    Note,
    Tag,
)
from signaling.wire.frame import Frame
from signaling.wire.visible import has_visible


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client continues."""

    key: Annotated[str, Meta(max_length=128)]
    seq: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    """The last event it has received; 0: none."""
    people_seq: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    """The last event of friends and channels it has received; None: none."""


Feature = Annotated[str, Meta(min_length=1, max_length=32)]


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """The first frame: the token, and the last event received."""

    token: Annotated[str, Meta(max_length=512)]
    resume: Resume | None = None
    heartbeat: bool = False
    """The client promises to send something every few seconds while invited or in a room; `welcome` says how often."""
    features: Annotated[tuple[Feature, ...], Meta(max_length=16)] = ()
    """Features that the client supports: `friends`, `channels`. Others are ignored; `welcome` lists those granted."""


class WantFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of a search."""

    gender: Annotated[tuple[Gender, ...], Meta(min_length=1)] | None = None


class QueueJoin(Frame, frozen=True, kw_only=True, tag="queue.join"):
    """Join the queue, or change the filters while in it."""

    mode: Mode
    pairing: Pairing = "auto"
    listed: bool = True
    """False: not in `discover`, and closed to direct invites."""
    auto_accept: bool = False
    auto_next: bool = False
    duration_s: DurationS = DEFAULT_DURATION_S
    interests: Annotated[tuple[Tag, ...], Meta(max_length=INTERESTS_MAX)] | None = None
    """None: those of the profile."""
    want: WantFilter | None = None

    def __post_init__(self) -> None:
        """Normalize the interests to the form in which they are compared."""
        if self.interests:
            msgspec.structs.force_setattr(self, "interests", normalize_tags(self.interests))


class QueueLeave(Frame, frozen=True, kw_only=True, tag="queue.leave"):
    """Leave the queue; idempotent."""


class Discover(Frame, frozen=True, kw_only=True, tag="discover"):
    """List people who are waiting."""

    mode: Mode | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 20
    include_seen: bool = False


class InviteSend(Frame, frozen=True, kw_only=True, tag="invite.send"):
    """Invite a user who is waiting, or call a friend."""

    user_id: AnyUser
    mode: Mode
    kind: Literal["direct", "friend"] = "direct"
    duration_s: CallDurationS | None = None
    """Of a call to a friend: None, there is no clock."""

    def __post_init__(self) -> None:
        """Check mode and length against the kind."""
        if self.kind == "friend":
            if self.mode != "video":
                raise Invalid("mode", "a call to a friend is video")
        elif self.duration_s is not None and self.duration_s > DURATION_S[1]:
            raise Invalid("duration_s", f"at most {DURATION_S[1]} seconds, unless you call a friend")


class InviteAccept(Frame, frozen=True, kw_only=True, tag="invite.accept"):
    """Accept an invite."""

    invite_id: AnyInvite
    duration_s: DurationS | None = None


class InviteDecline(Frame, frozen=True, kw_only=True, tag="invite.decline"):
    """Decline an invite."""

    invite_id: AnyInvite


class InviteCancel(Frame, frozen=True, kw_only=True, tag="invite.cancel"):
    """Cancel your own invite."""

    invite_id: AnyInvite


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """An RTCSessionDescriptionInit (W3C WebRTC section 4.6.2); other members are forwarded unread."""

    type: Literal["offer", "answer", "pranswer", "rollback"]
    # Raw: the decoder has validated the JSON; building the string as well would double the cost.
    sdp: Annotated[msgspec.Raw | UnsetType, Meta(extra_json_schema={"type": ["string", "null"]})] = UNSET
    """A string; in a rollback it may be null or missing, and browsers send either."""

    def __post_init__(self) -> None:
        """Check that `sdp` is a string where it is required."""
        if self.sdp is UNSET:
            if self.type != "rollback":
                raise ValueError("Object missing required field `sdp`")
        elif bytes(self.sdp)[:1] != b'"' and not (self.type == "rollback" and bytes(self.sdp) == b"null"):
            raise ValueError("Expected `str` - at `$.sdp`")


_DESCRIPTION = Meta(extra_json_schema={"$ref": "#/components/schemas/Description"})


class Signal(Frame, frozen=True, kw_only=True, tag="signal"):
    """A description or a candidate for the peer: raw JSON, forwarded unchanged."""

    # Not `AnyRoom`: the pattern costs more than the whole rest, and only the id of the sender's room is used further.
    room_id: Annotated[RoomId, Meta(extra_json_schema={"pattern": UUID})]
    description: Annotated[msgspec.Raw | UnsetType, _DESCRIPTION] = UNSET
    candidate: Annotated[msgspec.Raw | UnsetType, Meta(extra_json_schema={"type": ["object", "null"]})] = UNSET


class RoomReady(Frame, frozen=True, kw_only=True, tag="room.ready"):
    """Media flows on this side; idempotent."""

    room_id: AnyRoom


class RoomLeave(Frame, frozen=True, kw_only=True, tag="room.leave"):
    """End the room; idempotent."""

    room_id: AnyRoom
    reason: Literal["hangup", "next", "connect_failed"] = "hangup"


class RoomUpgrade(Frame, frozen=True, kw_only=True, tag="room.upgrade"):
    """Ask for video, or agree to it."""

    room_id: AnyRoom


class RoomUpgradeDecline(Frame, frozen=True, kw_only=True, tag="room.upgrade_decline"):
    """Decline the peer's request for video."""

    room_id: AnyRoom


class ChatSend(Frame, frozen=True, kw_only=True, tag="chat.send"):
    """Send a message in a room. Acknowledged once durable; `client_id` makes it safe to repeat."""

    room_id: AnyRoom
    client_id: ClientId
    body: Body

    def __post_init__(self) -> None:
        """Trim the body, then check its bounds."""
        body = self.body.strip()
        if not body:
            raise Invalid("body", "empty after trimming")
        if len(body) > BODY_MAX_CHARS:
            raise Invalid("body", f"longer than {BODY_MAX_CHARS} characters")
        if "\x00" in body:
            raise Invalid("body", "contains the character NUL")
        if not has_visible(body):
            raise Invalid("body", "no visible character")
        msgspec.structs.force_setattr(self, "body", body)


class ChatReceipt(Frame, frozen=True, kw_only=True, tag="chat.receipt"):
    """Report that everything up to and including a message was delivered or read."""

    room_id: AnyRoom
    message_id: AnyMessage
    status: Status


class ChatTyping(Frame, frozen=True, kw_only=True, tag="chat.typing"):
    """Tell the peer that something is being typed; not stored."""

    room_id: AnyRoom


class ChatHistory(Frame, frozen=True, kw_only=True, tag="chat.history"):
    """Read earlier messages of a room."""

    room_id: AnyRoom
    before: AnyMessage | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 50


class BlockFrame(Frame, frozen=True, kw_only=True, tag="block"):
    """Block a user: you no longer see or meet each other; ends a shared room."""

    user_id: AnyUser


class ReportFrame(Frame, frozen=True, kw_only=True, tag="report"):
    """Report a user you met in a room, by an invite or by an introduction; you are blocked, and the room ends."""

    user_id: AnyUser
    room_id: AnyRoom | None = None
    """At most one of the four. None of them: the room you are in, or else where you met last."""
    invite_id: AnyInvite | None = None
    """A direct invite from them that ended within 24 hours without a room."""
    referral_code: Annotated[str, Meta(max_length=64)] | None = None
    """The link by which you were introduced."""
    channel_id: AnyChannel | None = None
    """A conversation that you share."""
    n: N | None = None
    """A message of theirs in it; left out: their latest."""
    category: Category
    details: Details = ""

    def __post_init__(self) -> None:
        """Check that a message number comes with its channel."""
        if self.n is not None and self.channel_id is None:
            raise Invalid("n", "name the channel_id too")


class Ping(Frame, frozen=True, kw_only=True, tag="ping"):
    """Request a pong; `data` is returned unchanged."""

    data: msgspec.Raw | UnsetType = UNSET


class FriendAsk(Frame, frozen=True, kw_only=True, tag="friend.ask"):
    """Send a friend request to a user you have met; they learn of it only if they send you one too."""

    user_id: AnyUser
    quiet: bool = False
    note: Note = ""

    def __post_init__(self) -> None:
        """Trim the note."""
        msgspec.structs.force_setattr(self, "note", self.note.strip())


_KINDS: tuple[type[Frame], ...] = (
    Hello, QueueJoin, QueueLeave, Discover, InviteSend, InviteAccept, InviteDecline, InviteCancel, Signal,
    RoomReady, RoomLeave, RoomUpgrade, RoomUpgradeDecline, ChatSend, ChatReceipt, ChatTyping, ChatHistory,
    BlockFrame, ReportFrame, FriendAsk, *CHANNEL_FRAMES, Ping,
)  # fmt: skip
KINDS: dict[str, type[Frame]] = {str(kind.__struct_config__.tag): kind for kind in _KINDS}
"""Every frame by its type."""
TYPES: dict[type[Frame], str] = {kind: tag for tag, kind in KINDS.items()}


def normalize_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return *tags* trimmed, in lower case, without duplicates.

    Raises:
        Invalid: one is longer than 40 characters, holds a NUL, or has no visible character.
    """
    clean = tuple(dict.fromkeys(tag.strip().lower() for tag in tags))
    if not all(0 < len(tag) <= TAG_MAX_CHARS and "\x00" not in tag for tag in clean):
        raise Invalid("interests", f"a tag has 1 to {TAG_MAX_CHARS} characters")
    if not all(map(has_visible, clean)):
        raise Invalid("interests", "a tag has at least one visible character")
    return clean
