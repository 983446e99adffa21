"""A room as one node remembers it. What it remembers is what the ledger last said."""

from collections import deque
from collections.abc import Callable

from matchmaker.domain.errors import NotInRoom
from matchmaker.domain.ids import UserId
from matchmaker.domain.message import Message
from matchmaker.domain.room import Room
from matchmaker.domain.transactions import RoomTransition
from matchmaker.ports.callbacks import Done
from matchmaker.ports.room_repository import MESSAGES_IN_STATE

Decide = Callable[[Room, int], RoomTransition]
"""Returns what becomes of a room at an instant. May raise a refusal: then nothing happens."""


class RoomTurn:
    """One change of a room: decided once time has acted, then committed."""

    __slots__ = ("decide", "done", "error", "room", "step", "user")

    def __init__(self, user: UserId | None, decide: Decide | None, done: Done) -> None:
        """*user*: who must be in the room. None: time alone acts."""
        self.user = user
        self.decide = decide
        self.done = done
        """Called with the stored message of the change, once the events have been sent."""
        self.error: NotInRoom | None = None
        """Time has ended the room before *user* could change it."""
        self.room: Room
        """The room that was decided about, and below what was decided."""
        self.step: RoomTransition


class CachedRoom:
    """A room as this node remembers it, and the line of those who want to change it."""

    __slots__ = ("ending", "is_busy", "messages", "room", "turns")

    def __init__(self, room: Room, messages: list[Message]) -> None:
        self.room: Room | None = room
        """None once the room has ended."""
        self.messages = deque(messages, maxlen=MESSAGES_IN_STATE)
        self.is_busy = False
        """A commit of this room is under way."""
        self.turns: deque[Callable[[], bool]] = deque()
        """What waits for it, in order. Each returns whether it is done; if not, `RoomService` is called back."""
        self.ending: RoomTransition | None = None
        """The end that was not confirmed, the database being away: if the room turns out to be closed, it ended so."""
