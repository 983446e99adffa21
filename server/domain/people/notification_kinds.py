"""Kinds of notifications: defaults, and what users may change."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

Kind = Literal[
    "friend_request", "friend_added", "group_added", "introduction", "introduction_request", "missed_call", "message",
    "mention", "report_decided", "ban", "ban_lifted", "appeal_answered", "security",
]  # fmt: skip
EmailUse = Literal["never", "off", "on", "always"]


class NotificationTerms(msgspec.Struct, frozen=True):
    """Defaults and options of a kind."""

    email: EmailUse
    """`never`: no e-mail. `off`, `on`: the default of a choice. `always`: no choice."""
    is_listed: bool = True
    """Whether it is in the list of notifications; for messages, unread counts take its place."""


TERMS: Final[Mapping[Kind, NotificationTerms]] = {
    "friend_request": NotificationTerms("never"),
    "friend_added": NotificationTerms("never"),
    "group_added": NotificationTerms("never"),
    "introduction": NotificationTerms("never"),
    "introduction_request": NotificationTerms("never"),
    "missed_call": NotificationTerms("off"),
    "message": NotificationTerms("off", is_listed=False),
    "mention": NotificationTerms("off", is_listed=False),
    "report_decided": NotificationTerms("on"),
    "ban": NotificationTerms("on"),
    "ban_lifted": NotificationTerms("on"),
    "appeal_answered": NotificationTerms("on"),
    "security": NotificationTerms("always"),
}
UNLIMITED: Final = frozenset(("security", "ban"))
"""Kinds of e-mail that the daily limit does not count."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A user's settings for a kind."""

    live: bool
    email: bool


def default(kind: Kind) -> Choice:
    """Return the settings for *kind* if the user has not chosen any."""
    return Choice(live=True, email=TERMS[kind].email in ("on", "always"))


def refusal(kind: Kind, choice: Choice) -> str | None:
    """Return why a user cannot choose this for *kind*; None: allowed, as what is so anyway always is."""
    terms = TERMS[kind]
    if terms.email == "always" and choice != default(kind):
        return "this kind cannot be changed"
    if terms.email == "never" and choice.email:
        return "there is no e-mail of this kind"
    return None
