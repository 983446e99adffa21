"""How long two users are not matched again, by how their invite or room ended."""

from matchmaker.domain.invite import Outcome
from matchmaker.domain.room import Room
from matchmaker.domain.timing import Timing


def after_invite(outcome: Outcome, *, is_second: bool = False, now: int, rules: Timing) -> int | None:
    """Return the end of the cooldown after an invite that ended with *outcome*; None: there is no cooldown.

    *is_second*: the inviter had a direct invite to the same user expire less than `Timing.expired_cooldown_ms` ago.
    """
    if outcome == "expired" and is_second:
        return now + rules.expired_cooldown_ms
    if outcome == "declined":
        return now + rules.cooldown_ms
    if outcome == "cancelled":
        return now + rules.cancel_cooldown_ms
    return None


def at_opening(*, now: int, rules: Timing) -> int:
    """Return the cooldown to write when a room opens, so that a crash cannot re-pair the two users."""
    return now + rules.cooldown_ms


def after_room(room: Room, reason: str, *, now: int, rules: Timing) -> int | None:
    """Return the end of the cooldown after a room that ended; None: a room with the mirror writes none.

    Never before the cooldown written at the opening, with one exception: a call in which neither side reported
    media. If media flowed on one side, the peer has seen that user; a call that failed after text counts as a meeting.
    """
    written = room.cooldown_until
    if room.is_mirror or written is None:
        return None
    if reason == "connect_failed" and not (room.was_live or room.offerer.ready or room.answerer.ready):
        return min(written, room.started_at + rules.failed_cooldown_ms)
    return max(written, now + rules.cooldown_ms)
