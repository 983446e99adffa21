"""Whether a user could locate another one by the data they received."""

import json
import re
from ipaddress import ip_address
from typing import Any

HARMLESS = {"0.0.0.0", "::"}
_WORD = re.compile(r"[0-9A-Za-z:.-]+")
_SPLIT = re.compile(r"[^0-9A-Fa-f:.]+")


def named_in(frame: Any) -> set[str]:
    """Return every address, and every name of the local network, that stands anywhere in *frame*."""
    text = frame if isinstance(frame, str) else json.dumps(frame)
    text = re.sub(r"a=fingerprint:\S+ [0-9A-Fa-f:]+", "", text.replace("\\r\\n", " \n"))
    found: set[str] = set(re.findall(r"[\w-]+\.local\b", text))
    for word in _WORD.findall(text):
        whole = _address(word)
        pieces = [whole] if whole else map(_address, [word.partition(":")[2], *_SPLIT.split(word)])
        found |= {piece for piece in pieces if piece}
    return found - HARMLESS


def _address(text: str) -> str | None:
    """Return the address that *text* is."""
    text = text.strip(".")
    if "." not in text and text.count(":") < 2:
        return None
    try:
        return str(ip_address(text))
    except ValueError:
        return None
