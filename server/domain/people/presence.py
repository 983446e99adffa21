"""What friends are shown of where a user is, and when: a function of (record, now).

A change is shown at once, and then at most one in `every_ms`, the last one always. Who lost the connection is offline
after `hold_ms`.
"""

from typing import Literal

import msgspec

PresenceState = Literal["online", "in_call", "offline"]


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of the operator."""

    hold_ms: int
    every_ms: int


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """Where one user is, and what friends were told last. Instants are Unix milliseconds."""

    is_in_call: bool = False
    lost_at: int | None = None
    """Since when they are not connected; None: they are."""
    shown: PresenceState
    shown_at: int
    """When friends were told that; from then on `Pace.every_ms` counts."""


def state(track: Track, *, now: int, pace: Pace) -> PresenceState:
    """Return where the user is."""
    if track.lost_at is not None and now >= track.lost_at + pace.hold_ms:
        return "offline"
    return "in_call" if track.is_in_call else "online"


def moved(track: Track, *, is_connected: bool, is_in_call: bool, now: int) -> Track:
    """Return the track once the user connected, disconnected, entered or left a room."""
    lost_at = None if is_connected else now if track.lost_at is None else track.lost_at
    return msgspec.structs.replace(track, is_in_call=is_in_call, lost_at=lost_at)


def deadline(track: Track, *, now: int, pace: Pace) -> int | None:
    """Return when friends are to be told something next; None: they know where the user is, until the user moves."""
    if state(track, now=now, pace=pace) != track.shown:
        return max(now, track.shown_at + pace.every_ms)
    if track.lost_at is not None and track.shown != "offline":
        return max(track.lost_at + pace.hold_ms, track.shown_at + pace.every_ms)
    return None


def advance(track: Track, *, now: int, pace: Pace) -> tuple[Track, PresenceState | None]:
    """Return the track, and what friends are to be told now; None: nothing yet."""
    current = state(track, now=now, pace=pace)
    if current == track.shown or now < track.shown_at + pace.every_ms:
        return track, None
    return msgspec.structs.replace(track, shown=current, shown_at=now), current
