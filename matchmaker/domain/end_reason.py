"""The end reason of a room that each user is shown."""

from matchmaker.domain.ids import UserId
from matchmaker.domain.room import Reason

_HIDDEN: frozenset[Reason] = frozenset(("blocked", "reported"))


def visible_end_reason(user: UserId, reason: Reason, by: UserId | None) -> Reason:
    """Return the reason that *user* is shown, which does not reveal a block or a report."""
    return "hangup" if reason in _HIDDEN and user != by else reason
