"""What has to hold on every node at once: a token that ended, a person who is gone, a name, an access that changed.

It is done here, then broadcast to the other nodes. A node that may have missed something asks the ledger anew.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.ids import UserId
from matchmaker.profile import Profile
from matchmaker.room import Reason
from matchmaker.ticket import Band
from server.cluster.cluster import Cluster
from server.door import Doorkeeper
from server.ledger.sessions import Sessions
from signaling.closecodes import CloseCode
from signaling.speaker import Speaker

KIND: Final = "bulletin"


class Forget(msgspec.Struct, frozen=True, tag="Forget"):
    """What the tokens of somebody prove has changed."""

    user: UserId


class Ended(msgspec.Struct, frozen=True, tag="Ended"):
    """These sessions are over: their tokens are dead, their sockets are closed."""

    user: UserId
    sessions: list[str]


class Gone(msgspec.Struct, frozen=True, tag="Gone"):
    """An account was deleted."""

    user: UserId


class Changed(msgspec.Struct, frozen=True, tag="Changed"):
    """Somebody has another profile, another band of age, or may meet people now."""

    user: UserId
    profile: Profile | None = None
    band: Band | UnsetType = UNSET
    may_meet: bool | None = None


class Decided(msgspec.Struct, frozen=True, tag="Decided"):
    """A moderator, or the rules, decided something that the ledger knows of."""


Notice = Forget | Ended | Gone | Changed | Decided

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Notice).decode


class Bulletin:
    """Does it here, and has it done on the other nodes."""

    def __init__(self, door: Doorkeeper, speaker: Speaker, sessions: Sessions) -> None:
        self.on_decision: Callable[[], None] = _nothing
        """Told that there is a decision to enforce."""
        self._door = door
        self._speaker = speaker
        self._sessions = sessions
        self._cluster: Cluster | None = None

    def join(self, cluster: Cluster) -> None:
        """Let other nodes know from now on, and hear from them."""
        self._cluster = cluster
        cluster.broadcast.on(KIND, lambda _, body: self._apply(_decode(body)))
        cluster.broadcast.on_loss(self._reread)

    def forget(self, user: UserId) -> None:
        """Let every node ask anew what the tokens of *user* prove."""
        self._post(Forget(user))

    def end(self, user: UserId, *sessions: str) -> None:
        """Let the tokens of *sessions*, which are over, be dead everywhere, and close their sockets."""
        self._post(Ended(user, list(sessions)))

    def dismiss(self, user: UserId) -> None:
        """Close the socket of *user*, whose account is no more, wherever it is."""
        self._post(Gone(user))

    def change(
        self,
        user: UserId,
        *,
        profile: Profile | None = None,
        band: Band | UnsetType = UNSET,
        may_meet: bool | None = None,
    ) -> None:
        """Let a live conversation know of a changed profile, age band or access, wherever it is."""
        self._post(Changed(user, profile, band, may_meet))

    def decide(self) -> None:
        """Have the other nodes enforce at once what has been decided; here it is done already."""
        if self._cluster is not None:
            self._cluster.broadcast.send(KIND, _encode(Decided()))

    async def expel(self, user: UserId, reason: Reason) -> None:
        """Take a user out of queue, invite and room, on whichever node they are.

        Raises:
            Unavailable: the node does not answer, or the end of the room cannot be made durable.
        """
        if self._cluster is None:
            await self._speaker.matchmaker.expel(user, reason)
        else:
            await self._cluster.expel(user, reason)

    async def _reread(self) -> None:
        """Do what other nodes may have broadcast unheard: trust no known token, close the sockets of ended sessions.

        Raises:
            Unavailable: the ledger cannot be asked.
        """
        self._door.forget_everybody()
        logins = self._speaker.hub.logins()
        for session_id in logins - await self._sessions.among(logins):
            self._speaker.hub.close_login(session_id)
        self.on_decision()

    def _post(self, notice: Notice) -> None:
        self._do(notice)
        if self._cluster is not None:
            self._cluster.broadcast.send(KIND, _encode(notice))

    def _apply(self, notice: Notice) -> None:
        self._do(notice)
        if isinstance(notice, Changed) and notice.profile is not None and self._cluster is not None:
            self._cluster.context.spawn(self._rename(notice.profile, notice.band))

    async def _rename(self, profile: Profile, band: Band | UnsetType) -> None:
        await self._speaker.matchmaker.rename(profile, band=band)

    def _do(self, notice: Notice) -> None:
        match notice:
            case Forget(user):
                self._door.forget(user)
            case Ended(user, sessions):
                self._door.forget(user)
                for session_id in sessions:
                    self._speaker.hub.close_login(session_id)
            case Gone(user):
                self._door.forget(user)
                self._speaker.hub.close_user(user, CloseCode.BAD_TOKEN)
            case Changed(user, profile, band, may_meet):
                self._door.forget(user)
                self._speaker.refresh(user, profile=profile, band=band, may_meet=may_meet)
            case Decided():
                self.on_decision()


def _nothing() -> None:
    """Do nothing."""
