"""Who is told how a room ended."""

from matchmaker.ids import UserId
from matchmaker.room import Reason

_KEPT_QUIET: frozenset[Reason] = frozenset(("blocked", "reported"))


def reason_for(user: UserId, reason: Reason, by: UserId | None) -> Reason:
    """Return the reason that *user* is given: nobody learns that they were blocked or reported."""
    return "hangup" if reason in _KEPT_QUIET and user != by else reason
