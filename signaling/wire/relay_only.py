"""Relay-only mode: signals without the address of their sender. Pure functions of the input.

A candidate is parsed and rebuilt, so that nothing is forwarded that is not known to be harmless; of a
description every line that holds an address is rewritten, and the rest is searched for addresses.
"""

import re
from collections.abc import Callable
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from zlib import crc32

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.domain.errors import Invalid
from signaling.wire.frames import Description, Signal

NO_IPV4, NO_IPV6 = "0.0.0.0", "::"  # noqa: S104 - nothing listens there
NOWHERE = f"IN IP4 {NO_IPV4}"
"""The address of a description whose candidates are sent one by one (RFC 8840 section 4.1.1)."""
DISCARD = 9
"""Its port, and that of a related address which is not revealed (RFC 8839 section 5.1)."""
LINES_MAX = 1_000
"""Bound of lines in a description: browsers need a fourth of that. Each costs a microsecond or two, and a client may
send thirty descriptions a second."""
IPV6_MAX = 45
"""Characters of the longest IPv6 address as text."""

_COMPONENT, _PRIORITY, _PORT = 256, 2**31 - 1, 65_535
_NUMBER = re.compile(r"[0-9]{1,10}")
_ICE = re.compile(r"[A-Za-z0-9+/]{1,256}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")

_ORIGIN = re.compile(r"\S+ ([0-9]{1,20}) ([0-9]{1,20}) IN IP[46] \S+")
_CONNECTION = re.compile(r"IN IP[46] \S+")
_TIMES = re.compile(r"[0-9]+ [0-9]+")
_MEDIA = re.compile(r"([a-z]+) ([0-9]{1,5})(?:/[0-9]+)? ([A-Z/0-9]+)( .+)?")
_BANDWIDTH = re.compile(r"[A-Za-z0-9-]+:[0-9]+")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+")
_FINGERPRINT = re.compile(r"[A-Za-z0-9-]+ [0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})+")

# The text may be 64 KiB of one character: no expression here scans the same character twice.
_IPV4 = re.compile(r"(?<![0-9])[0-9]++(?:\.[0-9]++){3,}+")
_MDNS = re.compile(r"(?<![\w-])[\w-]++(?:\.local\b)++", re.IGNORECASE)
_WORD = re.compile(r"[0-9A-Za-z:.]++")
_NAMES = {"mid": "sdpMid", "index": "sdpMLineIndex", "ufrag": "usernameFragment"}


class CandidateInit(msgspec.Struct, frozen=True, rename=_NAMES.get):
    """An RTCIceCandidateInit (W3C WebRTC section 4.8.1.1); what else a library adds to it is not passed on."""

    candidate: str = ""
    mid: str | UnsetType | None = UNSET
    index: int | UnsetType | None = UNSET
    ufrag: str | UnsetType | None = UNSET


_init = msgspec.json.Decoder(CandidateInit | None).decode
_description = msgspec.json.Decoder(Description).decode
_text = msgspec.json.Decoder(str).decode
_encode = msgspec.json.Encoder().encode


def strip_addresses(signal: Signal) -> Signal | None:
    """Return *signal* as the peer may see it: without any address but a relay's; None: nothing may be forwarded.

    Raises:
        Invalid: it cannot be parsed, so it might contain an address.
    """
    if signal.description is not UNSET:
        return msgspec.structs.replace(signal, description=_strip_description(signal.description))
    if signal.candidate is UNSET:
        raise Invalid("candidate", "missing")
    try:
        init = _init(signal.candidate)
    except ValueError:
        raise Invalid("candidate", "not an RTCIceCandidateInit") from None
    if init is None:
        return signal
    line = init.candidate
    if line:  # an empty one means that there are no more
        veiled = candidate(line.removeprefix("a=").removeprefix("candidate:"))
        if veiled is None:
            return None
        line = f"candidate:{veiled}"
    shown = CandidateInit(candidate=line, mid=_scrubbed(init.mid), index=init.index, ufrag=_scrubbed(init.ufrag))
    return msgspec.structs.replace(signal, candidate=msgspec.Raw(_encode(shown)))


def candidate(text: str) -> str | None:
    """Return a candidate (RFC 8839 section 5.1, after `candidate:`) if it is a relay's, without its related address.

    None: its address is, or may reveal, that of a user. The foundation is rebuilt from the relay's address,
    because clients make it from the addresses that it is to hide.

    Raises:
        Invalid: it is not a candidate.
    """
    bits = text.split(" ")
    if len(bits) < 8 or len(bits) % 2 or bits[6] != "typ":
        raise Invalid("candidate", "not a candidate of RFC 8839")
    foundation, component, transport, priority, address, port, _, kind, *more = bits
    if kind.lower() != "relay" or transport.lower() != "udp" or (ip := _address(address)) is None:
        return None
    sound = _ICE.fullmatch(foundation) and _within(component, 1, _COMPONENT)
    if not (sound and _within(priority, 0, _PRIORITY) and _within(port, 0, _PORT)):
        raise Invalid("candidate", "a number in it is out of range")
    nowhere = NO_IPV6 if ":" in ip else NO_IPV4
    shown = f"{crc32(ip.encode())} {component} udp {priority} {ip} {port} typ relay raddr {nowhere} rport {DISCARD}"
    extra = dict(zip(more[::2], more[1::2], strict=True))
    if _NUMBER.fullmatch(extra.get("generation", "")):
        shown += f" generation {extra['generation']}"
    if _ICE.fullmatch(extra.get("ufrag", "")):
        shown += f" ufrag {extra['ufrag']}"
    return shown


