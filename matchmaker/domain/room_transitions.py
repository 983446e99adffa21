"""State transitions of a room, by actions of its users and by deadlines."""

from collections.abc import Callable

import msgspec

from matchmaker.domain import cooldown, torch
from matchmaker.domain.end_reason import visible_end_reason
from matchmaker.domain.errors import RateLimited, StateConflict
from matchmaker.domain.ids import RoomId, UserId
from matchmaker.domain.invite import Invite, InviteParty, call_length
from matchmaker.domain.room import Participant, Reason, Room, with_participant
from matchmaker.domain.ticket import Mode
from matchmaker.domain.timing import UPGRADE_DURATION_S, UPGRADE_EVERY_MS, Timing
from matchmaker.domain.transactions import RoomClosure, RoomTransition
from matchmaker.domain.user_events import (
    AnyUserEvent,
    PeerAway,
    PeerBack,
    RoomEnded,
    RoomLive,
    RoomModeChanged,
    UpgradeDeclined,
    UpgradeRequested,
)

_replace = msgspec.structs.replace


def open_room(
    room_id: RoomId,
    mode: Mode,
    first: InviteParty,
    second: InviteParty,
    *,
    now: int,
    rules: Timing,
    call: Invite | None = None,
) -> Room:
    """Return the room of two users who have accepted; *first* makes the offer. Text is live from the start.

    *call*: the invite of a call between friends; None: the room is of a match or a direct invite.
    """
    video = mode == "video"
    length = call_length(first.wish, second.wish) if call is None else call.duration_s
    has_cooldown = call is None and not (first.profile.mirror or second.profile.mirror)
    return Room(
        room_id=room_id,
        mode=mode,
        offerer=Participant(profile=first.profile, wish=first.wish, said_at=now),
        answerer=Participant(profile=second.profile, wish=second.wish, said_at=now),
        duration_s=length if video else None,
        kind="match" if call is None else "friend",
        started_at=now,
        connect_by=now + rules.connect_timeout_ms if video else None,
        live_at=None if video else now,
        cooldown_until=cooldown.at_opening(now=now, rules=rules) if has_cooldown else None,
    )


def deadline(room: Room, *, rules: Timing) -> int | None:
    """Return the next deadline of the room."""
    connect_by = room.connect_by if room.paused_at is None else None
    instants = (room.ends_at, room.grace_until, torch.deadline(room, rules=rules), connect_by)
    return min([at for at in instants if at is not None], default=None)


def advance_to(room: Room, *, now: int, rules: Timing) -> RoomTransition:
    """Return the room after everything that was due by *now*, each transition at its own instant, in order."""
    events: tuple[AnyUserEvent, ...] = ()
    while (at := deadline(room, rules=rules)) is not None and at <= now:
        due = _due(room, at=at)
        if due is not None:
            last = end(room, due[0], by=due[1], now=at, rules=rules)
            return _replace(last, events=events + last.events)
        step = torch.start_warning(room, now=at, rules=rules)
        room, events = step.room, events + step.events
    return RoomTransition(room=room, events=events)


def _due(room: Room, *, at: int) -> tuple[Reason, UserId | None] | None:
    if room.ends_at is not None and at >= room.ends_at:
        return "time_up", None
    for p in room.people:
        if p.away_until is not None and at >= p.away_until:
            return "grace_expired", p.user
    if room.paused_at is None and room.connect_by is not None and at >= room.connect_by:
        return "connect_failed", None
    if torch.is_running(room) and room.warned_until is not None and at >= room.warned_until:
        return "torch", None
    return None


def end(room: Room, reason: Reason, *, by: UserId | None, now: int, rules: Timing) -> RoomTransition:
    """Return how the room ends at *now*."""
    until = cooldown.after_room(room, reason, now=now, rules=rules)
    return closure_events(
        room, RoomClosure(reason=reason, by=by, at=now, live_ms=room.live_ms(now), cooldown_until=until)
    )


