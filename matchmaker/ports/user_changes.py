"""What happens to the users of this process, for those who watch them: publishers and subscribers share one object."""

from collections.abc import Callable
from typing import Generic, TypeVar

from matchmaker.domain.ids import UserId
from matchmaker.domain.ticket import Ticket
from matchmaker.domain.user_state import UserState
from matchmaker.domain.user_updates import AnyUserUpdate

T = TypeVar("T")


class Topic(Generic[T]):
    """Calls its subscribers in the order in which they subscribed; they must not raise."""

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        self._calls: tuple[Callable[[T], None], ...] = ()

    def subscribe(self, call: Callable[[T], None]) -> None:
        """Call *call* with everything that is published from now on."""
        self._calls = (*self._calls, call)

    def publish(self, item: T) -> None:
        """Call every subscriber with *item*."""
        for call in self._calls:
            call(item)


class UserChanges:
    """Changes of users, published by the matchmaker and by the hub."""

    def __init__(self) -> None:
        self.moved: Topic[UserState] = Topic()
        """A user connected, disconnected, entered or left a room."""
        self.forgotten: Topic[UserId] = Topic()
        """The state of a user was dropped."""
        self.connection: Topic[UserId] = Topic()
        """A user connected, disconnected, or left for another node."""
        self.adopted: Topic[UserId] = Topic()
        """A user came from another node, and the session is here."""
        self.session_over: Topic[UserId] = Topic()
        """The session of a user cannot be resumed any more."""
        self.ticket_added: Topic[Ticket] = Topic()
        """A ticket waits for a match."""
        self.ticket_removed: Topic[Ticket] = Topic()
        """A ticket no longer waits."""
        self.evicted: Topic[UserId] = Topic()
        """The state of a user was dropped, because another process owns it."""
        self.stored: Topic[AnyUserUpdate] = Topic()
        """A durable change of users whom other processes may own."""
