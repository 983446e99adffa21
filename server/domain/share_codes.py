"""Codes that users share: random, in letters and digits that are not confused."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L and O, which look like digits, and U, which spells words. Five bits a character."""
REFERRAL_LENGTH = 10
"""50 bits: the code shows a first name, and gives priority in the queue."""
INVITE_LENGTH = 16
"""80 bits: the code gives access to the service."""

TYPED_FACTOR = 4
"""Maximum length of an input with spaces and hyphens, as a multiple of the code's length."""

_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_code(length: int) -> str:
    """Return a fresh code of *length* characters from the cryptographic generator of the system."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def read_code(text: str, length: int) -> str | None:
    """Return *text* normalized to a code of *length* characters; None: it is not one.

    Case, spaces and hyphens are ignored, and letters that look like a digit are read as one.
    """
    if len(text) > TYPED_FACTOR * length:
        return None
    code = text.upper().translate(_MEANT)
    return code if len(code) == length and set(code) <= set(ALPHABET) else None


def spell(code: str) -> str:
    """Return *code* in groups of four or five, for reading."""
    size = 4 if len(code) % 4 == 0 else 5
    return "-".join(code[at : at + size] for at in range(0, len(code), size))
