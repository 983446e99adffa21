"""Close codes (protocol.md section 6), and whether a client should reconnect."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Codes below 4000 are those of RFC 6455 section 7.4.1."""

    NORMAL = 1000
    GOING_AWAY = 1001
    """The drain is finished: reconnect."""
    PROTOCOL_ERROR = 1002
    BAD_TEXT = 1007
    """A text frame that is not UTF-8."""
    FRAME_TOO_LARGE = 1009
    NOT_JSON = 4000
    """Three frames in a row that are not JSON objects."""
    TAKEN_OVER = 4001
    """A newer connection of the same user took over: do not reconnect."""
    BANNED = 4003
    TOO_SLOW = 4008
    """More than 1 MiB waited to be sent."""
    NO_HELLO = 4010
    BAD_TOKEN = 4401
    TOO_MANY = 4429
    """Too many connections from one address."""


_LABELS = {code.value: str(code.value) for code in CloseCode} | {1006: "1006"}
OTHER = "other"
"""The label of all codes that only clients use: they may choose any of 3,000."""


def label_of(code: int) -> str:
    """Return the metric label of a close code, out of a closed set; 1006 stands for no code."""
    return _LABELS.get(code, OTHER)
