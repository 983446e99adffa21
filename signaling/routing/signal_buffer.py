"""Signals for an absent peer, kept until they return."""

from collections.abc import Mapping

from matchmaker.domain.ids import RoomId, UserId
from signaling.routing.stats import SocketStats

HELD_MAX = 256
HELD_MAX_BYTES = 256 * 1024

Held = tuple[UserId, bool, bytes]
"""Recipient, whether it is a description, and the end of the event from `room_id` on."""


class SignalBuffer:
    """Keeps undelivered signals: at most 256 signals and 256 KiB per room, until the room ends."""

    def __init__(self, stats: SocketStats) -> None:
        self._stats = stats
        self._rooms: dict[RoomId, list[Held]] = {}
        self._bytes: dict[RoomId, int] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    def hold(self, room_id: RoomId, to: UserId, rest: bytes, *, is_description: bool) -> None:
        """Keep a signal until *to* returns; above the bound the oldest candidate is dropped."""
        held = self._rooms.setdefault(room_id, [])
        held.append((to, is_description, rest))
        size = self._bytes.get(room_id, 0) + len(rest)
        self._stats.signals_held += 1
        while len(held) > HELD_MAX or size > HELD_MAX_BYTES:
            # A lost candidate costs one path of many; a lost description, the call.
            oldest = next((i for i, (_, description, _) in enumerate(held) if not description), 0)
            size -= len(held.pop(oldest)[2])
            self._stats.signals_dropped += 1
        self._bytes[room_id] = size

    def take(self, room_id: RoomId, to: UserId) -> list[bytes]:
        """Remove and return the signals for *to*, in the order in which they were sent."""
        held = self._rooms.pop(room_id, None)
        if held is None:
            return []
        size = self._bytes.pop(room_id)
        mine = [rest for recipient, _, rest in held if recipient == to]
        others = [item for item in held if item[0] != to]
        if others:
            self._rooms[room_id] = others
            self._bytes[room_id] = size - sum(map(len, mine))
        return mine

    @property
    def sizes(self) -> Mapping[RoomId, int]:
        """Bytes that are kept, by room."""
        return self._bytes

    def recipients(self, room_id: RoomId) -> set[UserId]:
        """Return the users for whom signals are kept."""
        return {recipient for recipient, _, _ in self._rooms.get(room_id, ())}

    def forget(self, room_id: RoomId) -> None:
        """Drop the signals of a room that is over."""
        self._bytes.pop(room_id, None)
        self._stats.signals_dropped += len(self._rooms.pop(room_id, ()))