def description(sdp: str) -> str:
    """Return a session description (RFC 8866) in which no address is left but those of relay candidates.

    Raises:
        Invalid: it is not a session description.
    """
    lines = [line.removesuffix("\r") for line in sdp.removesuffix("\n").split("\n")]
    if lines[0] != "v=0":
        raise Invalid("description.sdp", "does not begin with v=0")
    if len(lines) > LINES_MAX:
        raise Invalid("description.sdp", f"more than {LINES_MAX} lines")
    if _CONTROL.search(sdp):
        raise Invalid("description.sdp", "holds a control character")
    shown = ["v=0"]
    for number, line in enumerate(lines[1:], start=2):
        if line[1:2] != "=" or not "a" <= line[0] <= "z":
            raise Invalid("description.sdp", f"line {number} is not of the form <type>=<value>")
        rewrite = _LINES.get(line[0])
        if rewrite is None:
            continue  # a title, a phone number: not needed, and free text
        try:
            value = rewrite(line[2:])
        except Invalid:
            raise Invalid("description.sdp", f"line {number} cannot be understood") from None
        if value is not None:
            shown.append(f"{line[0]}={value}")
    return "\r\n".join(shown) + "\r\n"


def scrub(text: str) -> str:
    """Return *text* with `0.0.0.0`, `::` and `x.invalid` for addresses and mDNS names."""
    # Nearly no line holds an address: that check must cost next to nothing.
    if "." in text:
        if ".local" in text.lower():
            text = _MDNS.sub("x.invalid", text)
        if text.count(".") >= 3:
            text = _IPV4.sub(NO_IPV4, text)
    return _WORD.sub(_without_ipv6, text) if text.count(":") >= 2 else text


def _without_ipv6(word: re.Match[str]) -> str:
    """Return a word without the IPv6 address that it is, or ends with after `name:`."""
    text = word[0].rstrip(".")
    if text.count(":") < 2:
        return word[0]
    for start in range(max(0, len(text) - IPV6_MAX), text.rindex(":")):
        if (start == 0 or text[start - 1] == ":") and _address(text[start:]) is not None:
            return text[:start] + NO_IPV6
    return word[0]


def _strip_description(raw: msgspec.Raw) -> msgspec.Raw:
    """Return a description that holds only `type` and `sdp`, the latter without addresses."""
    whole = _description(raw)
    if whole.sdp is UNSET:
        return msgspec.Raw(_encode({"type": whole.type}))
    if bytes(whole.sdp) == b"null":  # In a rollback only.
        return msgspec.Raw(_encode({"type": whole.type, "sdp": None}))
    try:
        sdp = _text(whole.sdp)
    except ValueError:
        raise Invalid("description.sdp", "not a text") from None
    # A rollback has no SDP; browsers add an empty text.
    shown = "" if whole.type == "rollback" else description(sdp)
    return msgspec.Raw(_encode({"type": whole.type, "sdp": shown}))


def _scrubbed(text: str | UnsetType | None) -> str | UnsetType | None:
    return scrub(text) if isinstance(text, str) else text


def _address(text: str) -> str | None:
    """Return an address in its canonical form; None: it is a name, or bound to an interface."""
    family = AF_INET6 if ":" in text else AF_INET
    try:
        return inet_ntop(family, inet_pton(family, text))
    except (OSError, ValueError):
        return None


def _within(text: str, low: int, high: int) -> bool:
    return _NUMBER.fullmatch(text) is not None and low <= int(text) <= high


def _match(pattern: re.Pattern[str], value: str) -> re.Match[str]:
    """Return the match of the whole of *value*.

    Raises:
        Invalid: it does not match.
    """
    found = pattern.fullmatch(value)
    if found is None:
        raise Invalid("description.sdp", "cannot be understood")
    return found


def _origin(value: str) -> str:
    found = _match(_ORIGIN, value)
    return f"- {found[1]} {found[2]} {NOWHERE}"


def _connection(value: str) -> str:
    _match(_CONNECTION, value)
    return NOWHERE


def _media(value: str) -> str:
    kind, port, profile, formats = _match(_MEDIA, value).groups()
    # 0 rejects the medium; every other port is that of an address.
    return f"{kind} {DISCARD if int(port) else 0} {profile}{scrub(formats or '')}"


def _attribute(value: str) -> str | None:
    name, colon, rest = value.partition(":")
    match name:
        case "candidate":
            veiled = candidate(rest)
            return None if veiled is None else f"candidate:{veiled}"
        case "remote-candidates":
            return None
        case "rtcp":
            return f"rtcp:{DISCARD} {NOWHERE}"
        case "fingerprint":  # the end of one reads like an IPv6 address
            return f"fingerprint:{_match(_FINGERPRINT, rest)[0]}"
    return scrub(_match(_NAME, name)[0]) + colon + scrub(rest)


_LINES: dict[str, Callable[[str], str | None]] = {
    "o": _origin,
    "s": lambda _: "-",
    "t": lambda value: _match(_TIMES, value)[0],
    "c": _connection,
    "b": lambda value: _match(_BANDWIDTH, value)[0],
    "m": _media,
    "a": _attribute,
}
"""What becomes of a line's value, by its type. A second `v=` has no entry, and is dropped."""
