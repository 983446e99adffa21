"""The client side of RFC 6455: frames masked ahead of time, so that the load needs little CPU."""

MASK = b"\x5a\xc3\x17\x99"
"""Never zero: node's `ws` skips unmasking for a zero key, and would do less work than the others."""

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
ROOM = b"%ROOM%"
ROOM_BYTES = 36


def masked(payload: bytes) -> bytes:
    """Return *payload* under `MASK`."""
    size = len(payload)
    key = (MASK * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return one whole client frame."""
    return header(len(payload), opcode) + masked(payload)


def header(size: int, opcode: int = TEXT) -> bytes:
    """Return the header of a final, masked frame of *size* bytes; larger than 65,535 is never sent here."""
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size)) + MASK
    return bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big") + MASK


class Mould:
    """A frame with a gap for a room id of 36 bytes: both sides of the gap are masked once."""

    __slots__ = ("_after", "_before")

    def __init__(self, template: bytes) -> None:
        before, after = template.split(ROOM)
        # The gap must begin where the key does; JSON allows spaces after its first comma.
        before = before.replace(b",", b"," + b" " * (-len(before) % 4), 1)
        size = len(before) + ROOM_BYTES + len(after)
        self._before = header(size) + masked(before)
        self._after = masked(after)

    def cast(self, masked_room: bytes) -> bytes:
        """Return the frame for a room whose id is given as returned by `masked`."""
        return self._before + masked_room + self._after


def upgrade(path: str, host: str) -> bytes:
    """Return the request that opens a WebSocket (RFC 6455 section 4.1)."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def measure(data: bytes, at: int) -> tuple[int, int]:
    """Return where the payload of the server frame at *at* begins and ends; (0, 0) while the header is incomplete."""
    left = len(data) - at
    if left < 2:
        return 0, 0
    size = data[at + 1]
    if size < 126:
        return at + 2, at + 2 + size
    if size == 126:
        return (at + 4, at + 4 + int.from_bytes(data[at + 2 : at + 4], "big")) if left >= 4 else (0, 0)
    return (at + 10, at + 10 + int.from_bytes(data[at + 2 : at + 10], "big")) if left >= 10 else (0, 0)
