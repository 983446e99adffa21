"""Who may come in: the speaker asks, the server answers."""

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from matchmaker.profile import Profile
from matchmaker.ticket import EVERYBODY, Band
from signaling.frames import Hello, InviteSend

if TYPE_CHECKING:
    from signaling.conversation import Conversation


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The user of a valid token."""

    profile: Profile
    login_id: str
    """The bearer session that the token belongs to; revoking it closes the socket."""
    user: Any = None
    """What `welcome.user` says; None: the profile."""
    band: Band = EVERYBODY
    """The age band they may meet; None: no one, because their age is not known."""
    may_meet: bool = True
    """False while the access ladder forbids to queue, discover and invite."""


class Door(Protocol):
    """Looks at tokens."""

    async def admit(self, token: str, *, address: str, device: str) -> Identity:
        """Return who holds *token*; *address* and *device* say where from, for the list of sessions.

        Raises:
            Unauthenticated: the token is unknown, expired or revoked. The socket closes with 4401.
            Banned: the person or the address is banned. The socket closes with 4003.
            Unavailable: the database does not answer. The socket stays, and the client may send hello again.
        """
        ...


class Cluster(Protocol):
    """Knows which node owns a user."""

    async def claim(self, conversation: "Conversation", frame: Hello, identity: Identity, came: int) -> bool:
        """Return True once this node owns the user; False once another does, which answers the hello.

        *came*: when the hello arrived (Unix milliseconds).

        Raises:
            Unavailable: the owner cannot be found, or does not answer.
        """
        ...

    async def bring_to(self, conversation: "Conversation", frame: InviteSend) -> bool:
        """Return False if the invite is to be sent here; True: another node does, for it owns the target."""
        ...
