"""From what is known of a user to what is sent to another node, and back.

Inside a node, instants are those of its steady clock; between nodes, of the wall clock. *ahead_ms* is the difference.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from matchmaker.ids import UserId
from matchmaker.instants import shifted
from matchmaker.rules import FOREVER, Rules
from matchmaker.seat import drop
from matchmaker.ticket import Ticket
from matchmaker.transfer import Released
from server.cluster.state import UserState
from signaling.conversation import Conversation
from signaling.door import Identity
from signaling.people_stream import PeopleStream
from signaling.positions import Positions
from signaling.session import Session

encode: Final = msgspec.msgpack.Encoder().encode
_read_released: Final = msgspec.msgpack.Decoder(Released).decode
_read_ticket: Final = msgspec.msgpack.Decoder(Ticket).decode
read_identity: Final = msgspec.msgpack.Decoder(Identity).decode


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A user who was taken out here: enough to put them in again, or elsewhere."""

    released: Released
    session: Session | None
    conversation: Conversation | None
    """Whose socket comes along; None: the user is away."""
    limits: Mapping[str, list[float]]
    epoch: int
    came: int

    def state(self, ahead_ms: int) -> UserState:
        """Return what is sent."""
        session, conversation = self.session, self.conversation
        people = None if session is None else session.people
        identity = None if conversation is None else conversation.identity
        return UserState(
            user=self.released.seat.user,
            epoch=self.epoch,
            seat=encode(_moved(self.released, ahead_ms)),
            session_key=None if session is None else session.key,
            session_seq=0 if session is None else session.seq,
            session_events=[] if session is None else session.events,
            session_ahead_ms=0 if session is None else session.offset_ms - ahead_ms,
            people_features=None if people is None else sorted(people.features),
            people_seq=0 if people is None else people.seq,
            people_events=[] if people is None else people.events,
            people_began_at=0 if people is None else people.began_at,
            people_positions=[] if people is None else people.positions.packed,
            identity=b"" if identity is None else encode(identity),
            address="" if conversation is None else conversation.address,
            device="" if conversation is None else conversation.device,
            has_heartbeat=conversation is not None and conversation.has_heartbeat,
            came=self.came,
            limits={name: [at + ahead_ms for at in used] for name, used in self.limits.items()},
        )


def away(released: Released, *, now: int, rules: Rules) -> Released:
    """Return the state of a user whose socket does not come along."""
    seat = drop(released.seat, epoch=released.seat.epoch, now=now, rules=rules)
    return msgspec.structs.replace(released, seat=seat)


def released_of(state: UserState, ahead_ms: int) -> Released:
    """Return what *state* tells of a user, by the clock of this node."""
    return _moved(_read_released(state.seat), -ahead_ms)


def limits_of(state: UserState, ahead_ms: int) -> dict[str, list[float]]:
    """Return what a user has used of their limits, by the clock of this node."""
    return {name: [at - ahead_ms for at in used] for name, used in state.limits.items()}


def session_of(state: UserState, ahead_ms: int) -> Session:
    """Return the session that came with *state*, or a new one."""
    if state.session_key is None:
        return Session(offset_ms=ahead_ms)
    offset_ms = state.session_ahead_ms + ahead_ms
    session = Session.restore(state.session_key, state.session_seq, state.session_events, offset_ms=offset_ms)
    if state.people_features is not None:
        session.people = PeopleStream.restore(
            state.people_features,
            state.people_seq,
            state.people_events,
            began_at=state.people_began_at,
            positions=Positions(state.people_positions),
        )
    return session


def pack_ticket(ticket: Ticket, ahead_ms: int) -> bytes:
    """Return *ticket* as it is sent."""
    return encode(_moved_ticket(ticket, ahead_ms))


def ticket_of(data: bytes, ahead_ms: int) -> Ticket:
    """Return a ticket that was sent, by the clock of this node."""
    return _moved_ticket(_read_ticket(data), -ahead_ms)


def _moved(released: Released, ms: int) -> Released:
    avoided = None if released.avoided is None else _moved_ends(released.avoided, ms)
    unanswered = _moved_ends(released.unanswered, ms)
    return msgspec.structs.replace(shifted(released, ms), avoided=avoided, unanswered=unanswered)


def _moved_ticket(ticket: Ticket, ms: int) -> Ticket:
    return msgspec.structs.replace(shifted(ticket, ms), avoid=_moved_ends(ticket.avoid, ms)) if ms else ticket


def _moved_ends(instants: Mapping[UserId, int], ms: int) -> Mapping[UserId, int]:
    return {user: at if at >= FOREVER else at + ms for user, at in instants.items()} if ms else instants
