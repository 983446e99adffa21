"""What the socket asks of the people services: the server answers. Without friends there is none."""

from typing import Protocol

from matchmaker.domain.ids import UserId
from signaling.wire.people_models import AskStatus, FriendPresenceObject


class FriendHandler(Protocol):
    """Friends, as far as sockets need them. Any call may raise `errors.Unavailable`; then nothing was stored."""

    async def ask(self, user: UserId, target: UserId, *, quiet: bool = False, note: str = "") -> AskStatus:
        """Ask *target* to be friends with *user*.

        Raises:
            NotFound, Invalid, LimitReached, RateLimited: it is refused.
        """
        ...

    async def begin(self, user: UserId) -> None:
        """Let *user*, who says hello with the feature, be told from now on where their friends are; never raises."""
        ...

    def welcomed(self, user: UserId) -> None:
        """Note that *user* was welcomed, with the feature or without; never raises and never waits."""
        ...

    def present(self, user: UserId) -> list[FriendPresenceObject]:
        """Return where those friends of *user* are who are not offline."""
        ...

    def end(self, user: UserId) -> None:
        """Note that *user* has no session any more."""
        ...

    def part(self, one: UserId, other: UserId) -> None:
        """Note that two users are friends no more, because one has blocked the other; it is durable."""
        ...
