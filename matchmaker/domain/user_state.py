"""The state of one user, who is in exactly one phase:

idle ─join→ queued ─pair, invite→ invited ─all accept→ in_room ─end→ idle
  └───────────────────invite───────────┘     (declined, expired …: back to queued or idle)
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Literal

import msgspec

from matchmaker.domain.ids import InviteId, RoomId, UserId
from matchmaker.domain.profile import Profile
from matchmaker.domain.ticket import ALL_AGES, NO_USERS, AgeBand, OfferedUsers, Ticket
from matchmaker.domain.timing import OFFERED_MAX, Timing

Phase = Literal["idle", "queued", "invited", "in_room"]


class UserState(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one user. The phase follows from what the state holds, so a user cannot have two phases."""

    profile: Profile
    band: AgeBand = ALL_AGES
    """The age band they may meet, as authenticated at `hello`."""
    epoch: int = 0
    """Number of the newest connection; reports of older ones are ignored."""
    connected: bool = False
    lost_at: int | None = None
    """Since when there is no connection (Unix milliseconds)."""
    ticket: Ticket | None = None
    """The place in the queue; kept, but not offered, while an invite is open."""
    invite: InviteId | None = None
    side_invite: InviteId | None = None
    """A direct invite that leaves them in the queue, because they joined with `auto_accept`; never beside `invite`."""
    room: RoomId | None = None
    mirrored: bool = False
    """The room is with the mirror: the ticket stays in the queue, because a real user has priority."""
    last_room: RoomId | None = None
    """The room left last: leaving it again is not an error."""
    shown: tuple[UserId, ...] = ()
    """Users that `discover` has listed in this session, newest last."""
    offered: OfferedUsers = {}
    """Users offered by queue or invite in this session."""
    rooms_due: int = 0
    """GCRA of rooms: when the allowance is full again, at one room per `Timing.room_every_ms` (Unix milliseconds)."""
    deadline: int | None = None
    """The next deadline of this state (Unix milliseconds)."""

    @property
    def user(self) -> UserId:
        """The user's id."""
        return self.profile.user_id

    @property
    def phase(self) -> Phase:
        """The one phase of this user."""
        if self.room is not None:
            return "in_room"
        if self.invite is not None:
            return "invited"
        return "idle" if self.ticket is None else "queued"

    @property
    def open_invite(self) -> InviteId | None:
        """The invite they can still answer or cancel, whether or not it took them out of the queue."""
        return self.side_invite if self.invite is None else self.invite

    @property
    def is_waiting(self) -> bool:
        """Whether this user can be paired now: connected, with a ticket, and in no room other than with the mirror."""
        if self.ticket is None or not self.connected:
            return False
        return self.mirrored or (self.room is None and self.invite is None)


def connect(state: UserState, *, resumed: bool) -> UserState:
    """Return the state with one more connection, which now supersedes the others."""
    fresh = {} if resumed else {"shown": (), "offered": NO_USERS}
    ticket = state.ticket
    if ticket is not None and not resumed:
        ticket = msgspec.structs.replace(ticket, offered=NO_USERS)
    return msgspec.structs.replace(
        state, epoch=state.epoch + 1, connected=True, lost_at=None, deadline=None, ticket=ticket, **fresh
    )


def disconnect(state: UserState, *, epoch: int, now: int, rules: Timing) -> UserState:
    """Mark connection number *epoch* as lost; a place in queue or invite is kept for `Timing.queue_hold_ms`."""
    if epoch != state.epoch or not state.connected:
        return state
    return with_deadline(msgspec.structs.replace(state, connected=False, lost_at=now), rules=rules)


def with_deadline(state: UserState, *, rules: Timing) -> UserState:
    """Return the state with the deadline that follows from its contents and `lost_at`."""
    if state.connected or state.lost_at is None:
        return state if state.deadline is None else msgspec.structs.replace(state, deadline=None)
    holds = state.phase in ("queued", "invited")
    deadline = state.lost_at + rules.queue_hold_ms if holds else _expires_at(state, state.lost_at, rules)
    return msgspec.structs.replace(state, deadline=deadline)


def hold_expired(state: UserState, *, now: int, rules: Timing) -> bool:
    """Return whether the user has been disconnected for longer than a place is kept."""
    until = held_until(state, rules=rules)
    return until is not None and now >= until


def has_left_invite(state: UserState | None) -> bool:
    """Return whether the holder of an invite was removed, or has left the queue beside which it was open."""
    return state is None or (state.side_invite is not None and state.ticket is None)


def held_until(state: UserState, *, rules: Timing) -> int | None:
    """Return until when the place of a disconnected user is kept (Unix milliseconds); None: they are connected."""
    return None if state.connected or state.lost_at is None else state.lost_at + rules.queue_hold_ms


def is_expired(state: UserState, *, now: int, rules: Timing) -> bool:
    """Return whether the state can be dropped: the user did not reconnect and nothing is held."""
    return (
        not state.connected
        and state.phase == "idle"
        and state.lost_at is not None
        and now >= _expires_at(state, state.lost_at, rules)
    )


def _expires_at(state: UserState, lost_at: int, rules: Timing) -> int:
    """Return when the state of an idle user can be dropped: not before their room limit is full again."""
    return max(lost_at + rules.resume_ms, state.rooms_due)


def pairing_wait(state: UserState, *, now: int, rules: Timing) -> int:
    """Return in how many milliseconds the user may enter one more room; 0: now."""
    return max(0, state.rooms_due - now - rules.room_every_ms * (rules.rooms_burst - 1))


def enter_room(state: UserState, room: RoomId, other: UserId, *, now: int, rules: Timing) -> UserState:
    """Return the state in *room* with *other*, a real user; it counts against the room limit."""
    return msgspec.structs.replace(
        state,
        room=room,
        invite=None,
        side_invite=None,
        ticket=None,
        mirrored=False,
        offered=_with_newest(state.offered, (other,)),
        rooms_due=max(state.rooms_due, now) + rules.room_every_ms if rules.room_every_ms else state.rooms_due,
    )


def mark_proposed(state: UserState, other: UserId) -> UserState:
    """Return the state after *other* was offered to this user."""
    return with_offered(state, (other,))


def with_offered(state: UserState, others: Sequence[UserId]) -> UserState:
    """Return the state after *others* were offered to this user; the same object if all were before."""
    offered = _with_newest(state.offered, others)
    if offered is state.offered:
        return state
    ticket = state.ticket and msgspec.structs.replace(state.ticket, offered=offered)
    return msgspec.structs.replace(state, offered=offered, ticket=ticket)


def _with_newest(offered: OfferedUsers, others: Iterable[UserId]) -> OfferedUsers:
    """Return *offered* with *others* as the newest, at most OFFERED_MAX; the same object if all are in it already."""
    new = dict.fromkeys(user for user in others if user not in offered)
    if not new:
        return offered
    both = {**offered, **new}
    for user in tuple(islice(both, max(0, len(both) - OFFERED_MAX))):
        del both[user]
    return both


def append_bounded(known: tuple[UserId, ...], *more: UserId) -> tuple[UserId, ...]:
    """Return *known* with *more* appended, bounded, without duplicates."""
    new = [user for user in dict.fromkeys(more) if user not in known]
    return (known + tuple(new))[-OFFERED_MAX:] if new else known
