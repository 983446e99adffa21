"""A subscription that is connected and deaf: what Redis publishes is lost on the way, its answers are not (RESP3)."""

from collections.abc import Callable
from typing import Final

END: Final = b"\r\n"
NESTED: Final = {b"*": 1, b"~": 1, b">": 1, b"%": 2, b"|": 2}
"""What holds other values, and how many it holds for each that it counts."""
LONG: Final = b"$=!"
"""What is followed by as many bytes as its head says."""
PUBLISHED: Final = b"$7\r\nmessage\r\n"


class Deafness:
    """Leaves out of every connection that goes through `line` what is published, while `is_on`."""

    def __init__(self) -> None:
        self.is_on = False

    def line(self) -> Callable[[bytes], bytes]:
        """Return what takes the bytes of one connection, piece by piece, and returns those to pass on."""
        rest = bytearray()

        def filtered(chunk: bytes) -> bytes:
            rest.extend(chunk)
            passed, at = bytearray(), 0
            while (end := _end(rest, at)) is not None:
                if not (self.is_on and _is_published(rest, at)):
                    passed += rest[at:end]
                at = end
            del rest[:at]
            return bytes(passed)

        return filtered


def _is_published(data: bytearray, at: int) -> bool:
    first = data.find(END, at) + len(END)
    return data[at : at + 1] == b">" and data.startswith(PUBLISHED, first)


def _end(data: bytearray, at: int) -> int | None:
    """Return where the value ends that begins at *at*; None: it is not whole."""
    left = 1
    while left:
        line = data.find(END, at)
        if line < 0:
            return None
        kind, count = bytes(data[at : at + 1]), data[at + 1 : line]
        at = line + len(END)
        left -= 1
        if kind in NESTED:
            left += NESTED[kind] * max(0, int(count)) + (kind == b"|")
        elif kind in LONG and int(count) >= 0:
            at += int(count) + len(END)
            if at > len(data):
                return None
    return at
