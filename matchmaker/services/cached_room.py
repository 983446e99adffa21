"""The cached state of a room on the node that owns it."""

from collections import deque
from collections.abc import Callable, Sequence

from matchmaker.domain.errors import NotInRoom
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomTransition
from matchmaker.ports.callbacks import Done
from matchmaker.ports.room_repository import MESSAGES_IN_STATE

Decide = Callable[[Room, int], RoomTransition]
"""Returns the transition of a room at an instant. May raise a client error: then nothing is changed."""


class RoomOperation:
    """One change of a room: decided after due deadlines have been applied, then committed."""

    __slots__ = ("decide", "done", "error", "room", "step", "user")

    def __init__(self, user: UserId | None, decide: Decide | None, done: Done) -> None:
        """*user*: who must be in the room. None: only deadlines are applied."""
        self.user = user
        self.decide = decide
        self.done = done
        """Called with the stored message of the change, once the events have been sent."""
        self.error: NotInRoom | None = None
        """A deadline ended the room before *user* could change it."""
        self.room: Room
        """The room that was decided about, and below it the decision."""
        self.step: RoomTransition


class CachedRoom:
    """A room as cached on this node, and the queue of operations that wait to change it."""

    __slots__ = ("ending", "is_busy", "is_overdue", "messages", "operations", "room")

    def __init__(self, room: Room, messages: list[Message]) -> None:
        self.room: Room | None = room
        """None once the room has ended."""
        self.messages = deque(messages, maxlen=MESSAGES_IN_STATE)
        self.is_busy = False
        """A commit of this room is under way."""
        self.operations: deque[Callable[[], bool]] = deque()
        """Waiting operations, in order. Each returns whether it is done; if not, `RoomService` is called back."""
        self.is_overdue = False
        """Whether the repository was away when the deadline of the room was due."""
        self.ending: RoomTransition | None = None
        """The end that could not be confirmed while the database was away: if the room turns out to be closed, it ended
        so."""


class RoomCache(dict[RoomId, CachedRoom]):
    """The open rooms that are cached on this node."""

    def messages_of(self, room_id: RoomId) -> Sequence[Message]:
        """Return the last messages of a room, oldest first; none if it is not cached."""
        entry = self.get(room_id)
        return () if entry is None else entry.messages
