"""Ports of the signaling server: authentication of tokens, and the owner of a user on another node."""

from typing import Any, Protocol

import msgspec

from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import ALL_AGES, AgeBand


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The user of a valid token."""

    profile: Profile
    login_id: str
    """The bearer session that the token belongs to; revoking it closes the socket."""
    user: Any = None
    """The value of `welcome.user`; None: the profile."""
    band: AgeBand = ALL_AGES
    """The age band they may meet; None: no one, because their age is not known."""
    may_meet: bool = True
    """False while the access ladder forbids queue, discover and invite."""


class Authenticator(Protocol):
    """Authenticates tokens."""

    async def authenticate_socket(self, token: str, *, address: str, device: str) -> Identity:
        """Return the holder of *token*; *address* and *device* go into the list of sessions.

        Raises:
            Unauthenticated: the token is unknown, expired or revoked. The socket closes with 4401.
            Banned: the user or the address is banned. The socket closes with 4003.
            Unavailable: the database does not answer. The socket stays, and the client may send hello again.
        """
        ...


class OwnerNode(Protocol):
    """The node that owns a user whose socket is here."""

    def forward(self, text: str | bytes) -> None:
        """Forward a frame of the client; frames keep their order."""
        ...

    def lost(self) -> None:
        """Report that the socket is closed."""
        ...
