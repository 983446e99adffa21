"""Time limits of matchmaking: every duration in milliseconds, each with its reason."""

import msgspec

SECOND = 1_000
HOUR = 3_600 * SECOND
FOREVER = 1 << 62
"""An instant that is never reached: the end of a block."""

LIVE_FOR_HISTORY_MS = 5 * SECOND
"""Rooms that were live for less than this are not in the history."""
LIVE_FOR_COMPLETION_MS = 30 * SECOND
"""Rooms that were live for this long count as a completed conversation."""
COMPLETIONS_TO_VERIFY = 4
"""How many completed conversations lead from `grace` to `verified`, and to an invite code."""
UPGRADE_DURATION_S = 300
"""Length of a video call that began as text."""
UPGRADE_EVERY_MS = 60 * SECOND
"""At most one request for video per user and room in this time."""
DURATION_S = (60, 1800)
"""Shortest and longest call that a user may ask for, whole seconds."""
DEFAULT_DURATION_S = 300
OFFERED_MAX = 1_000
"""How many users a session remembers as shown or offered; the oldest are dropped first."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Time limits that an operator may change; the defaults are those of the product."""

    invite_ttl_ms: int = 20 * SECOND
    """How long an invite stays open."""
    grace_ms: int = 10 * SECOND
    """How long a disconnected user keeps their place in a video room: covers one network handover or one deploy."""
    text_grace_ms: int = 60 * SECOND
    """The same in a text room: a phone suspends the page as soon as its user opens another app."""
    cooldown_ms: int = 24 * HOUR
    """How long two users who met, or one of whom declined, are not matched again."""
    cancel_cooldown_ms: int = HOUR
    """The same after the inviter cancelled."""
    failed_cooldown_ms: int = HOUR
    """The cooldown, from the start of a call, of two users between whom no media flowed on either side."""
    expired_cooldown_ms: int = HOUR
    """Cooldown after the second direct invite by a user to the same user that expired within this time."""
    rooms_burst: int = 10
    """How many rooms a user may enter in a row."""
    room_every_ms: int = 6 * SECOND
    """Time after which one more room is allowed; 0: there is no limit."""
    torch_idle_ms: int = 120 * SECOND
    """How long a user may send nothing in a text room before being idle."""
    torch_warning_ms: int = 60 * SECOND
    """How long the torch warning runs before the room ends."""
    connect_timeout_ms: int = 30 * SECOND
    """How long two browsers may take until media flows."""
    queue_hold_ms: int = 5 * SECOND
    """How long a disconnected user keeps their place in the queue and in an open invite."""
    interest_wait_ms: int = 5 * SECOND
    """How long a shared interest has priority over a longer wait."""
    resume_ms: int = 90 * SECOND
    """How long a session can be resumed after its connection was lost."""
    mirror_after_ms: int | None = None
    """How long a user waits alone before the mirror joins them; None: there is no mirror."""

    def grace_for(self, mode: str) -> int:
        """Return how long a participant may be disconnected from a room of *mode*."""
        return self.grace_ms if mode == "video" else self.text_grace_ms
