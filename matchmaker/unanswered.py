"""Direct invites that expired lately: the second one by the same inviter to the same user is a cooldown."""

from matchmaker.ids import UserId


class Unanswered:
    """Remembers each pair of inviter and invitee for *within_ms*; bounded by how many invites a user may send."""

    def __init__(self, within_ms: int) -> None:
        self._within_ms = within_ms
        self._expired: dict[tuple[UserId, UserId], int] = {}
        """When the last invite of the one to the other expired (Unix milliseconds); the oldest first."""

    def __len__(self) -> int:
        return len(self._expired)

    def is_recent(self, inviter: UserId, invitee: UserId, *, now: int) -> bool:
        """Tell whether an invite of *inviter* to *invitee* has expired within the window before *now*."""
        at = self._expired.get((inviter, invitee))
        return at is not None and now < at + self._within_ms

    def note(self, inviter: UserId, invitee: UserId, *, now: int) -> None:
        """Note that an invite of *inviter* to *invitee* has expired at *now*, and forget those outside the window."""
        self._expired.pop((inviter, invitee), None)
        self._expired[inviter, invitee] = now
        while self._expired and self._expired[first := next(iter(self._expired))] + self._within_ms <= now:
            del self._expired[first]
