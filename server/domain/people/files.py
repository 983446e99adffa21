"""Which files are accepted: the rules of an upload permission, and the check of the content."""

import re
import unicodedata
from typing import Final, Literal
from urllib.parse import quote

import msgspec

from matchmaker.domain.errors import Invalid, LimitReached, TooLarge

Purpose = Literal["message", "avatar"]

PICTURES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif")
TYPES: Final = (*PICTURES, "application/pdf", "text/plain")
NAME_MAX: Final = 120
NO_NAME: Final = "file"
AVATAR_SIDE: Final = 256

# Control characters, separators, and bidirectional marks, which can disguise a file name; a path is not part of a name.
_UNSAFE = re.compile('[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff<>:"|?*]')
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|svg|script|\?xml)", re.IGNORECASE)


class FileLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Upload and storage limits of a user. Durations are in milliseconds."""

    bytes: int = 10_485_760
    day_bytes: int = 104_857_600
    quota_bytes: int = 524_288_000
    upload_ms: int = 600_000
    unused_ms: int = 3_600_000
    link_ms: int = 300_000


class Used(msgspec.Struct, frozen=True):
    """How much a user has stored, and uploaded in the last 24 hours; open permissions included."""

    kept: int
    today: int


def clean_name(name: str) -> str:
    """Return *name* without path, control characters and characters that file systems reject, at
    most 120 characters.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = _UNSAFE.sub("", last).strip().strip(".").strip()
    if len(clean) > NAME_MAX:
        stem, dot, ending = clean.rpartition(".")
        keep = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
        clean = clean[: NAME_MAX - len(keep)].rstrip() + keep
    return clean or NO_NAME


def check_permission(purpose: Purpose, media_type: str, size: int, used: Used, *, limits: FileLimits) -> None:
    """Check that a file of *media_type* and *size* bytes may be uploaded.

    Raises:
        Invalid: the type is not accepted.
        TooLarge: it exceeds the size limit of a file.
        LimitReached: it exceeds the storage or the daily upload limit of the user.
    """
    if media_type not in (PICTURES if purpose == "avatar" else TYPES):
        raise Invalid("media_type", "JPEG, PNG, WebP or GIF" if purpose == "avatar" else "a picture, PDF or plain text")
    if size > limits.bytes:
        raise TooLarge(f"a file has at most {limits.bytes} bytes")
    if used.kept + size > limits.quota_bytes:
        raise LimitReached("attachment_quota_bytes", limits.quota_bytes)
    if used.today + size > limits.day_bytes:
        raise LimitReached("attachment_day_bytes", limits.day_bytes)


def type_of(data: bytes) -> str | None:
    """Return the media type of a file's bytes; None: no accepted type."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    return "text/plain" if _is_text(data) else None


def _is_text(data: bytes) -> bool:
    """Return whether *data* is UTF-8 text without control characters and without markup that a
    browser would execute.
    """
    if not data or _MARKUP.search(data[:1_024]):
        return False
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text)


def check_content(media_type: str, data: bytes) -> None:
    """Check that *data* is of *media_type*.

    Raises:
        Invalid: it is empty or of another type.
    """
    if not data:
        raise Invalid("bytes", "the file is empty")
    if type_of(data) != media_type:
        raise Invalid("media_type", f"the file is not {media_type}")


def disposition(name: str, media_type: str) -> str:
    """Return the Content-Disposition of a file (RFC 6266): pictures inline, everything else as attachment."""
    plain = name.encode("ascii", "replace").decode().replace('"', "_").replace("\\", "_").replace("?", "_")
    kind = "inline" if media_type in PICTURES else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
