"""Durable changes of users who may be in another process, which applies them by `Matchmaker.apply`."""

from typing import Any, Literal

import msgspec

from matchmaker.domain.ids import UserId

Separation = Literal["blocked", "reported"]


class UserUpdate(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A change that PostgreSQL has committed. The tags are part of the protocol between releases."""

    user: UserId


class UsersSeparated(UserUpdate, frozen=True, kw_only=True, tag="parted"):
    """Two users are blocked from each other; a room or invite they share ends for *reason*, if given."""

    other: UserId
    reason: Separation | None = None


class ExclusionsReduced(UserUpdate, frozen=True, kw_only=True, tag="reunited"):
    """The exclusions of *user* have become fewer: load them again."""


class IntroductionAdded(UserUpdate, frozen=True, kw_only=True, tag="introduced"):
    """Two users were introduced, and are paired first with each other."""

    other: UserId
    by: str | None


class NotificationStored(UserUpdate, frozen=True, kw_only=True, tag="notified"):
    """A notification was stored for *user*."""

    notification: dict[str, Any]


AnyUserUpdate = UsersSeparated | ExclusionsReduced | IntroductionAdded | NotificationStored
