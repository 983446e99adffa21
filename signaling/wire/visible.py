"""Whether a text has a visible character: by general category and the property Default_Ignorable_Code_Point."""

import unicodedata
from bisect import bisect_right

_IGNORABLE = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt), which `unicodedata` does not have."""
_STARTS = [first for first, _ in _IGNORABLE]
_BLANK = frozenset("\u2800\U0001d159")
"""Symbols whose glyph is empty by definition (BRAILLE PATTERN BLANK, MUSICAL SYMBOL NULL NOTEHEAD): the only graphic
characters of that kind, and no property of Unicode marks them."""
_PICTOGRAPHS = range(0x1F000, 0x1FFFE)
"""Reserved for Extended_Pictographic (UTS 51): an emoji newer than this Python is unassigned here, and visible."""


def has_visible(text: str) -> bool:
    """Return whether *text* has a letter, digit, punctuation mark or symbol that leaves something to see."""
    return any(map(_is_visible, text))


def _is_visible(character: str) -> bool:
    if character in _BLANK:
        return False
    category, code = unicodedata.category(character), ord(character)
    if category == "Cn":
        return code in _PICTOGRAPHS
    return category[0] in "LNPS" and not _is_ignorable(code)


def _is_ignorable(code: int) -> bool:
    at = bisect_right(_STARTS, code) - 1
    return at >= 0 and code <= _IGNORABLE[at][1]
