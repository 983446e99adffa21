"""Changes of accounts that every node applies: ended sessions, deleted accounts, changed profiles and access.

Applied on this node, then broadcast to the others. A node that may have missed a broadcast reads the database again.
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
from server.cluster.cluster import NodeBase
from server.db.accounts.sessions import Sessions
from signaling.routing.hub import Hub
from signaling.wire.close_codes import CloseCode

KIND: Final = "bulletin"


class TokenInvalidated(msgspec.Struct, frozen=True, tag="Forget"):
    """The rights of a user's tokens have changed."""

    user: UserId


class SessionsRevoked(msgspec.Struct, frozen=True, tag="Ended"):
    """These sessions have ended: their tokens are invalid, their sockets are closed."""

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
    """A moderator or an automatic rule has made a decision that is stored in the database."""


AccountNotice = TokenInvalidated | SessionsRevoked | AccountDeleted | ProfileChanged | BansChanged

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AccountNotice).decode


class AccountBroadcast:
    """Applies changes of accounts on this node and broadcasts them to the others."""

    def __init__(
        self,
        *,
        authenticator: TokenAuthenticator,
        hub: Hub,
        matchmaker: Matchmaker,
        sessions: Sessions,
        on_decision: Callable[[], None],
        cluster: NodeBase | None,
    ) -> None:
        """*on_decision* is called when another node may have made a decision that this node has to enforce."""
        self._on_decision = on_decision
        self._authenticator = authenticator
        self._hub = hub
        self._matchmaker = matchmaker
        self._sessions = sessions
        self._cluster = cluster
        if cluster is not None:
            cluster.topics.on(KIND, lambda _, body: self._apply(_decode(body)))
            cluster.topics.on_loss(self._refresh_all)

    def forget(self, user: UserId) -> None:
        """Drop the cached tokens of *user* on every node."""
        self._post(TokenInvalidated(user))

    def end(self, user: UserId, *sessions: str) -> None:
        """Invalidate the tokens of *sessions*, which have ended, on every node, and close their sockets."""
        self._post(SessionsRevoked(user, list(sessions)))

    def dismiss(self, user: UserId) -> None:
        """Close the socket of *user*, whose account was deleted, on whichever node it is."""
        self._post(AccountDeleted(user))

    def change(
        self,
        user: UserId,
        *,
        profile: Profile | None = None,
        band: AgeBand | UnsetType = UNSET,
        may_meet: bool | None = None,
    ) -> None:
        """Send a changed profile, age band or access to the live room of the user, on whichever node it is."""
        self._post(ProfileChanged(user, profile, band, may_meet))

    def decide(self) -> None:
        """Have the other nodes enforce a decision before their next poll; this node has enforced it already."""
        if self._cluster is not None:
            self._cluster.topics.send_all(KIND, _encode(BansChanged()))

    async def expel(self, user: UserId, reason: Reason) -> None:
        """Remove a user from queue, invite and room, on whichever node they are.

        Raises:
            Unavailable: the node does not answer, or the end of the room cannot be committed.
        """
        if self._cluster is None or not await self._cluster.others.end_elsewhere(user, reason):
            await self._matchmaker.remove_user(user, reason)

    async def _refresh_all(self) -> None:
        """Recover from broadcasts that may have been missed: drop all cached tokens, close the sockets of ended
        sessions.

        Raises:
            Unavailable: the database does not answer.
        """
        self._authenticator.forget_all()
        logins = self._hub.logins()
        for session_id in logins - await self._sessions.among(logins):
            self._hub.close_login(session_id)
        self._on_decision()

    def _post(self, notice: AccountNotice) -> None:
        self._do(notice)
        if self._cluster is not None:
            self._cluster.topics.send_all(KIND, _encode(notice))

    def _apply(self, notice: AccountNotice) -> None:
        self._do(notice)
        if isinstance(notice, ProfileChanged) and notice.profile is not None and self._cluster is not None:
            self._cluster.context.spawn(self._update_profile(notice.profile, notice.band))

    async def _update_profile(self, profile: Profile, band: AgeBand | UnsetType) -> None:
        self._matchmaker.update_profile(profile, band=band)

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
