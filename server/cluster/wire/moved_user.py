"""The state of one user as it moves from node to node.

Inside a node, instants are those of its steady clock; between nodes, of the wall clock.
"""

from collections.abc import Mapping

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.instants import shifted
from matchmaker.domain.ticket import Ticket
from matchmaker.domain.timing import FOREVER
from matchmaker.services.user_transfer import ReleasedUser
from signaling.connection.ports import Identity
from signaling.routing.people_stream import PeopleStream, SeenPresence
from signaling.routing.positions import Positions
from signaling.routing.replay_buffer import ReplayBuffer

MOVED_BYTES = 8 * 1024
"""Of the last events that move along. A client that has missed more is sent its state: a user who moves has neither
invite nor room. A full buffer is 256 KiB, and 17 of them are more than may wait for a node."""

_replace = msgspec.structs.replace


class PeopleState(msgspec.Struct, frozen=True):
    """What was numbered beside calls."""

    features: list[str]
    """What the client was granted."""
    seq: int
    events: list[bytes]
    began_at: int
    positions: list[tuple[str, int, int, int]]
    """As `Positions.packed`."""
    seen: dict[UserId, SeenPresence] | None = None
    """The friends that the client was shown as present."""


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    """What was numbered on the way to one client, and can be replayed."""

    key: str
    seq: int
    events: list[bytes]
    offset_ms: int
    """How far the time in frames to this client is ahead of the clock of the state."""
    notified: tuple[str, ...] = ()
    people: PeopleState | None = None
    """None: the client asked for nothing beside calls."""

    @classmethod
    def of(cls, session: ReplayBuffer) -> "SessionState":
        """Return the state of *session*."""
        people = None
        if (stream := session.people) is not None:
            granted, positions = sorted(stream.features), stream.positions.packed
            people = PeopleState(granted, stream.seq, stream.events, stream.began_at, positions, stream.seen)
        events = session.latest(MOVED_BYTES)
        return cls(
            key=session.key,
            seq=session.seq,
            events=events,
            offset_ms=session.offset_ms,
            notified=session.notified,
            people=people,
        )

    def restored(self) -> ReplayBuffer:
        """Return a session that continues from here."""
        session = ReplayBuffer(offset_ms=self.offset_ms, key=self.key, seq=self.seq, events=self.events)
        session.notified = self.notified
        if (people := self.people) is not None:
            positions = Positions(people.positions)
            session.people = PeopleStream.restore(
                people.features, people.seq, people.events, began_at=people.began_at, positions=positions
            )
            session.people.seen = people.seen
        return session


class MovedUser(msgspec.Struct, frozen=True, kw_only=True):
    """A map with names, not an array: releases before and after read what they know of it."""

    ask: int
    """The number under which the node that sent it waits for the answer."""
    user: UserId
    epoch: int
    released: ReleasedUser
    session: SessionState | None = None
    identity: Identity | None = None
    """None: no socket comes along, the user is away."""
    address: str = ""
    device: str = ""
    has_heartbeat: bool = False
    came: int = 0
    """When the hello of the link that counts arrived (wall clock)."""
    limits: dict[str, list[float]] = {}
    """What the user has used of `signaling.connection.rate_limits.SocketLimits`, by name."""


def state_by(state: MovedUser, ahead_ms: int) -> MovedUser:
    """Return *state* by a clock that is ahead by so much."""
    session, released = state.session, shifted(state.released, ahead_ms)
    avoided = None if released.avoided is None else _ends_by(released.avoided, ahead_ms)
    if session is not None:
        session = _replace(session, offset_ms=session.offset_ms - ahead_ms, people=_people_by(session.people, ahead_ms))
    return _replace(
        state,
        released=_replace(released, avoided=avoided, unanswered=_ends_by(released.unanswered, ahead_ms)),
        session=session,
        limits={name: [at + ahead_ms for at in used] for name, used in state.limits.items()},
    )


def _people_by(people: PeopleState | None, ahead_ms: int) -> PeopleState | None:
    if people is None or people.seen is None:
        return people
    seen = {
        user: (state, None if lost_at is None else lost_at + ahead_ms) for user, (state, lost_at) in people.seen.items()
    }
    return _replace(people, seen=seen)


def ticket_by(ticket: Ticket, ahead_ms: int) -> Ticket:
    """Return *ticket* by a clock that is ahead by so much."""
    return _replace(shifted(ticket, ahead_ms), avoid=_ends_by(ticket.avoid, ahead_ms))


def _ends_by(ends: Mapping[UserId, int], ahead_ms: int) -> Mapping[UserId, int]:
    return {user: at if at >= FOREVER else at + ahead_ms for user, at in ends.items()}
