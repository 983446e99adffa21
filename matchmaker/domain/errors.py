"""Refusals: what a person may not do, each with the stable code of the wire contract."""

from collections.abc import Mapping
from typing import ClassVar


class RequestError(Exception):
    """A request that is not granted; nothing changed. `code` is for programs, the text for people."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class MalformedRequest(RequestError):
    """What was sent has no known shape; *field* says where."""

    code = "bad_frame"

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message, **({"field": field} if field else {}))


class UnknownType(RequestError):
    """There is no frame of this type."""

    code = "unknown_type"


class Invalid(RequestError):
    """A value is out of range; *field* says which."""

    code = "invalid"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}", field=field)


class Unauthenticated(RequestError):
    """The token is missing, unknown, expired or revoked."""

    code = "unauthenticated"


class Forbidden(RequestError):
    """The person is known and may not do this."""

    code = "forbidden"


class PasswordRequired(RequestError):
    """The password of the account is missing or wrong."""

    code = "password_required"


class GateRequired(RequestError):
    """This sign-up needs a proof of work or a Turnstile token; `kind`, `challenge`, `bits` and `site_key` say which."""

    code = "gate_required"

    def __init__(self, gate: Mapping[str, object]) -> None:
        # All four, null where they do not apply: a client may read each of them.
        fields = {"challenge": None, "bits": None, "site_key": None} | dict(gate)
        super().__init__("many have signed up from here lately: solve the challenge, or wait", **fields)


class Banned(RequestError):
    """The person is banned."""

    code = "banned"


class NotFound(RequestError):
    """There is no such thing, or it is not yours."""

    code = "not_found"


class StateConflict(RequestError):
    """What was asked for contradicts what is already so."""

    code = "conflict"


class NotInRoom(RequestError):
    """You are not a participant of this room, whether or not it exists."""

    code = "not_in_room"

    def __init__(self) -> None:
        super().__init__("you are not in this room")


class WrongPhase(RequestError):
    """The request does not fit the phase the person is in."""

    code = "wrong_phase"

    def __init__(self, phase: str) -> None:
        super().__init__(f"not possible while you are {phase}", phase=phase)


class TargetUnavailable(RequestError):
    """The other person cannot be invited now; it is not said why."""

    code = "target_unavailable"

    def __init__(self) -> None:
        super().__init__("this person is not available")


class CooldownActive(RequestError):
    """These two may not meet before `until_at` (Unix milliseconds)."""

    code = "cooldown_active"

    def __init__(self, until_at: int) -> None:
        super().__init__("you two have met or declined each other recently", until_at=until_at)
        self.until_at = until_at


class InviteGone(RequestError):
    """The invite does not exist, is not for you, or is over."""

    code = "invite_gone"

    def __init__(self) -> None:
        super().__init__("this invite is over")


class AccessRequired(RequestError):
    """The service is invite-only and the person has no access yet, or their age decides and is not known."""

    code = "access_required"


class AccountRequired(RequestError):
    """Guests may not do this: it needs a permanent account."""

    code = "account_required"


class LimitReached(RequestError):
    """There are as many as one may have; `limit` names the setting, `max` is its value."""

    code = "limit_reached"

    def __init__(self, limit: str, maximum: int) -> None:
        super().__init__(f"at most {maximum} ({limit})", limit=limit, max=maximum)


class ChannelClosed(RequestError):
    """The conversation takes no messages any more; it can still be read."""

    code = "channel_closed"

    def __init__(self) -> None:
        super().__init__("this conversation is closed")


class EditExpired(RequestError):
    """The time in which a message can be edited is over."""

    code = "edit_expired"

    def __init__(self) -> None:
        super().__init__("this message can no longer be edited")


class RateLimited(RequestError):
    """Too fast; worth trying again after *retry_after_ms*."""

    code = "rate_limited"

    def __init__(self, what: str, retry_after_ms: int) -> None:
        super().__init__(f"too many {what}", retry_after_ms=max(1, retry_after_ms))


class TooLarge(RequestError):
    """More bytes than one frame or body may have."""

    code = "too_large"


class Unavailable(RequestError):
    """The storage cannot be reached; nothing changed, and trying again is right."""

    code = "unavailable"

    def __init__(self) -> None:
        super().__init__("the service cannot store this now; try again")


class TakenOver(Exception):
    """Another process owns this room now: nothing of it may be changed, or told, here."""


class VersionConflict(Exception):
    """A record is not at the version it was loaded at: nothing was stored and no event was sent. Load again."""
