"""The way of a signal: found for the first of a call, and good for the rest."""

from matchmaker.domain.ids import RoomId, UserId
from matchmaker.services.cached_room import CachedRoom
from signaling.routing.hub import ConnectedUser


class PeerRoute:
    """From one person to the peer of one room, with all of an event that is the same for every signal."""

    __slots__ = ("before_candidate", "before_description", "entry", "peer", "room_id", "user")

    def __init__(
        self, entry: CachedRoom, room_id: RoomId, name: bytes, peer: UserId, presence: ConnectedUser | None
    ) -> None:
        self.entry = entry
        self.room_id = room_id
        self.peer = peer
        self.user = presence or NOT_CONNECTED
        start = b'"room_id":"%b","from":"%b",' % (room_id.encode(), name)
        self.before_candidate = start + b'"candidate":'
        self.before_description = start + b'"description":'

    def is_to(self, room_id: RoomId) -> bool:
        """Tell whether this is the way of that room, which is still open, and the peer the one who was found."""
        # Who is in a room never changes. A presence that the hub has let go of has no session, and gets none again.
        return self.room_id == room_id and self.entry.room is not None and self.user.replay is not None


NOT_CONNECTED = ConnectedUser()
"""In place of a peer of whom nothing is known: hears nothing, and has no session."""
