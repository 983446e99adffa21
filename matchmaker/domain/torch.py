"""The torch: idle users, the warning, and the end of a text room in which a user is silent.

lit ─120 s silent→ warning ─every idle user sends a message→ lit
                   warning ─60 s→ out
"""

import msgspec

from matchmaker.domain.ids import UserId
from matchmaker.domain.room import Room, with_participant
from matchmaker.domain.timing import Timing
from matchmaker.domain.transactions import RoomTransition
from matchmaker.domain.user_events import AnyUserEvent, TorchCleared, TorchWarning


def is_running(room: Room) -> bool:
    """Return whether the torch runs in this room: text, live, and both connected."""
    return room.mode == "text" and room.live_at is not None and room.paused_at is None


def deadline(room: Room, *, rules: Timing) -> int | None:
    """Return when a user becomes idle or the torch goes out; None while it does not run."""
    if not is_running(room):
        return None
    instants = [p.said_at + rules.torch_idle_ms for p in room.people if p.user not in room.idle]
    if room.warned_until is not None:
        instants.append(room.warned_until)
    return min(instants)


def start_warning(room: Room, *, now: int, rules: Timing) -> RoomTransition:
    """Return the room with every user who is idle at *now* in the warning; a user added to a running warning does not
    extend it.
    """
    silent = [p.user for p in room.people if now >= p.said_at + rules.torch_idle_ms]
    idle = tuple(user for user in room.users if user in room.idle or user in silent)
    if idle == room.idle:
        return RoomTransition(room=room)
    until = now + rules.torch_warning_ms if room.warned_until is None else room.warned_until
    room = msgspec.structs.replace(room, idle=idle, warned_until=until)
    return RoomTransition(room=room, events=warning(room, ends_at=until))


def record_message(room: Room, *, by: UserId, now: int) -> RoomTransition:
    """Return the room after *by* sent a message. Time in grace does not count: the message counts as sent before it."""
    if room.mode != "text" or room.live_at is None:
        return RoomTransition(room=room)
    said_at = now if room.paused_at is None else room.paused_at
    room = with_participant(room, msgspec.structs.replace(room.me(by), said_at=said_at))
    if by not in room.idle:
        return RoomTransition(room=room)
    idle = tuple(user for user in room.idle if user != by)
    room = msgspec.structs.replace(room, idle=idle, warned_until=room.warned_until if idle else None)
    events = () if idle else tuple(TorchCleared(to=user, room_id=room.room_id) for user in room.users)
    return RoomTransition(room=room, events=events)


def shift(room: Room, *, by_ms: int, now: int) -> Room:
    """Return the room with every instant of the torch shifted by *by_ms*, the time that a user was away."""
    for p in room.people:
        room = with_participant(room, msgspec.structs.replace(p, said_at=min(now, p.said_at + by_ms)))
    until = None if room.warned_until is None else room.warned_until + by_ms
    return msgspec.structs.replace(room, warned_until=until)


def restart_due(room: Room, *, now: int, rules: Timing) -> RoomTransition:
    """Return the room with a whole warning from *now* if one is over, and with users who have been silent for long
    enough to be warned, but were not, due for a warning at *now*.
    """
    events: tuple[AnyUserEvent, ...] = ()
    if room.warned_until is not None and room.warned_until <= now:
        room = msgspec.structs.replace(room, warned_until=now + rules.torch_warning_ms)
        events = warning(room, ends_at=now + rules.torch_warning_ms)
    for p in room.people:
        if p.user not in room.idle:
            said_at = max(p.said_at, now - rules.torch_idle_ms)
            room = with_participant(room, msgspec.structs.replace(p, said_at=said_at))
    return RoomTransition(room=room, events=events)


def warning(room: Room, *, ends_at: int) -> tuple[AnyUserEvent, ...]:
    """Return the warning events for both users."""
    return tuple(TorchWarning(to=user, room_id=room.room_id, idle=room.idle, ends_at=ends_at) for user in room.users)
