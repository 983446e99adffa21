"""From a refusal to what the client reads."""

import msgspec

from matchmaker.errors import BadFrame, Refusal
from signaling.bounds import FrameId

_encode = msgspec.json.Encoder().encode


class Unreadable(BadFrame):
    """What came is no JSON object at all; three in a row end the conversation."""


class Internal(Refusal):
    """A fault of ours."""

    code = "internal"

    def __init__(self) -> None:
        super().__init__("something went wrong here; it has been noted")


def error_frame(refusal: Refusal, frame_id: FrameId | msgspec.UnsetType) -> bytes:
    """Return the error frame that answers the frame named *frame_id* (protocol.md section 7)."""
    named = {} if frame_id is msgspec.UNSET else {"id": frame_id}
    return _encode({"type": "error", **named, "code": refusal.code, "message": refusal.message, **refusal.details})
