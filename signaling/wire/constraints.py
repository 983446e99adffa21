"""Bounds of client input, written once as types: they validate, and the documents show them."""

from typing import Annotated, Final

from msgspec import Meta

from matchmaker.domain.ids import InviteId, MessageId, RoomId, UserId
from matchmaker.domain.timing import DURATION_S

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"

FRAME_MAX_BYTES = 65_536
"""The largest frame that is accepted; a larger one closes the socket with 1009."""
BODY_MAX_CHARS = 500
INTERESTS_MAX = 10

_ID = Meta(pattern=UUID, max_length=36, description="a UUID in lower case (RFC 9562 section 4)")
AnyUser = Annotated[UserId, _ID]
AnyRoom = Annotated[RoomId, _ID]
AnyInvite = Annotated[InviteId, _ID]
AnyMessage = Annotated[MessageId, _ID]
FrameId = Annotated[str, Meta(max_length=64)] | Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""The frame id chosen by the client; the answer carries it."""
DurationS = Annotated[int, Meta(ge=DURATION_S[0], le=DURATION_S[1], description="whole seconds")]
CallDurationS = Annotated[
    int, Meta(ge=DURATION_S[0], le=14_400, description=f"whole seconds; above {DURATION_S[1]} only to a friend")
]
ClientId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00]*\Z")]
"""Unique per sender. PostgreSQL stores every character but NUL, so NUL is refused."""
Category = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        pattern=r"^[^\x00]*\Z",
        description="a word of the client: sexual, harassment, hate, violence, minor, spam, other",
    ),
]
Details = Annotated[str, Meta(max_length=2_000, pattern=r"^[^\x00]*\Z", description="what happened, in your own words")]
Note = Annotated[
    str, Meta(max_length=150, pattern=r"^[^\x00]*\Z", description="for the one who is asked; a like has none")
]
"""The note of a friend request."""
NUL: Final = r"\x00"
TYPED_MAX_CHARS: Final = 256
"""The longest name, tag or e-mail address as typed, before it is trimmed."""
TAG_MAX_CHARS: Final = 40


def trimmed(longest: int, *, without: str = NUL) -> str:
    """Return the pattern of a text that has 1 to *longest* characters after trimming, none of them in *without*.

    *without* is the inside of a character class.
    """
    one = rf"[^\s{without}]"
    return rf"^\s*{one}(?:[^{without}]{{0,{longest - 2}}}{one})?\s*\Z"


def typed(longest: int, *, without: str = NUL, note: str = "") -> Meta:
    """Return the bounds of a name or tag: validated as typed, described as after trimming.

    The pattern is for the documents: the validators count after normalizing, which a pattern cannot.
    """
    description = f"1 to {longest} characters after trimming{note}, at least one of them visible"
    return Meta(
        min_length=1,
        max_length=TYPED_MAX_CHARS,
        extra_json_schema={"pattern": trimmed(longest, without=without), "description": description},
    )


Tag = Annotated[str, typed(TAG_MAX_CHARS, note=" and in lower case")]
"""An interest."""
Body = Annotated[
    str,
    Meta(
        extra_json_schema={
            "minLength": 1,
            "pattern": trimmed(BODY_MAX_CHARS),
            "description": f"1 to {BODY_MAX_CHARS} characters after trimming, at least one of them visible",
        }
    ),
]
"""A chat message; `ChatSend` validates it."""
