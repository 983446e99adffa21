"""Which ending costs what: how long two people do not meet again."""

from matchmaker.domain.invite import Outcome
from matchmaker.domain.room import Room
from matchmaker.domain.timing import Timing


def after_invite(outcome: Outcome, *, is_second: bool = False, now: int, rules: Timing) -> int | None:
    """Return until when an invite that ended with *outcome* keeps the two apart; None: not at all.

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
    """Return the cooldown written when a room opens, so that a crash in between can never re-pair the two."""
    return now + rules.cooldown_ms


def after_room(room: Room, reason: str, *, now: int, rules: Timing) -> int | None:
    """Return until when a room that ended keeps its two people apart; None: a room with the mirror, which writes none.

    Never before what was written at the opening, with one exception: a call of which neither side had said that media
    flows. If it flowed on one side, the peer has seen that user; a call that failed after text was a meeting.
    """
    written = room.cooldown_until
    if room.is_mirror or written is None:
        return None
    if reason == "connect_failed" and not (room.was_live or room.offerer.ready or room.answerer.ready):
        return min(written, room.started_at + rules.failed_cooldown_ms)
    return max(written, now + rules.cooldown_ms)
