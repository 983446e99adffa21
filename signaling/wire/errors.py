"""From a client error to the `error` frame."""

import re
from typing import Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.domain.errors import CooldownActive, MalformedRequest, RequestError
from matchmaker.domain.user_state import Phase
from signaling.wire.constraints import FrameId

Code = Literal[
    "bad_frame", "unknown_type", "invalid", "unauthenticated", "forbidden", "password_required", "gate_required",
    "banned", "not_found", "conflict", "not_in_room", "wrong_phase", "target_unavailable", "cooldown_active",
    "invite_gone", "access_required", "account_required", "limit_reached", "channel_closed", "edit_expired",
    "rate_limited", "too_large", "unavailable", "internal",
]  # fmt: skip


class ErrorDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What an error says on a socket and over HTTP."""

    code: Code
    """For programs."""
    message: str
    """For people."""
    field: str | UnsetType = UNSET
    """With `bad_frame` and `invalid`: the field. With `access_required`: what is missing, unless an invite code."""
    phase: Phase | UnsetType = UNSET
    """With `wrong_phase`: the current phase."""
    until_at: int | UnsetType = UNSET
    """With `cooldown_active`, and with `banned` if the ban has an end."""
    statement: str | UnsetType = UNSET
    """With `banned`: the reasons."""
    retry_after_ms: int | UnsetType = UNSET
    """With `rate_limited`."""
    limit: str | UnsetType = UNSET
    """With `limit_reached`: which limit, and `max`, its value."""
    max: int | UnsetType = UNSET


class ErrorFrame(ErrorDetails, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """A frame that was refused; nothing has changed."""

    id: FrameId | UnsetType = UNSET


_encode = msgspec.json.Encoder().encode

# The words of msgspec for a value of the right type that is out of range; every other error is one of shape.
_RANGE = re.compile(
    r"Expected `(?:str|int|array|float)` (?:of length|matching|[<>]=)|Invalid enum value|Number out of range"
    r"|Expected `int(?: \| null)?`, got `float`"
)
_PATH = re.compile(r" - at (?:`key` in )?`\$(.*?)`\Z")  # a key is wrong where a value would be
# A mark that is text is a wrong value, as one that is negative or fractional.
_TEXT = re.compile(r"Expected `int \| null`, got `str`")
_MARKS = ("read", "delivered")
_MISSING = re.compile(r"missing required field `(.+?)`")
_INDEX = re.compile(r"\[[^\]]*\]")


class ValidationFinding(NamedTuple):
    """The error of msgspec for invalid input."""

    field: str
    """Blank: the input as a whole."""
    text: str
    is_out_of_range: bool
    """Whether the value has the right type."""


class NotJson(MalformedRequest):
    """The frame is not a JSON object; three in a row close the socket."""


def read_validation_error(error: msgspec.ValidationError, within: str = "") -> ValidationFinding:
    """Return the text of *error*, and its field; *within* names the field that was validated alone."""
    message = str(error)
    path, missing = _PATH.search(message), _MISSING.search(message)
    steps = (within, _INDEX.sub("", path[1]).lstrip(".") if path else "", missing[1] if missing else "")
    text = message[: path.start()] if path else message
    field = ".".join(filter(None, steps))
    is_mark = field in _MARKS and _TEXT.match(text) is not None
    return ValidationFinding(field, text, is_mark or _RANGE.match(text) is not None)


class InternalError(RequestError):
    """An internal error."""

    code = "internal"

    def __init__(self) -> None:
        super().__init__("something went wrong here; it has been noted")


def error_frame(refusal: RequestError, frame_id: FrameId | UnsetType, *, offset_ms: int = 0) -> bytes:
    """Return the error frame that answers the frame named *frame_id* (protocol.md section 7).

    *offset_ms*: what is added to an instant of the matchmaker; the end of a ban is of the wall clock already.
    """
    named = {} if frame_id is UNSET else {"id": frame_id}
    details = refusal.details
    if isinstance(refusal, CooldownActive):
        details = {"until_at": refusal.until_at + offset_ms}
    return _encode({"type": "error", **named, "code": refusal.code, "message": refusal.message, **details})