def closure_events(room: Room, ending: RoomClosure) -> RoomTransition:
    """Return the `room.ended` events for both users."""
    return RoomTransition(
        room=room,
        ending=ending,
        events=_both(
            room,
            lambda user: RoomEnded(
                to=user,
                room_id=room.room_id,
                reason=visible_end_reason(user, ending.reason, ending.by),
                by=ending.by,
                live_ms=ending.live_ms,
                cooldown_until=ending.cooldown_until,
            ),
        ),
    )


def leave(room: Room, *, by: UserId, reason: Reason, now: int, rules: Timing) -> RoomTransition:
    """Return the room ended by *by*. `connect_failed` is only accepted before media flows: later it is a hangup."""
    room.me(by)
    if reason == "next" and room.kind == "friend":
        reason = "hangup"
    if reason == "connect_failed" and (room.mode != "video" or room.live_at is not None):
        reason = "hangup"
    return end(room, reason, by=by, now=now, rules=rules)


def ready(room: Room, *, by: UserId, now: int) -> RoomTransition:
    """Return the room once media flows for *by*; when it does for both, the call clock starts. Idempotent."""
    me = room.me(by)
    if room.mode != "video" or room.live_at is not None or me.ready:
        return RoomTransition(room=room)
    room = with_participant(room, _replace(me, ready=True))
    if not room.peer(by).ready:
        return RoomTransition(room=room)
    ends_at: int | None = None
    if room.kind == "match" or room.duration_s is not None:
        ends_at = now + (room.duration_s or UPGRADE_DURATION_S) * 1_000
    room = _replace(room, live_at=now, ends_at=ends_at, connect_by=None)
    return RoomTransition(
        room=room,
        events=_both(room, lambda user: RoomLive(to=user, room_id=room.room_id, live_at=now, ends_at=ends_at)),
    )


def request_video(room: Room, *, by: UserId, now: int, rules: Timing) -> RoomTransition:
    """Return the room after *by* asked for video, or agreed to the peer's request.

    Raises:
        StateConflict: the room is video already, or *by* has asked and waits.
        RateLimited: *by* asked less than a minute ago; a request of the peer does not count.
    """
    me = room.me(by)
    peer = room.peer(by).user
    if room.mode == "video":
        raise StateConflict("this room is video already")
    if room.asked_by == peer:
        return _switch_to_video(room, now=now, rules=rules)
    if room.asked_by == by:
        raise StateConflict("you have asked already")
    if me.asked_at is not None and now < me.asked_at + UPGRADE_EVERY_MS:
        raise RateLimited("requests for video", me.asked_at + UPGRADE_EVERY_MS - now)
    room = _replace(with_participant(room, _replace(me, asked_at=now)), asked_by=by, asked_at=now)
    return RoomTransition(room=room, events=(UpgradeRequested(to=peer, room_id=room.room_id, by=by),))


def decline_video(room: Room, *, by: UserId) -> RoomTransition:
    """Return the room after *by* declined the peer's request for video.

    Raises:
        StateConflict: the peer has not asked.
    """
    peer = room.peer(room.me(by).user).user
    if room.asked_by != peer:
        raise StateConflict("video was not asked for")
    room = _replace(room, asked_by=None)
    return RoomTransition(room=room, events=(UpgradeDeclined(to=peer, room_id=room.room_id, by=by),))


def _switch_to_video(room: Room, *, now: int, rules: Timing) -> RoomTransition:
    since = now if room.paused_at is None else room.paused_at
    room = _replace(
        room,
        mode="video",
        offerer=_replace(room.offerer, ready=False),
        answerer=_replace(room.answerer, ready=False),
        duration_s=UPGRADE_DURATION_S,
        connect_by=since + rules.connect_timeout_ms,
        talked_ms=room.live_ms(now),
        live_at=None,
        idle=(),
        warned_until=None,
        asked_by=None,
    )
    return RoomTransition(room=room, events=_both(room, lambda user: RoomModeChanged(to=user, room=room)))


def mark_away(room: Room, *, user: UserId, now: int, rules: Timing) -> RoomTransition:
    """Return the room after the connection of *user* was lost: it is in grace, and the torch is paused."""
    me = room.me(user)
    if me.away_until is not None:
        return RoomTransition(room=room)
    until = now + rules.grace_for(room.mode)
    room = with_participant(room, _replace(me, away_until=until))
    room = _replace(room, paused_at=now if room.paused_at is None else room.paused_at)
    return RoomTransition(room=room, events=(PeerAway(to=room.peer(user).user, room_id=room.room_id, ends_at=until),))


