"""Errors over HTTP: a status, a stable code, a sentence."""

import math

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from matchmaker.domain.errors import Invalid, MalformedRequest, RequestError
from server.http.body import TooSlow
from signaling.wire.errors import ErrorDetails, read_validation_error

STATUS = {
    "bad_frame": 400,
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "password_required": 403,
    "gate_required": 403,
    "banned": 403,
    "access_required": 403,
    "account_required": 403,
    "not_found": 404,
    "not_in_room": 404,
    "conflict": 409,
    "wrong_phase": 409,
    "target_unavailable": 409,
    "cooldown_active": 409,
    "invite_gone": 409,
    "limit_reached": 409,
    "channel_closed": 409,
    "edit_expired": 409,
    "too_large": 413,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
}


def status_of(kind: type[RequestError]) -> int:
    """Return the HTTP status of an error class."""
    return 408 if issubclass(kind, TooSlow) else STATUS.get(kind.code, 400)


class ErrorBody(ErrorDetails, frozen=True, kw_only=True):
    """The error: `code` is for programs, `message` for people."""

    kind: str | UnsetType = UNSET
    """With `gate_required`, like the next three: what `GET /v1/auth/gate` shows; null where it does not apply."""
    challenge: str | UnsetType | None = UNSET
    bits: int | UnsetType | None = UNSET
    site_key: str | UnsetType | None = UNSET


class ErrorResponse(msgspec.Struct, frozen=True):
    """The body of every answer with a status of 400 or more."""

    error: ErrorBody


def response_for(refusal: RequestError, *, status: int | None = None) -> web.Response:
    """Return the answer for *refusal*."""
    fault = msgspec.convert({"code": refusal.code, "message": refusal.message, **refusal.details}, ErrorBody)
    response = web.Response(
        body=msgspec.json.encode(ErrorResponse(fault)),
        status=status or status_of(type(refusal)),
        content_type="application/json",
    )
    if fault.retry_after_ms is not UNSET:
        response.headers["Retry-After"] = str(math.ceil(fault.retry_after_ms / 1_000))
    if response.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def request_error_of(error: msgspec.ValidationError) -> MalformedRequest | Invalid:
    """Return the error of msgspec, with the field: `invalid` when only the value is out of range."""
    field, what, is_out_of_range = read_validation_error(error)
    if is_out_of_range:
        return Invalid(field, what[0].lower() + what[1:])
    return MalformedRequest(f"{field}: {what}" if field else what, field)
