"""The limit of unanswered calls to a friend. Instants are Unix milliseconds."""

from collections.abc import Sequence

import msgspec


class CallTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The limit of unanswered calls of a user to one friend."""

    many: int = 3
    """0: no limit."""
    within_ms: int = 600_000


def wait_ms(ended: Sequence[int], *, now: int, terms: CallTerms) -> int:
    """Return how long a caller has to wait for the next call; *ended*: end times of unanswered calls, newest first."""
    if not terms.many or len(ended) < terms.many:
        return 0
    return max(0, ended[terms.many - 1] + terms.within_ms - now)
