"""Constructed client logs with faults, for the invariants to find."""

from typing import Any

from server.db.maintenance.drill_audit import CooldownRow, DatabaseSnapshot, MeetingRow, MessageRow, RoomRow, SeatRow
from server.drill.clients.client_log import ClientLog, LogEntry, wall_ms
from server.drill.judgement.evidence import DrillEvidence, ServiceTimings

ADA, BOB, CLEO = "a-ada", "b-bob", "c-cleo"
DAY_MS = 86_400_000
START_MS = wall_ms(0.0)


class Witness:
    """Makes up what one person saw; every line a second later than the one before, unless told otherwise."""

    def __init__(self, user_id: str) -> None:
        self.log = ClientLog(user_id=user_id, name=user_id)
        self.at = 0.0
        self._socket = 0

    def wait(self, seconds: float) -> "Witness":
        self.at += seconds
        return self

    def come(self, room: dict[str, Any] | None = None) -> "Witness":
        self._socket += 1
        self._note("opened", {})
        return self.hear("welcome", state={"phase": "in_room" if room else "idle", "room": room, "invite": None})

    def lose(self) -> "Witness":
        self._note("lost", {"code": 1006})
        return self.wait(1)

    def hear(self, kind: str, **fields: Any) -> "Witness":
        self._note("heard", {"type": kind, **fields})
        return self.wait(1)

    def said(self, room_id: str, *message_ids: str) -> "Witness":
        """Add an acknowledged message."""
        for one in message_ids:
            self._note("sent", {"type": "chat.send", "id": one, "room_id": room_id, "client_id": one})
            self.hear("reply", id=one, message={"message_id": one, "room_id": room_id, "client_id": one})
        return self

    def _note(self, kind: Any, frame: dict[str, Any]) -> None:
        self.log.entries.append(LogEntry(self.at, kind, self._socket, frame))


def room(room_id: str, peer: str, mode: str = "video") -> dict[str, Any]:
    return {"room_id": room_id, "peer": {"user_id": peer}, "mode": mode, "started_at": START_MS}


def books(**tables: Any) -> DatabaseSnapshot:
    rows: dict[str, Any] = {
        "at": START_MS + 60_000,
        "rooms": [],
        "seats": [],
        "messages": [],
        "meetings": [],
        "cooldowns": [],
    }
    return DatabaseSnapshot(**rows | tables)


def open_room(
    room_id: str, one: str, other: str, *, away_until: int | None = None, started_at: int = START_MS
) -> RoomRow:
    return RoomRow(room_id, "video", "live", one, other, started_at, None, away_until, None)


def seat(user: str, room_id: str) -> SeatRow:
    return SeatRow(user, room_id)


def said(room_id: str, *ids: str) -> list[MessageRow]:
    return [MessageRow(room_id, n, one, ADA, one) for n, one in enumerate(ids)]


def apart(one: str, other: str, until_at: int = START_MS + DAY_MS) -> CooldownRow:
    return CooldownRow(min(one, other), max(one, other), until_at)


def meeting(user: str, peer: str, room_id: str, *, started_at: int = START_MS, reason: str = "hangup") -> MeetingRow:
    return MeetingRow(user, peer, room_id, started_at, started_at + 6_000, reason)


def evidence(
    *witnesses: Witness, ledger: DatabaseSnapshot | None = None, ended_at: float = 100.0, **windows: float
) -> DrillEvidence:
    return DrillEvidence(
        [one.log for one in witnesses], books=ledger, windows=ServiceTimings(**windows), ended_at=ended_at
    )
