"""Direct invites that expired lately: the second one by the same inviter to the same user starts a cooldown."""

from collections import deque
from collections.abc import Mapping

from matchmaker.domain.ids import UserId


class UnansweredInvites:
    """Remembers each pair of inviter and invitee for *within_ms*; bounded by the rate limit of invites."""

    def __init__(self, within_ms: int) -> None:
        self._within_ms = within_ms
        self._expired: dict[UserId, dict[UserId, int]] = {}
        """By inviter and invitee: when the last invite of the one to the other expired (Unix milliseconds)."""
        self._noted: deque[tuple[int, UserId, UserId]] = deque()

    def __len__(self) -> int:
        return sum(map(len, self._expired.values()))

    def is_recent(self, inviter: UserId, invitee: UserId, *, now: int) -> bool:
        """Return whether an invite of *inviter* to *invitee* has expired within the window before *now*."""
        at = self._expired.get(inviter, {}).get(invitee)
        return at is not None and now < at + self._within_ms

    def record(self, inviter: UserId, invitee: UserId, *, now: int) -> None:
        """Record that an invite of *inviter* to *invitee* has expired at *now*, and drop entries outside the window."""
        self._put(inviter, invitee, now)
        while self._noted and self._noted[0][0] + self._within_ms <= now:
            at, one, other = self._noted.popleft()
            mine = self._expired.get(one, {})
            if mine.get(other) == at:
                del mine[other]
                if not mine:
                    del self._expired[one]

    def release(self, inviter: UserId) -> Mapping[UserId, int]:
        """Remove the invites of *inviter*, and return when each expired, by invitee."""
        return self._expired.pop(inviter, {})

    def adopt(self, inviter: UserId, expired: Mapping[UserId, int]) -> None:
        """Add the invites of a user whom another process has released."""
        for invitee, at in expired.items():
            self._put(inviter, invitee, at)

    def _put(self, inviter: UserId, invitee: UserId, at: int) -> None:
        self._expired.setdefault(inviter, {})[invitee] = at
        self._noted.append((at, inviter, invitee))
