"""The protocol between a mirror and the server, without I/O: each event once, each frame until answered."""

from typing import Literal

import msgspec

TRY_AGAIN = ("unavailable", "rate_limited")
"""Errors after which the same frame is sent once more."""


class MirrorIceServer(msgspec.Struct, frozen=True, kw_only=True):
    """A STUN or TURN server in a room."""

    urls: str | list[str]
    username: str | None = None
    credential: str | None = None


class MirrorRoom(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a room that a mirror uses."""

    room_id: str
    ice_servers: list[MirrorIceServer] = []
    ice_transport_policy: Literal["all", "relay"] = "all"


class MirrorState(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the user in a welcome."""

    room: MirrorRoom | None = None


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """Any message of the server: its type, and the fields of all types that a mirror uses."""

    type: str
    seq: int | None = None
    id: int | None = None
    code: str = ""
    retry_after_ms: int = 1_000
    resume_key: str = ""
    resumed: bool = False
    state: MirrorState = MirrorState()
    room: MirrorRoom | None = None
    room_id: str = ""
    description: msgspec.Raw = msgspec.Raw()
    """Input of the peer, as `candidate` is: not parsed before the code that handles invalid input."""
    candidate: msgspec.Raw = msgspec.Raw()
    reconnect_in_ms: int = 0


_decode = msgspec.json.Decoder(Heard).decode
_encode = msgspec.json.Encoder().encode


class MirrorProtocol:
    """A session over any number of sockets."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._resume_key = ""
        self._seq = 0
        self._frames = 0
        self._unanswered: dict[int, str] = {}

    def hello(self) -> str:
        """Return the first frame of a socket: the token, and the last sequence number."""
        resume = {"resume": {"key": self._resume_key, "seq": self._seq}} if self._resume_key else {}
        return _encode({"type": "hello", "token": self._token, **resume}).decode()

    def send(self, kind: str, **fields: object) -> str:
        """Return a frame to send now, and again on every new socket until it is answered; it must be idempotent."""
        self._frames += 1
        frame = _encode({"type": kind, "id": self._frames, **fields}).decode()
        self._unanswered[self._frames] = frame
        return frame

    def unanswered(self) -> list[str]:
        """Return the frames that may have been lost, in order of sending."""
        return list(self._unanswered.values())

    def take(self, text: str | bytes) -> Heard | None:
        """Return the message of the server if it is new; None if it was received before or answers a frame."""
        try:
            heard = _decode(text)
        except (ValueError, RecursionError):
            return None
        if heard.type == "welcome":
            self._resume_key = heard.resume_key
            if not heard.resumed:
                self._seq = 0
        elif heard.id is not None:
            if heard.type == "error" and heard.code in TRY_AGAIN and heard.id in self._unanswered:
                return heard
            self._unanswered.pop(heard.id, None)
            return None
        elif heard.type == "error":
            return None
        if heard.seq is not None:
            if heard.seq <= self._seq:
                return None
            self._seq = heard.seq
        return heard
