"""Reading and mending session descriptions (RFC 8866): what aiortc must not see, and what browsers should."""

import re
from contextlib import suppress
from ipaddress import ip_address

VIDEO_KBPS = 600
"""Asked of the browser: enough for 640x360, and a bound for what decoding may cost."""

# What a stranger says of where packets should go is not believed: it may be a third party. The browser's own check
# teaches where it is (RFC 8445 section 7.3.1.3). For the same reason the end of candidates must not be believed: with
# none left to try, aioice would give up before that check arrives.
_REACH = ("a=candidate", "a=end-of-candidates", "a=remote-candidates")
_FINGERPRINT = re.compile(r"^a=fingerprint:(\S+ \S+)", re.MULTILINE)
_FRAGMENT = re.compile(r"^a=ice-ufrag:(\S+)", re.MULTILINE)
_VIDEO = re.compile(r"^(m=video .*\r\n(?:i=.*\r\n)?(?:c=.*\r\n)?)", re.MULTILINE)
_ADDRESS = re.compile(r"candidate:\S+ 1 udp \d+ (\S+) (\d{1,5}) typ ", re.IGNORECASE)


def without_candidates(description: str) -> str:
    """Return a browser's description without anything that names an address; lines are told apart as aiortc does."""
    return "\r\n".join([*(line for line in description.splitlines() if not line.startswith(_REACH)), ""])


def addresses(text: str) -> list[tuple[str, int]]:
    """Return the addresses that the candidates in a description, or one candidate, name; names are left out."""
    found = []
    for address, port in _ADDRESS.findall(text):
        with suppress(ValueError):
            found.append((str(ip_address(address)), int(port)))
    return [one for one in found if 0 < one[1] < 1 << 16]


def thrifty(description: str, *, kbps: int = VIDEO_KBPS) -> str:
    """Return our description with a request to send video at no more than *kbps* (RFC 8866 section 5.8)."""
    return _VIDEO.sub(rf"\g<1>b=AS:{kbps}\r\n", description)


def peer(description: str) -> tuple[str, ...]:
    """Return what stays the same as long as neither the page nor its path is new: certificate and ICE user name."""
    return tuple(found[1] for found in (_FINGERPRINT.search(description), _FRAGMENT.search(description)) if found)


def has_data(description: str) -> bool:
    """Return whether a data channel is wanted beside the media."""
    return "\nm=application " in description
