"""From what is known of a user to what is sent to another node, and back."""

from typing import Final

import msgspec

from matchmaker.rules import Rules
from matchmaker.seat import drop
from matchmaker.transfer import Released
from server.cluster.state import UserState
from signaling.conversation import Conversation
from signaling.door import Identity
from signaling.session import Session

encode: Final = msgspec.msgpack.Encoder().encode
read_released: Final = msgspec.msgpack.Decoder(Released).decode
read_identity: Final = msgspec.msgpack.Decoder(Identity).decode


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A user who was taken out here: enough to put them in again, or elsewhere."""

    released: Released
    session: Session | None
    conversation: Conversation | None
    """Whose socket comes along; None: the user is away."""
    epoch: int
    came: int

    def state(self) -> UserState:
        """Return what is sent."""
        session, conversation = self.session, self.conversation
        identity = None if conversation is None else conversation.identity
        return UserState(
            user=self.released.seat.user,
            epoch=self.epoch,
            seat=encode(self.released),
            session_key=None if session is None else session.key,
            session_seq=0 if session is None else session.seq,
            session_events=[] if session is None else session.events,
            identity=b"" if identity is None else encode(identity),
            address="" if conversation is None else conversation.address,
            device="" if conversation is None else conversation.device,
            has_heartbeat=conversation is not None and conversation.has_heartbeat,
            came=self.came,
        )


def away(released: Released, *, now: int, rules: Rules) -> Released:
    """Return the state of a user whose socket does not come along."""
    seat = drop(released.seat, epoch=released.seat.epoch, now=now, rules=rules)
    return msgspec.structs.replace(released, seat=seat)


def session_of(state: UserState) -> Session:
    """Return the session that came with *state*, or a new one."""
    if state.session_key is None:
        return Session()
    return Session.restore(state.session_key, state.session_seq, state.session_events)
