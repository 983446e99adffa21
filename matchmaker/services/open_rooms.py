"""The rooms that this node remembers, as far as opening and changing them goes."""

from collections.abc import Coroutine
from typing import Any, Protocol

from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomTransition
from matchmaker.services.cached_room import CachedRoom
from matchmaker.services.room_membership import RoomMembership


class OpenRooms(Protocol):
    """What `RoomService` offers to the parts that it is made of."""

    def remember(self, room: Room, messages: list[Message]) -> CachedRoom:
        """Cache a room that the repository has returned."""
        ...

    @property
    def membership(self) -> RoomMembership:
        """Moves both users of a room."""
        ...

    def schedule_deadline(self, room: Room) -> None:
        """Schedule what is due in *room*."""
        ...

    def close(self, entry: CachedRoom, step: RoomTransition) -> None:
        """Forget a room that has ended, and clear its users."""
        ...

    def reload(self, entry: CachedRoom, room: Room) -> Coroutine[Any, Any, None]:
        """Take over what the repository says of a room that was changed by another node."""
        ...
