"""Cursors of lists, newest first: an instant and an id, as a text that the client sends back."""

from uuid import UUID

from matchmaker.domain.errors import Invalid

FIRST = (1 << 47, "ffffffff-ffff-ffff-ffff-ffffffffffff")
"""Before every entry: the year 6429."""


def place(cursor: str | None) -> tuple[int, str]:
    """Return the position of *cursor*; None: the beginning.

    Raises:
        Invalid: it is not a cursor of ours.
    """
    if cursor is None:
        return FIRST
    at, _, name = cursor.partition(".")
    try:
        if at.isascii() and at.isdigit() and len(at) <= 14:
            return int(at), str(UUID(name))
    except ValueError:
        pass
    raise Invalid("cursor", "take it from the answer before")


def cursor(at: int, name: str) -> str:
    """Return the cursor that continues from here."""
    return f"{at}.{name}"
