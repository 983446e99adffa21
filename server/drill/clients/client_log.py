"""The log of one client: what it sent and received, in order: the input of every invariant. Independent of the server's
code.
"""

import time
from typing import Any, Literal

import msgspec

Frame = dict[str, Any]
Kind = Literal["opened", "sent", "heard", "lost"]

_OFFSET = time.time() - time.monotonic()


def wall_ms(at: float) -> int:
    """Return a monotonic instant of this machine in Unix milliseconds."""
    return round((at + _OFFSET) * 1_000)


def monotonic_of(unix_ms: float) -> float:
    """Return an instant in Unix milliseconds as a time of this machine's monotonic clock."""
    return unix_ms / 1_000 - _OFFSET


class LogEntry(msgspec.Struct, array_like=True, gc=False):
    """One entry."""

    at: float
    """Seconds of the monotonic clock, the same in every process of a machine."""
    kind: Kind
    socket: int
    """Number of the user's socket, from 1."""
    frame: Frame
    """The frame; of `lost` the close code as `{"code": …}`."""

    @property
    def type(self) -> str:
        """The type of the frame."""
        return str(self.frame.get("type", ""))


class ClientLog(msgspec.Struct):
    """The log of one client."""

    user_id: str
    name: str
    entries: list[LogEntry] = msgspec.field(default_factory=list)
    transcripts: dict[str, list[Frame]] = msgspec.field(default_factory=dict)
    """By room: all of its messages, as requested from the server after the drill."""
    history: list[Frame] | None = None
    """`GET /v1/history` after the drill; None: not asked."""

    def heard(self, *types: str) -> list[LogEntry]:
        """Return every frame of these types that was received, in order."""
        return [entry for entry in self.entries if entry.kind == "heard" and entry.type in types]

    def sent(self, *types: str) -> list[LogEntry]:
        """Return every frame that was sent of these types, in order."""
        return [entry for entry in self.entries if entry.kind == "sent" and entry.type in types]

    def lost_since(self, at: float) -> float | None:
        """Return when the connection was first lost after *at* (monotonic); None: it was not."""
        return next((one.at for one in self.entries if one.kind == "lost" and one.at > at), None)

    def acknowledged(self) -> list[Frame]:
        """Return every chat message that the server has acknowledged to this user, in order of acknowledgement."""
        found: dict[str, Frame] = {}
        for entry in self.heard("reply"):
            if "message_id" in entry.frame.get("message", ()):
                found.setdefault(entry.frame["message"]["client_id"], entry.frame["message"])
        return list(found.values())


class Stay(msgspec.Struct):
    """One user's time in one room, as the user saw it."""

    user_id: str
    room_id: str
    peer: str
    mode: str
    since: float
    started_at: int
    """Unix milliseconds, by the server's clock."""
    until: float | None = None
    """When the user learned that it had ended; None: still in it."""
    reason: str | None = None
    """Why it ended; None: there was no event."""
    lives: list[tuple[float, float]] = msgspec.field(default_factory=list)
    """The intervals in which the user was connected and in the room."""


def stays(log: ClientLog) -> list[Stay]:
    """Return every room that a user was in, in order, from the received frames."""
    found: list[Stay] = []
    now: Stay | None = None
    for entry in log.entries:
        if entry.kind == "lost" and now is not None:
            _disconnect(now, entry.at)
        if entry.kind != "heard":
            continue
        if entry.type == "room.ended" and now is not None and entry.frame["room_id"] == now.room_id:
            _disconnect(now, entry.at)
            now.until, now.reason, now = entry.at, entry.frame["reason"], None
        elif entry.type in ("room.started", "room.mode_changed", "welcome"):
            room = entry.frame["state"]["room"] if entry.type == "welcome" else entry.frame["room"]
            if now is not None and (room is None or room["room_id"] != now.room_id):
                now.until, now = entry.at, None
            if room is not None and now is None:
                now = Stay(
                    user_id=log.user_id,
                    room_id=room["room_id"],
                    peer=room["peer"]["user_id"],
                    mode=room["mode"],
                    since=entry.at,
                    started_at=room["started_at"],
                )
                found.append(now)
            if now is not None and room is not None:
                now.mode = room["mode"]
            if now is not None and (not now.lives or now.lives[-1][1] != float("inf")):
                now.lives.append((entry.at, float("inf")))
    return found


def _disconnect(stay: Stay, at: float) -> None:
    if stay.lives and stay.lives[-1][1] == float("inf"):
        stay.lives[-1] = (stay.lives[-1][0], at)
