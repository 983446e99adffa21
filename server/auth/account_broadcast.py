"""Changes of accounts that every node applies: ended tokens, deleted accounts, changed profiles and access.

Applied here, then broadcast to the other nodes. A node that may have missed one reads the database again.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.domain.ids import UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.room import Reason
from matchmaker.domain.ticket import AgeBand
from matchmaker.matchmaker import Matchmaker
from server.auth.tokens import TokenAuthenticator
from server.cluster.cluster import Cluster
from server.db.accounts.sessions import Sessions
from signaling.routing.hub import Hub
from signaling.wire.close_codes import CloseCode

KIND: Final = "bulletin"


class TokenInvalidated(msgspec.Struct, frozen=True, tag="Forget"):
    """What the tokens of a user prove has changed."""

    user: UserId


class SessionsRevoked(msgspec.Struct, frozen=True, tag="Ended"):
    """These sessions are over: their tokens are dead, their sockets are closed."""

    user: UserId
    sessions: list[str]


class AccountDeleted(msgspec.Struct, frozen=True, tag="Gone"):
    """An account was deleted."""

    user: UserId


class ProfileChanged(msgspec.Struct, frozen=True, tag="Changed"):
    """A user's profile, age band or access has changed."""

    user: UserId
    profile: Profile | None = None
    band: AgeBand | UnsetType = UNSET
    may_meet: bool | None = None


class BansChanged(msgspec.Struct, frozen=True, tag="Decided"):
    """A moderator, or the rules, decided something that the ledger knows of."""


AccountNotice = TokenInvalidated | SessionsRevoked | AccountDeleted | ProfileChanged | BansChanged

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AccountNotice).decode


class AccountBroadcast:
    """Does it here, and has it done on the other nodes."""

    def __init__(
        self,
        *,
        authenticator: TokenAuthenticator,
        hub: Hub,
        matchmaker: Matchmaker,
        sessions: Sessions,
        on_decision: Callable[[], None],
        cluster: Cluster | None,
    ) -> None:
        """*on_decision* is called when another node may have decided something that is to be enforced here."""
        self._on_decision = on_decision
        self._authenticator = authenticator
        self._hub = hub
        self._matchmaker = matchmaker
        self._sessions = sessions
        self._cluster = cluster
        if cluster is not None:
            cluster.broadcast.on(KIND, lambda _, body: self._apply(_decode(body)))
            cluster.broadcast.on_loss(self._refresh_all)

    def forget(self, user: UserId) -> None:
        """Invalidate the tokens of *user* in the memory of every node."""
        self._post(TokenInvalidated(user))

    def end(self, user: UserId, *sessions: str) -> None:
        """Let the tokens of *sessions*, which are over, be dead everywhere, and close their sockets."""
        self._post(SessionsRevoked(user, list(sessions)))

    def dismiss(self, user: UserId) -> None:
        """Close the socket of *user*, whose account is no more, wherever it is."""
        self._post(AccountDeleted(user))

    def change(
        self,
        user: UserId,
        *,
        profile: Profile | None = None,
        band: AgeBand | UnsetType = UNSET,
        may_meet: bool | None = None,
    ) -> None:
        """Let a live conversation know of a changed profile, age band or access, wherever it is."""
        self._post(ProfileChanged(user, profile, band, may_meet))

    def decide(self) -> None:
        """Have the other nodes enforce a decision without waiting for their poll; this node has enforced it already."""
        if self._cluster is not None:
            self._cluster.broadcast.send(KIND, _encode(BansChanged()))

    async def expel(self, user: UserId, reason: Reason) -> None:
        """Take a user out of queue, invite and room, on whichever node they are.

        Raises:
            Unavailable: the node does not answer, or the end of the room cannot be made durable.
        """
        if self._cluster is None:
            await self._matchmaker.remove_user(user, reason)
        else:
            await self._cluster.expel(user, reason)

    async def _refresh_all(self) -> None:
        """Do what other nodes may have broadcast unheard: trust no known token, close the sockets of ended sessions.

        Raises:
            Unavailable: the ledger cannot be asked.
        """
        self._authenticator.forget_all()
        logins = self._hub.logins()
        for session_id in logins - await self._sessions.among(logins):
            self._hub.close_login(session_id)
        self._on_decision()

    def _post(self, notice: AccountNotice) -> None:
        self._do(notice)
        if self._cluster is not None:
            self._cluster.broadcast.send(KIND, _encode(notice))

    def _apply(self, notice: AccountNotice) -> None:
        self._do(notice)
        if isinstance(notice, ProfileChanged) and notice.profile is not None and self._cluster is not None:
            self._cluster.context.spawn(self._update_profile(notice.profile, notice.band))

    async def _update_profile(self, profile: Profile, band: AgeBand | UnsetType) -> None:
        await self._matchmaker.update_profile(profile, band=band)

    def _do(self, notice: AccountNotice) -> None:
        match notice:
            case TokenInvalidated(user):
                self._authenticator.forget(user)
            case SessionsRevoked(user, sessions):
                self._authenticator.forget(user)
                for session_id in sessions:
                    self._hub.close_login(session_id)
            case AccountDeleted(user):
                self._authenticator.forget(user)
                self._hub.close_user(user, CloseCode.BAD_TOKEN)
            case ProfileChanged(user, profile, band, may_meet):
                self._authenticator.forget(user)
                self._hub.refresh(user, profile=profile, band=band, may_meet=may_meet)
            case BansChanged():
                self._on_decision()
