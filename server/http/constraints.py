"""The bounds of input over HTTP, written once as types: they validate, and the OpenAPI document shows them."""

from typing import Annotated, Final

from msgspec import Meta

from signaling.wire.constraints import INTERESTS_MAX, TAG_MAX_CHARS, TYPED_MAX_CHARS, UUID, typed

UNPRINTABLE: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""What a name or tag does not hold, as the inside of a character class: control characters, line and paragraph
separators, and direction marks, with which one name could look like another."""
NAME_MAX: Final = 40
EMAIL_MAX: Final = 254
"""RFC 5321 section 4.5.3.1.3 leaves this much for an address, section 4.5.3.1.1 the next for its local part."""
LOCAL_PART_MAX: Final = 64
PASSWORD: Final = (8, 1_024)
"""Shortest and longest password; the upper bound only keeps hashing cheap."""
_FROM = "from the answer before; left out: from the beginning"

NewPassword = Annotated[str, Meta(min_length=PASSWORD[0], max_length=PASSWORD[1])]
DisplayName = Annotated[str, typed(NAME_MAX, without=UNPRINTABLE, note=" and composing (NFC)")]
_Tag = Annotated[str, typed(TAG_MAX_CHARS, without=UNPRINTABLE, note=" and in lower case")]
Interests = Annotated[tuple[_Tag, ...], Meta(max_length=INTERESTS_MAX, description="tags")]
Place = Annotated[str, Meta(pattern=rf"^[0-9]{{1,14}}\.{UUID.removeprefix('^')}", description=_FROM)]
"""A cursor of a list that is sorted by time: Unix milliseconds and an id."""
Position = Annotated[str, Meta(pattern=r"^[0-9]{1,18}\Z", description=_FROM)]
"""A cursor of a conversation: the number of a message."""


def _mailbox(pattern: str, *, shortest: int, what: str, **schema: str) -> Meta:
    """Return the bounds of an address as typed, described by the *pattern* of what is left after trimming."""
    shown = schema | {
        "pattern": rf"^\s*(?!\S{{{EMAIL_MAX + 1}}}){pattern}\s*\Z",
        "description": f"{what}; at most {EMAIL_MAX} characters after trimming",
    }
    return Meta(min_length=shortest, max_length=TYPED_MAX_CHARS, extra_json_schema=shown)


_CONTROL = r"\x00-\x1f\x7f-\x9f"
_ATOM = rf'[^\s{_CONTROL}"(),.:;<>@\[\\\]]+'
_NO_LABEL = r"\s\x00-,.-/:-@\[-`{-\xa0"
"""Characters not allowed in a label of a domain; a hyphen is not allowed at its ends."""
_LABEL = rf"[^{_NO_LABEL}-](?:[^{_NO_LABEL}]{{0,61}}[^{_NO_LABEL}-])?"
Email = Annotated[
    str,
    _mailbox(
        rf"(?=[^@]{{1,{LOCAL_PART_MAX}}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*",
        shortest=3,
        what="exactly one mailbox (RFC 5321, RFC 6531, IDNA 2008): no list, name, comment, quotes or literal",
        format="idn-email",
    ),
]
_NAME = rf"[^\s{_CONTROL}]*"
LogInName = Annotated[str, _mailbox(rf"{_NAME}@{_NAME}", shortest=1, what="an e-mail address, printable")]
"""A log-in name: looser than an address, because an earlier release accepted more."""
