"""Who may come in: the speaker asks, the server answers."""

from typing import Any, Protocol

import msgspec

from matchmaker.ids import UserId
from matchmaker.profile import Profile
from matchmaker.ticket import EVERYBODY, Band


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose token is good."""

    profile: Profile
    login_id: str
    """The bearer session that the token belongs to; revoking it closes the socket."""
    user: Any = None
    """What `welcome.user` says; None: the profile."""
    band: Band = EVERYBODY
    """Whom they may meet by age; None: nobody, for their age is not known."""
    may_meet: bool = True
    """False while the access ladder forbids to queue, discover and invite."""


class Door(Protocol):
    """Looks at tokens."""

    async def admit(self, token: str, *, address: str, device: str) -> Identity:
        """Return who holds *token*; *address* and *device* say where from, for the list of sessions.

        Raises:
            Unauthenticated: the token is unknown, expired or revoked. The socket closes with 4401.
            Banned: the person or the address is banned. The socket closes with 4003.
            Unavailable: nobody can say now. The socket stays, and the client may say hello again.
        """
        ...


class Passage(msgspec.Struct, frozen=True):
    """How somebody who says hello here stood before."""

    epoch: int = 0
    """The number of their newest socket; 0: they had none."""
    node: str | None = None
    """Which other node had them; None: none."""
    answered: bool = True
    """Whether that node has let go of them."""


class Crossing(Protocol):
    """Brings people from one node to another."""

    async def claim(self, user: UserId) -> Passage:
        """Have the node that has *user* let go of them; what waits for them there waits here from now on.

        Raises:
            Unavailable: nobody can say where they are.
        """
        ...

    def settle(self, user: UserId, passage: Passage, *, epoch: int, peer: UserId | None) -> None:
        """Note that *user* is here now, as socket number *epoch*; let whoever else may have them, and *peer*, know."""
        ...

    def leave(self, user: UserId, *, epoch: int) -> None:
        """Note that *user* has left while everybody was told to; should they come to no other node, they are away."""
        ...

    def owe(self, user: UserId) -> None:
        """Note that where *user* stands could not be written down; it is made good as soon as it can be."""
        ...
