"""Presence as shown to friends, and when it changes: a function of (record, now).

A change is sent immediately, further ones at most every `every_ms`, the last one always. A disconnected user is
shown as offline after `hold_ms`.
"""

from typing import Literal

import msgspec

from matchmaker.domain.user_state import UserState

PresenceState = Literal["online", "in_call", "offline"]


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's intervals."""

    hold_ms: int
    every_ms: int


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """Presence of a user, and the state last sent to friends. Instants are Unix milliseconds."""

    is_in_call: bool = False
    lost_at: int | None = None
    """Since when the user is disconnected; None: connected."""
    shown: PresenceState
    shown_at: int
    """When it was sent; the next change is sent `Pace.every_ms` later at the earliest."""


def state(track: Track, *, now: int, pace: Pace) -> PresenceState:
    """Return the current state."""
    if track.lost_at is not None and now >= track.lost_at + pace.hold_ms:
        return "offline"
    return "in_call" if track.is_in_call else "online"


def moved(track: Track, *, is_connected: bool, is_in_call: bool, now: int) -> Track:
    """Return the track after the user connected, disconnected, entered or left a room."""
    lost_at = None if is_connected else now if track.lost_at is None else track.lost_at
    return msgspec.structs.replace(track, is_in_call=is_in_call, lost_at=lost_at)


def moved_by_state(track: Track, user: UserState, *, now: int) -> Track:
    """Return the track after the state of its user has changed; a conversation with a mirror is no call."""
    is_in_call = user.room is not None and not user.mirrored
    return moved(track, is_connected=user.connected, is_in_call=is_in_call, now=now)


def deadline(track: Track, *, now: int, pace: Pace) -> int | None:
    """Return when the next change is to be sent; None: friends have the current state."""
    if state(track, now=now, pace=pace) != track.shown:
        return max(now, track.shown_at + pace.every_ms)
    if track.lost_at is not None and track.shown != "offline":
        return max(track.lost_at + pace.hold_ms, track.shown_at + pace.every_ms)
    return None


def advance(track: Track, *, now: int, pace: Pace) -> tuple[Track, PresenceState | None]:
    """Return the track, and the state to send now; None: nothing to send."""
    current = state(track, now=now, pace=pace)
    if current == track.shown or now < track.shown_at + pace.every_ms:
        return track, None
    return msgspec.structs.replace(track, shown=current, shown_at=now), current
