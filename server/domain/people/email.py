"""What to do with a due e-mail, as a function of what is known about it; and its text."""

from typing import Final

from server.domain.people.notification_kinds import TERMS, UNLIMITED, Kind

RETRIES_MS: Final = (60_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 86_400_000)
"""Delay after each failed attempt; after the last the e-mail is given up, and shown to operators."""

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "missed_call": ("You missed a call", "A friend called you and you did not answer."),
    "message": ("You have unread messages", "A conversation of yours has messages that you have not read."),
    "mention": ("You were mentioned", "You were mentioned in a conversation, and have not read it."),
    "report_decided": ("Your report was decided", "A moderator has looked at a report of yours and decided it."),
    "ban": ("Your account is suspended", "Your account is suspended. Sign in to read the reasons, and to object."),
    "ban_lifted": ("Your account is open again", "The suspension of your account has ended. You can sign in again."),
    "appeal_answered": ("Your appeal was answered", "A moderator has answered your appeal. Sign in to read it."),
    "signed_in": (
        "New sign-in to your account",
        "Your account was signed in to on a new device. If it was not you, change your password.",
    ),
    "password_changed": (
        "Your password was changed",
        "The password of your account was changed. If it was not you, ask for a new one where you sign in.",
    ),
    "address_changed": ("Your e-mail address was changed", "This is the e-mail address of your account now."),
    "account_deleted": ("Your account was deleted", "Your account and your personal data were deleted."),
}
"""Subject and text by kind; for `security`, by cause. Never a name or a text of another user."""


def is_wanted(
    kind: Kind, *, has_address: bool, chosen: bool | None, sent_today: int, stands: bool, day_max: int
) -> bool:
    """Return whether a due e-mail is to be sent.

    *chosen*: the user's setting for the kind since; *stands*: whether its reason still holds.
    """
    use = TERMS[kind].email
    wants = use == "always" or (use == "on" if chosen is None else chosen)
    over = kind not in UNLIMITED and sent_today >= day_max
    return has_address and stands and wants and not over


def retry_at(attempts: int, *, now: int) -> int | None:
    """Return when to retry an e-mail of which *attempts* have failed; None: it is given up."""
    return None if attempts > len(RETRIES_MS) else now + RETRIES_MS[attempts - 1]
