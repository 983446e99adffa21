"""Session descriptions (RFC 8866): removal of what aiortc must not see, additions for browsers."""

import re
from contextlib import suppress
from ipaddress import ip_address

VIDEO_KBPS = 600
"""Requested of the browser: enough for 640x360, and a bound for the cost of decoding."""

# Addresses claimed by a client are not trusted: they may be a third party's. The browser's own connectivity check
# reveals its address (RFC 8445 section 7.3.1.3). For the same reason end-of-candidates is removed: without candidates
# left, aioice would fail before that check arrives.
_REACH = ("a=candidate", "a=end-of-candidates", "a=remote-candidates")
_FINGERPRINT = re.compile(r"^a=fingerprint:(\S+ \S+)", re.MULTILINE)
_FRAGMENT = re.compile(r"^a=ice-ufrag:(\S+)", re.MULTILINE)
_VIDEO = re.compile(r"^(m=video .*\r\n(?:i=.*\r\n)?(?:c=.*\r\n)?)", re.MULTILINE)
_ADDRESS = re.compile(r"candidate:\S+ 1 udp \d+ (\S+) (\d{1,5}) typ ", re.IGNORECASE)


def without_candidates(description: str) -> str:
    """Return a browser's description without any line that has an address; lines are split as aiortc does."""
    return "\r\n".join([*(line for line in description.splitlines() if not line.startswith(_REACH)), ""])


def addresses(text: str) -> list[tuple[str, int]]:
    """Return the addresses of the candidates in a description, or of one candidate; host names are left out."""
    found = []
    for address, port in _ADDRESS.findall(text):
        with suppress(ValueError):
            found.append((str(ip_address(address)), int(port)))
    return [one for one in found if 0 < one[1] < 1 << 16]


def thrifty(description: str, *, kbps: int = VIDEO_KBPS) -> str:
    """Return our description with a request to send video at no more than *kbps* (RFC 8866 section 5.8)."""
    return _VIDEO.sub(rf"\g<1>b=AS:{kbps}\r\n", description)


def peer(description: str) -> tuple[str, ...]:
    """Return the identity of the peer connection: certificate and ICE user name fragment."""
    return tuple(found[1] for found in (_FINGERPRINT.search(description), _FRAGMENT.search(description)) if found)


def has_data(description: str) -> bool:
    """Return whether a data channel is requested in addition to media."""
    return "\nm=application " in description
