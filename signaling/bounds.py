"""The bounds of what comes in, written once as types."""

from typing import Annotated

from msgspec import Meta

from matchmaker.ids import InviteId, MessageId, RoomId, UserId
from matchmaker.rules import DURATION_S

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"

FRAME_MAX_BYTES = 65_536
"""The largest frame that is taken; a larger one closes the socket with 1009."""
BODY_MAX_CHARS = 500
INTERESTS_MAX = 10

_ID = Meta(pattern=UUID, max_length=36, description="a UUID in lower case (RFC 9562 section 4)")
AnyUser = Annotated[UserId, _ID]
AnyRoom = Annotated[RoomId, _ID]
AnyInvite = Annotated[InviteId, _ID]
AnyMessage = Annotated[MessageId, _ID]
FrameId = Annotated[str, Meta(max_length=64)] | Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""How a client names a frame; the answer carries it back."""
DurationS = Annotated[int, Meta(ge=DURATION_S[0], le=DURATION_S[1], description="whole seconds")]
ClientId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00]*\Z")]
"""Unique per sender. PostgreSQL stores every character but NUL, so that one never comes in."""
Category = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        pattern=r"^[^\x00]*\Z",
        description="a word of the client: sexual, harassment, hate, violence, minor, spam, other",
    ),
]
Details = Annotated[
    str, Meta(max_length=2_000, pattern=r"^[^\x00]*\Z", description="what happened, in one's own words")
]
Tag = Annotated[str, Meta(max_length=256)]
"""An interest as typed; what is kept is 1 to 40 characters, trimmed and in lower case."""
TAG_MAX_CHARS = 40
