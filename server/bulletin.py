"""What has to hold on every node at once: a token that ended, a person who is gone, a name, an access that changed.

It is done here, then said to the other nodes. Whoever did not hear it asks the ledger anew: see `Bulletin.reread`.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from matchmaker.bus import Bus
from matchmaker.ids import UserId
from matchmaker.profile import Profile
from matchmaker.ticket import Band
from server.door import Doorkeeper
from server.ledger.sessions import Sessions
from signaling.closecodes import CloseCode
from signaling.speaker import Speaker

KIND: Final = "bulletin"


class Forget(msgspec.Struct, frozen=True, tag=True):
    """What the tokens of somebody prove has changed."""

    user: UserId


class Ended(msgspec.Struct, frozen=True, tag=True):
    """These sessions are over: their tokens are dead, their sockets are closed."""

    user: UserId
    sessions: list[str]


class Gone(msgspec.Struct, frozen=True, tag=True):
    """An account was deleted."""

    user: UserId


class Changed(msgspec.Struct, frozen=True, tag=True):
    """Somebody has another profile, another band of age, or may meet people now."""

    user: UserId
    profile: Profile | None = None
    band: Band | UnsetType = UNSET
    may_meet: bool | None = None


class Decided(msgspec.Struct, frozen=True, tag=True):
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
        self._bus: Bus | None = None

    def post_on(self, bus: Bus) -> None:
        """Let other nodes know from now on, and hear from them."""
        self._bus = bus
        bus.on(KIND, lambda _, body: self._do(_decode(body)))

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
        if self._bus is not None:
            self._bus.broadcast(KIND, _encode(Decided()))

    async def reread(self) -> None:
        """Make good what this node may not have heard: believe no token unasked, close the sockets of ended sessions.

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
        if self._bus is not None:
            self._bus.broadcast(KIND, _encode(notice))

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
