"""The contract of the room cache for the parts that open and change rooms."""

from collections.abc import Coroutine
from typing import Any, Protocol

from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomTransition
from matchmaker.services.cached_room import CachedRoom
from matchmaker.services.room_membership import RoomMembership


class OpenRooms(Protocol):
    """What `RoomService` offers to its parts."""

    def remember(self, room: Room, messages: list[Message]) -> CachedRoom:
        """Cache a room that the repository has returned."""
        ...

    @property
    def membership(self) -> RoomMembership:
        """Changes the states of both users of a room."""
        ...

    def schedule_deadline(self, room: Room) -> None:
        """Schedule the next deadline of *room*."""
        ...

    def close(self, entry: CachedRoom, step: RoomTransition) -> None:
        """Drop a room that has ended, and clear the states of its users."""
        ...

    def reload(self, entry: CachedRoom, room: Room) -> Coroutine[Any, Any, None]:
        """Apply the stored state of a room that another node has changed."""
        ...
