"""The port of the people services for sockets. Without the feature `friends` there is none."""

from typing import Protocol

from matchmaker.domain.ids import UserId
from signaling.routing.people_stream import PeopleStream
from signaling.wire.people_models import AskStatus, FriendPresenceObject


class FriendHandler(Protocol):
    """What sockets need of friends. Any call may raise `errors.Unavailable`; then nothing was stored."""

    async def ask(self, user: UserId, target: UserId, *, quiet: bool = False, note: str = "") -> AskStatus:
        """Send a friend request of *user* to *target*.

        Raises:
            NotFound, Invalid, LimitReached, RateLimited: the request is refused.
        """
        ...

    async def begin(self, user: UserId) -> None:
        """Publish the presence of friends to *user*, whose hello asks for the feature, from now on; never raises."""
        ...

    def welcomed(self, user: UserId) -> None:
        """Record that *user* was welcomed, with the feature or without; never raises and never waits."""
        ...

    def present(self, user: UserId, stream: PeopleStream) -> list[FriendPresenceObject]:
        """Return the presence of those friends of *user* who are not offline, for a client that *stream* goes to."""
        ...

    def end(self, user: UserId) -> None:
        """Record that *user* has no session any more."""
        ...

    def part(self, one: UserId, other: UserId) -> None:
        """Record that two users are no longer friends, because one has blocked the other; the block is durable."""
        ...
