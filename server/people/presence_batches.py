"""Changes of presence, sent in batches: most of the cost of a change is a write to the socket of each friend."""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from matchmaker.domain.ids import UserId

PERIOD_S: Final = 1.0


class PresenceBatches:
    """Collects users whose presence has changed. The first change is sent immediately, further ones once a second."""

    def __init__(self, send: Callable[[Collection[UserId]], None]) -> None:
        """*send* sends the current presence of users to all who watch them."""
        self._send = send
        self._changed: set[UserId] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, user: UserId) -> None:
        """Send the presence of *user* within a second."""
        self._changed.add(user)
        if self._timer is None:
            self._send_and_wait()

    def flush(self) -> None:
        """Send what waits now: some recipient, or one whose presence has changed, is about to leave this node."""
        if self._changed:
            changed, self._changed = self._changed, set()
            self._send(changed)

    def close(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _send_and_wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PERIOD_S, self._end_period)
        self.flush()

    def _end_period(self) -> None:
        self._timer = None
        if self._changed:
            self._send_and_wait()
