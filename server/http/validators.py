"""Validators of profile fields: names, tags and addresses."""

import re
import unicodedata

from matchmaker.domain.errors import Invalid
from server.domain.email_address import require_valid
from server.http.constraints import EMAIL_MAX, NAME_MAX, UNPRINTABLE
from signaling.wire.frames import normalize_tags
from signaling.wire.visible import has_visible

_unprintable = re.compile(rf"[{UNPRINTABLE}\ud800-\udfff]").search


def display_name(text: str) -> str:
    """Return *text* as a name: composed (NFC), trimmed, 1 to 40 characters, at least one visible.

    Raises:
        Invalid: it is not a name.
    """
    name = unicodedata.normalize("NFC", text.strip())
    if not 1 <= len(name) <= NAME_MAX:
        raise Invalid("display_name", f"1 to {NAME_MAX} characters")
    if not is_printable(name):
        raise Invalid("display_name", "no control characters")
    if not has_visible(name):
        raise Invalid("display_name", "at least one visible character")
    return name


def interests(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return *tags* in the normalized form that the queue compares.

    Raises:
        Invalid: one of them is empty, too long or not printable.
    """
    if not all(is_printable(tag.strip()) for tag in tags):
        raise Invalid("interests", "no control characters")
    return normalize_tags(tags)


def email(text: str) -> str:
    """Return *text* as an e-mail address, exactly one mailbox; whether it can be delivered to is not checked.

    Raises:
        Invalid: it is not an address, or more than one.
    """
    address = text.strip()
    try:
        require_valid(address)
    except ValueError:
        raise Invalid("email", "one address like ada@example.org") from None
    return address


def log_in_name(text: str) -> str:
    """Return *text* as a log-in name: an address, or what an earlier release accepted as one.

    Raises:
        Invalid: it is not a log-in name.
    """
    name = text.strip()
    if "@" not in name or len(name) > EMAIL_MAX or not name.isprintable() or " " in name:
        raise Invalid("email", "an address like ada@example.org")
    return name


def is_printable(text: str) -> bool:
    """Return whether *text* has no control character, line separator or direction mark."""
    return _unprintable(text) is None
