"""Reading and mending session descriptions (RFC 8866): what aiortc must not see, and what browsers should."""

import re

VIDEO_KBPS = 600
"""Asked of the browser: enough for 640x360, and a bound for what decoding may cost."""

# Resolving a browser's mDNS name takes multicast and a second. It is not needed: the browser's own check, which
# comes from the same address, teaches it (RFC 8445 section 7.3.1.3). For the same reason the end of candidates must
# not be believed: with none left to try, aioice would give up before that check arrives.
_UNUSABLE = re.compile(r"^(?:a=candidate:\S+ \d+ \S+ \d+ \S+\.local .*|a=end-of-candidates.*)\r?\n", re.MULTILINE)
_FINGERPRINT = re.compile(r"^a=fingerprint:(\S+ \S+)", re.MULTILINE)
_FRAGMENT = re.compile(r"^a=ice-ufrag:(\S+)", re.MULTILINE)
_VIDEO = re.compile(r"^(m=video .*\r\n(?:i=.*\r\n)?(?:c=.*\r\n)?)", re.MULTILINE)
_MDNS = re.compile(r"^(?:a=)?candidate:\S+ \d+ \S+ \d+ \S+\.local ")


def usable(description: str) -> str:
    """Return a browser's description without the candidates that aiortc had better not try."""
    return _UNUSABLE.sub("", description)


def is_mdns(candidate: str) -> bool:
    """Tell whether a candidate hides its address behind a name."""
    return _MDNS.match(candidate) is not None


def thrifty(description: str, *, kbps: int = VIDEO_KBPS) -> str:
    """Return our description with a request to send video at no more than *kbps* (RFC 8866 section 5.8)."""
    return _VIDEO.sub(rf"\g<1>b=AS:{kbps}\r\n", description)


def peer(description: str) -> tuple[str, ...]:
    """Return what stays the same as long as neither the page nor its path is new: certificate and ICE user name."""
    return tuple(found[1] for found in (_FINGERPRINT.search(description), _FRAGMENT.search(description)) if found)


def has_data(description: str) -> bool:
    """Tell whether a data channel is wanted beside the media."""
    return "\nm=application " in description