def extend_grace(room: Room, *, by_ms: int) -> RoomTransition:
    """Return the room with *by_ms* more for each user who is away: in that time they could not reconnect."""
    events: tuple[AnyUserEvent, ...] = ()
    for person in room.people:
        if person.away_until is not None:
            until = person.away_until + by_ms
            room = with_participant(room, _replace(person, away_until=until))
            events += (PeerAway(to=room.peer(person.user).user, room_id=room.room_id, ends_at=until),)
    return RoomTransition(room=room, events=events)


def renew_grace(room: Room, *, less_than_ms: int, now: int, rules: Timing) -> RoomTransition:
    """Return the room with a full grace from *now* for each user who is away and has less than *less_than_ms* left."""
    events: tuple[AnyUserEvent, ...] = ()
    for person in room.people:
        if person.away_until is not None and person.away_until - now < less_than_ms:
            until = now + rules.grace_for(room.mode)
            room = with_participant(room, _replace(person, away_until=until))
            events += (PeerAway(to=room.peer(person.user).user, room_id=room.room_id, ends_at=until),)
    return RoomTransition(room=room, events=events)


def advance_after_outage(room: Room, *, now: int, rules: Timing) -> RoomTransition:
    """Do as `advance_to`, but start each deadline that is due by *now* anew, because what was due could not be stored.

    What the users did to meet it could not be stored either: a return, `room.ready`, a message. The call clock goes on.
    """
    late = _restart_due(room, now=now, rules=rules)
    step = advance_to(late.room, now=now, rules=rules)
    return _replace(step, events=late.events + step.events)


def _restart_due(room: Room, *, now: int, rules: Timing) -> RoomTransition:
    if room.paused_at is not None:
        return renew_grace(room, less_than_ms=1, now=now, rules=rules)
    if room.connect_by is not None and room.connect_by <= now:
        room = _replace(room, connect_by=now + rules.connect_timeout_ms)
    if torch.is_running(room):
        return torch.restart_due(room, now=now, rules=rules)
    return RoomTransition(room=room)


def mark_back(room: Room, *, user: UserId, now: int) -> RoomTransition:
    """Return the room after *user* reconnected; when both are connected, every timer continues from where it was."""
    me = room.me(user)
    if me.away_until is None:
        return RoomTransition(room=room)
    room = with_participant(room, _replace(me, away_until=None))
    events: tuple[AnyUserEvent, ...] = (PeerBack(to=room.peer(user).user, room_id=room.room_id),)
    if room.grace_until is not None or room.paused_at is None:
        return RoomTransition(room=room, events=events)
    away_ms = max(0, now - room.paused_at)
    room = torch.shift(_replace(room, paused_at=None), by_ms=away_ms, now=now)
    if room.connect_by is not None:
        room = _replace(room, connect_by=room.connect_by + away_ms)
    if room.warned_until is not None:
        events += torch.warning(room, ends_at=room.warned_until)
    return RoomTransition(room=room, events=events)


def recover(room: Room, *, crashed_at: int, now: int, rules: Timing) -> Room:
    """Return the room as a restarted process loads it: both users away, each with a full grace from *now*.

    The torch was paused since *crashed_at*, when the old process was last seen alive, or since the last recorded
    change of the room if that is later.
    """
    until = now + rules.grace_for(room.mode)
    known = [crashed_at, room.started_at, *(p.said_at for p in room.people)]
    if room.warned_until is not None:
        known.append(room.warned_until - rules.torch_warning_ms)
    return _replace(
        room,
        offerer=_replace(room.offerer, away_until=until),
        answerer=_replace(room.answerer, away_until=until),
        paused_at=min(max(known), now) if room.paused_at is None else room.paused_at,
    )


def _both(room: Room, event_for: Callable[[UserId], AnyUserEvent]) -> tuple[AnyUserEvent, ...]:
    return tuple(event_for(user) for user in room.users)
