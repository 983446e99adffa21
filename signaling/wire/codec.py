"""Decoding of client frames into typed and bounded values."""

import re
from collections.abc import Callable
from typing import Union

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.domain.errors import Invalid, MalformedRequest, RequestError, UnknownType
from signaling.wire.constraints import UUID, FrameId
from signaling.wire.errors import NotJson, read_validation_error
from signaling.wire.frame import Frame
from signaling.wire.frames import KINDS, Description, Signal
from signaling.wire.surrogates import STAND_IN, field_of, without_lone_surrogates

# A deeply nested body raises RecursionError, everything else that is wrong a ValueError.
_FAULTS = (ValueError, RecursionError)

_IS_UUID = re.compile(UUID)
_BRACE = ord("{")


class _Envelope(msgspec.Struct):
    type: msgspec.Raw | UnsetType = UNSET


class _Name(msgspec.Struct):
    id: FrameId | UnsetType = UNSET


_envelope = msgspec.json.Decoder(_Envelope).decode
_name = msgspec.json.Decoder(_Name).decode
_type = msgspec.json.Decoder(str).decode
# Every frame, in one pass. msgspec requires `type` for a union, but not for a single class.
_frame: Callable[[str | bytes], Frame] = msgspec.json.Decoder(Union[tuple(KINDS.values())]).decode  # noqa: UP007
_description = msgspec.json.Decoder(Description).decode
_decoders = {tag: msgspec.json.Decoder(kind).decode for tag, kind in KINDS.items()}


def decode(text: str | bytes) -> Frame:
    """Return the decoded frame of *text*.

    The payload of a signal is validated, never rebuilt: `Signal.description` and `.candidate` are the raw bytes.

    Raises:
        NotJson: it is not a JSON object.
        MalformedRequest: a field is missing or of the wrong type.
        UnknownType: there is no frame of its type.
        Invalid: a field is out of range, or holds half a character.
    """
    if type(text) is bytes:
        text = _utf8(text)
    try:
        frame = _frame(text)
    except _FAULTS:
        frame = _decode_again(text)
    if type(frame) is Signal:
        # Most frames are signals, and most signals candidates: an object needs no further check.
        candidate = frame.candidate
        if frame.description is not UNSET or candidate is UNSET or memoryview(candidate)[0] != _BRACE:
            _check_payload(frame)
    return frame


def frame_id_of(text: str | bytes) -> FrameId | UnsetType:
    """Return the `id` of a frame, however malformed the rest is; never raises."""
    try:
        name = _name(_without_lone_surrogates(text)).id
    except _FAULTS:
        return UNSET
    return UNSET if isinstance(name, str) and STAND_IN in name else name


def frame_type_of(text: str | bytes) -> str | None:
    """Return the `type` of a frame; None if there is none; never raises."""
    try:
        raw = _envelope(_without_lone_surrogates(text)).type
        return None if raw is UNSET else _type(raw)
    except _FAULTS:
        return None


def check_id(field: str, value: str) -> None:
    """Check a UUID that the type does not, for speed.

    Raises:
        Invalid: *value* is not a UUID.
    """
    if not _IS_UUID.fullmatch(value):
        raise Invalid(field, "not a UUID in its canonical form")


def _utf8(text: bytes) -> str:
    # msgspec does not check the bytes that it skips, and a browser closes on text that is not UTF-8.
    try:
        return text.decode()
    except ValueError:
        raise NotJson("a frame is text in UTF-8") from None


def _without_lone_surrogates(text: str | bytes) -> str | bytes:
    """Return *text* without lone surrogates, for which msgspec refuses a whole text."""
    return without_lone_surrogates(text) if isinstance(text, str) and "\\u" in text else text


def _unreadable(text: str | bytes) -> RequestError:
    """Return why *text* is not a JSON object: half a surrogate pair in an otherwise valid one is a wrong value."""
    try:
        _envelope(_without_lone_surrogates(text))
        field = field_of(text if isinstance(text, str) else text.decode())
    except _FAULTS:
        field = None
    if field is None:
        return NotJson("a frame is a JSON object")
    return Invalid(field, "holds half of a surrogate pair, which is no character")


def _decode_again(text: str | bytes) -> Frame:
    """Find the error in *text*, step by step, for the answer; return the frame if it is valid."""
    try:
        raw = _envelope(text).type
    except _FAULTS:
        raise _unreadable(text) from None
    if raw is UNSET:
        raise MalformedRequest("type: missing", "type")
    try:
        kind = _type(raw)
    except _FAULTS:
        raise MalformedRequest("type: not a string", "type") from None
    decoder = _decoders.get(kind)
    if decoder is None:
        raise UnknownType("there is no frame of this type")
    try:
        return decoder(text)
    except msgspec.ValidationError as fault:
        raise _request_error(fault) from None


def _request_error(fault: msgspec.ValidationError, within: str = "") -> RequestError:
    """Return the error of msgspec as the contract words it; *within* names the field that was validated alone."""
    field, text, is_out_of_range = read_validation_error(fault, within)
    if is_out_of_range and field != "id":
        return Invalid(field, text)
    return MalformedRequest(f"{field}: {text}" if field else text, field)


def _check_payload(signal: Signal) -> None:
    # msgspec has parsed the whole text: this is one well-formed JSON value and nothing beside it.
    if signal.description is UNSET:
        if signal.candidate is UNSET:
            raise MalformedRequest("exactly one of description and candidate", "description")
        candidate = bytes(signal.candidate)
        if candidate[:1] != b"{" and candidate != b"null":
            raise MalformedRequest("candidate: neither an object nor null", "candidate")
        return
    if signal.candidate is not UNSET:
        raise MalformedRequest("exactly one of description and candidate", "candidate")
    try:
        _description(signal.description)
    except msgspec.ValidationError as fault:
        raise _request_error(fault, "description") from None
