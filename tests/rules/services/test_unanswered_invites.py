"""Direct invites that expired lately, as they are remembered here and go along with the inviter."""

from matchmaker.services.unanswered_invites import UnansweredInvites
from tests.support.builders import ADA, BOB, NOW

HOUR_MS = 3_600_000


def test_invite_counts_until_the_window_ends() -> None:
    unanswered = UnansweredInvites(HOUR_MS)
    unanswered.record(ADA, BOB, now=NOW)
    assert unanswered.is_recent(ADA, BOB, now=NOW + HOUR_MS - 1)
    assert not unanswered.is_recent(ADA, BOB, now=NOW + HOUR_MS)
    assert not unanswered.is_recent(BOB, ADA, now=NOW)


def test_expired_entries_are_dropped() -> None:
    unanswered = UnansweredInvites(HOUR_MS)
    unanswered.record(ADA, BOB, now=NOW)
    unanswered.record(ADA, BOB, now=NOW + 5)
    unanswered.record(BOB, ADA, now=NOW + HOUR_MS)
    assert unanswered.is_recent(ADA, BOB, now=NOW + HOUR_MS), "the newer one"
    unanswered.record(BOB, ADA, now=NOW + 2 * HOUR_MS)
    assert len(unanswered) == 1


def test_released_invites_count_where_they_are_adopted() -> None:
    here, there = UnansweredInvites(HOUR_MS), UnansweredInvites(HOUR_MS)
    here.record(ADA, BOB, now=NOW)
    there.adopt(ADA, here.release(ADA))
    assert not here.is_recent(ADA, BOB, now=NOW)
    assert there.is_recent(ADA, BOB, now=NOW + HOUR_MS - 1)
    assert not len(here)
