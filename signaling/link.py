"""The way of a signal: found for the first of a call, and good for the rest."""

from matchmaker.ids import RoomId, UserId
from matchmaker.rooms import Rooms
from signaling.hub import Presence


class Link:
    """From one person to the peer of one room, with all of an event that is the same for every signal."""

    __slots__ = ("_rooms", "before_candidate", "before_description", "peer", "presence", "room_id")

    def __init__(
        self,
        rooms: Rooms,
        room_id: RoomId,
        name: bytes,
        peer: UserId,
        presence: Presence | None,
    ) -> None:
        self._rooms = rooms
        self.room_id = room_id
        self.peer = peer
        self.presence = presence or NOBODY
        start = b'"room_id":"%b","from":"%b",' % (room_id.encode(), name)
        self.before_candidate = start + b'"candidate":'
        self.before_description = start + b'"description":'

    def holds(self) -> bool:
        """Tell whether the room is still open, and the peer still the one who was found."""
        # Who is in a room never changes. A presence that the hub has let go of has no session, and gets none again.
        entry = self._rooms.known(self.room_id)
        return entry is not None and entry.room is not None and self.presence.session is not None


NOBODY = Presence()
"""In place of a peer of whom nothing is known: hears nothing, and has no session."""
