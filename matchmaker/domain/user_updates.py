"""What was made durable about users who may be in another process; it is applied there by `Matchmaker.apply`."""

from typing import Any, Literal

import msgspec

from matchmaker.domain.ids import UserId

Separation = Literal["blocked", "reported"]


class UserUpdate(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Something that PostgreSQL has. The tags are part of the protocol between releases."""

    user: UserId


class UsersSeparated(UserUpdate, frozen=True, kw_only=True, tag="parted"):
    """Two users are kept apart for good; what they share ends for *reason*, if there is one."""

    other: UserId
    reason: Separation | None = None


class ExclusionsReduced(UserUpdate, frozen=True, kw_only=True, tag="reunited"):
    """The users that *user* must not meet have become fewer."""


class IntroductionAdded(UserUpdate, frozen=True, kw_only=True, tag="introduced"):
    """Two users go first with each other."""

    other: UserId
    by: str | None


class NotificationStored(UserUpdate, frozen=True, kw_only=True, tag="notified"):
    """A notification was stored for *user*."""

    notification: dict[str, Any]


AnyUserUpdate = UsersSeparated | ExclusionsReduced | IntroductionAdded | NotificationStored
