"""The route of a signal: resolved for the first one of a call, and cached for the rest."""

from matchmaker.domain.ids import RoomId, UserId
from matchmaker.services.cached_room import CachedRoom
from signaling.routing.hub import ConnectedUser


class PeerRoute:
    """From one user to the peer of one room, with the part of an event that is the same for every signal."""

    __slots__ = ("before_candidate", "before_description", "entry", "peer", "room_id", "user")

    def __init__(
        self, entry: CachedRoom, room_id: RoomId, name: bytes, peer: UserId, peer_entry: ConnectedUser | None
    ) -> None:
        self.entry = entry
        self.room_id = room_id
        self.peer = peer
        self.user = peer_entry or NOT_CONNECTED
        start = b'"room_id":"%b","from":"%b",' % (room_id.encode(), name)
        self.before_candidate = start + b'"candidate":'
        self.before_description = start + b'"description":'

    def is_to(self, room_id: RoomId) -> bool:
        """Return whether this is the route of that room, which is still open, and the peer is still the one found."""
        # The users of a room never change. An entry that the hub has released has no session, and never gets one again.
        return self.room_id == room_id and self.entry.room is not None and self.user.replay is not None


NOT_CONNECTED = ConnectedUser()
"""Stands for a peer without an entry: receives nothing, and has no session."""
