r"""Lone surrogates in JSON: RFC 8259 lets a text escape one (`"\ud83d"`), and UTF-8 can carry none."""

import json
import re
from typing import Any

# Every escape is matched, so that the second half of `\\ud83d`, a backslash and four letters, does not count as one.
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)")
_LONE = 6
"""Characters of an escape that stands for half a surrogate pair."""
STAND_IN = "\uffff"
"""Replaces a lone surrogate. Not a character, so no text contains it by chance."""


def without_lone_surrogates(text: str) -> str:
    """Return *text*, which is JSON, with `STAND_IN` in place of every lone surrogate."""
    return _ESCAPE.sub(lambda found: STAND_IN if len(found[0]) == _LONE else found[0], text)


def field_of(text: str) -> str | None:
    """Return the path of the first lone surrogate in *text*, a JSON object; None: there is none.

    Raises:
        ValueError, RecursionError: it is not JSON that Python can read.
    """
    path = _find(json.loads(text))
    return None if path is None else ".".join(path)


def _find(value: Any) -> list[str] | None:
    if isinstance(value, str):
        return [] if _is_broken(value) else None
    if isinstance(value, list):
        return next((path for path in map(_find, value) if path is not None), None)
    if isinstance(value, dict):
        for key, item in value.items():
            path = [] if _is_broken(key) else _find(item)
            if path is not None:
                return [key.encode("utf-8", "replace").decode(), *path]
    return None


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
