"""The frames of a client, for each protocol; the client itself is the same for every server."""

import json

from bench import wire

SDP_BYTES = 2500
CANDIDATE_BYTES = 200
CANDIDATES = 8


def _sdp(kind: str) -> str:
    lines = ["v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "m=video 9 UDP/TLS/RTP/SAVPF 96"]
    number = 0
    while sum(len(line) + 2 for line in lines) < SDP_BYTES - 60:
        number += 1
        lines.append(f"a=rtpmap:{96 + number} VP8/90000 a=rtcp-fb:{96 + number} nack pli")
    text = "\r\n".join(lines) + "\r\na="
    return json.dumps({"type": kind, "sdp": text + "x" * (SDP_BYTES - len(text) - 2) + "\r\n"}, separators=(",", ":"))


def _candidate(number: int) -> str:
    line = f"candidate:{number} 1 udp 2122260223 192.0.2.{number} 54321 typ host generation 0 ufrag EsAw network-id 1"
    whole = {"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": ""}
    whole["usernameFragment"] = "x" * (CANDIDATE_BYTES - len(json.dumps(whole, separators=(",", ":"))))
    return json.dumps(whole, separators=(",", ":"))


class Dialect:
    """Rondo's own protocol, which the floors in Python and C speak as well."""

    path = "/v1/ws"
    opening = b'{"type":"'

    def __init__(self) -> None:
        self.join = self._join()
        self.joins_of_couples = (self._join(want={"gender": ["male"]}), self._join(want={"gender": ["female"]}))
        """The joins of women and men in turn who want each other."""
        self.join_to_wait = self._join(pairing="manual")
        self.offer = self._mould("signal", "description", _sdp("offer"))
        self.answer = self._mould("signal", "description", _sdp("answer"))
        self.candidates = [self._mould("signal", "candidate", _candidate(n)) for n in range(1, CANDIDATES + 1)]
        self.next = self._mould("room.leave", "reason", '"next"')

    def hello(self, token: str) -> bytes:
        """Return what to send right after the upgrade; empty: the server speaks first."""
        return self._say("hello", {"token": token})

    def aside(self, payload: bytes, token: str) -> tuple[bytes, bool]:
        """Return the answer to a frame outside the dialogue, and whether the client is ready now."""
        raise ValueError(f"unexpected frame: {payload[:200]!r} for {token[:4]}…")

    def _join(self, **wishes: object) -> bytes:
        return self._say("queue.join", {"mode": "video", "auto_accept": True, **wishes})

    def _say(self, kind: str, body: dict[str, object]) -> bytes:
        return wire.frame(json.dumps({"type": kind, **body}, separators=(",", ":")).encode())

    def _mould(self, kind: str, field: str, value: str) -> wire.Mould:
        return wire.Mould(f'{{"type":"{kind}","room_id":"%ROOM%","{field}":{value}}}'.encode())


class SocketIo(Dialect):
    """socket.io 5 over engine.io 4, straight over WebSocket: `42["type",{…}]`."""

    path = "/socket.io/?EIO=4&transport=websocket"
    opening = b'42["'

    def hello(self, token: str) -> bytes:
        """Wait for engine.io's open packet."""
        del token
        return b""

    def aside(self, payload: bytes, token: str) -> tuple[bytes, bool]:
        """Answer the open packet with connect, and ping with pong."""
        if payload.startswith(b"0{"):
            return wire.frame(b"40" + json.dumps({"token": token}).encode()), False
        if payload == b"2":
            return wire.frame(b"3"), False
        if payload.startswith(b"40"):
            return b"", True
        return super().aside(payload, token)

    def _say(self, kind: str, body: dict[str, object]) -> bytes:
        return wire.frame(b"42" + json.dumps([kind, body], separators=(",", ":")).encode())

    def _mould(self, kind: str, field: str, value: str) -> wire.Mould:
        return wire.Mould(f'42["{kind}",{{"room_id":"%ROOM%","{field}":{value}}}]'.encode())
