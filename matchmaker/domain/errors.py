"""Client errors: requests that are refused, each with the stable code of the wire contract."""

from collections.abc import Mapping
from typing import ClassVar


class RequestError(Exception):
    """A request that is refused; nothing changed. `code` is for programs, the text for people."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class MalformedRequest(RequestError):
    """The message has no known shape; *field* names the place."""

    code = "bad_frame"

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message, **({"field": field} if field else {}))


class UnknownType(RequestError):
    """There is no frame of this type."""

    code = "unknown_type"


class Invalid(RequestError):
    """A value is out of range; *field* names it."""

    code = "invalid"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}", field=field)


class Unauthenticated(RequestError):
    """The token is missing, unknown, expired or revoked."""

    code = "unauthenticated"


class Forbidden(RequestError):
    """The user is authenticated and may not do this."""

    code = "forbidden"


class PasswordRequired(RequestError):
    """The password of the account is missing or wrong."""

    code = "password_required"


class GateRequired(RequestError):
    """This sign-up needs a proof of work or a Turnstile token, described by `kind`, `challenge`, `bits` and
    `site_key`.
    """

    code = "gate_required"

    def __init__(self, gate: Mapping[str, object]) -> None:
        # All four, null where they do not apply: a client may read each of them.
        fields = {"challenge": None, "bits": None, "site_key": None} | dict(gate)
        super().__init__("many have signed up from here lately: solve the challenge, or wait", **fields)


class Banned(RequestError):
    """The user is banned."""

    code = "banned"


class NotFound(RequestError):
    """There is no such resource, or it is not the user's."""

    code = "not_found"


class StateConflict(RequestError):
    """The request contradicts the current state."""

    code = "conflict"


class NotInRoom(RequestError):
    """You are not a participant of this room, whether or not it exists."""

    code = "not_in_room"

    def __init__(self) -> None:
        super().__init__("you are not in this room")


class WrongPhase(RequestError):
    """The request does not fit the phase of the user."""

    code = "wrong_phase"

    def __init__(self, phase: str) -> None:
        super().__init__(f"not possible while you are {phase}", phase=phase)


class TargetUnavailable(RequestError):
    """The other user cannot be invited now; the reason is not revealed."""

    code = "target_unavailable"

    def __init__(self) -> None:
        super().__init__("this person is not available")


class CooldownActive(RequestError):
    """These two users may not meet before `until_at` (Unix milliseconds)."""

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
    """The service is invite-only and the user has no access yet, or access depends on an age that is not known."""

    code = "access_required"


class AccountRequired(RequestError):
    """The request needs a permanent account."""

    code = "account_required"


class LimitReached(RequestError):
    """A limit of the account is reached; `limit` names the setting, `max` is its value."""

    code = "limit_reached"

    def __init__(self, limit: str, maximum: int) -> None:
        super().__init__(f"at most {maximum} ({limit})", limit=limit, max=maximum)


class ChannelClosed(RequestError):
    """The conversation accepts no new messages; it can still be read."""

    code = "channel_closed"

    def __init__(self) -> None:
        super().__init__("this conversation is closed")


class EditExpired(RequestError):
    """The message is older than the time in which it can be edited."""

    code = "edit_expired"

    def __init__(self) -> None:
        super().__init__("this message can no longer be edited")


class RateLimited(RequestError):
    """A rate limit is exceeded; retry after *retry_after_ms*."""

    code = "rate_limited"

    def __init__(self, what: str, retry_after_ms: int) -> None:
        super().__init__(f"too many {what}", retry_after_ms=max(1, retry_after_ms))


class TooLarge(RequestError):
    """More bytes than one frame or body may have."""

    code = "too_large"


class Unavailable(RequestError):
    """The storage cannot be reached; nothing changed, and the request can be retried."""

    code = "unavailable"

    def __init__(self) -> None:
        super().__init__("the service cannot store this now; try again")


class TakenOver(Exception):
    """Another process owns this room: this one must neither change it nor publish its events."""


class VersionConflict(Exception):
    """A record is not at the version it was loaded at: nothing was stored and no event was sent. Load again."""
