"""Writes which users are connected to this node: changes once a second, everything if the rows are not as many."""

import asyncio
from itertools import count
from typing import Final

from matchmaker.domain.clock import Clock
from matchmaker.domain.ids import UserId
from matchmaker.ports.user_changes import UserChanges
from server.db.nodes import connected_users
from server.db.pool import Pool
from signaling.routing.hub import Hub

WRITE_S: Final = 1.0
SWEEP_EVERY: Final = 60
"""After how many writes the rows are counted: PostgreSQL empties the unlogged table when it crashes."""


class ConnectedUsers:
    """The users of one node, for operators and the e-mail check."""

    def __init__(
        self,
        pool: Pool,
        hub: Hub,
        *,
        changes: UserChanges,
        node: str,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._hub = hub
        self._node = node
        self._clock = clock
        self._changed: set[UserId] = set()
        """Users who connected or disconnected since they were last written."""
        changes.connection.subscribe(self._changed.add)

    async def run(self) -> None:
        """Write repeatedly; runs until cancelled.

        Raises:
            Unavailable: the database does not answer. Changes that were not written are kept.
        """
        for n in count():
            await self.write_changes()
            if n % SWEEP_EVERY == 0:
                await self.sweep()
            await asyncio.sleep(WRITE_S)

    async def write_changes(self) -> None:
        """Write the users who connected or disconnected since the last call."""
        changed = list(self._changed)
        if not changed:
            return
        self._changed.clear()
        here = {user: login for user in changed if (login := self._hub.login_of(user)) is not None}
        gone = [user for user in changed if user not in here]
        try:
            await connected_users.write(
                self._pool, self._node, connected=here, disconnected=gone, now=self._clock.now()
            )
        except BaseException:
            self._changed.update(changed)
            raise

    async def sweep(self) -> None:
        """Delete the rows of dead nodes, and write all connected users if there are not as many rows of this node."""
        stored = await connected_users.sweep(self._pool, self._node, now=self._clock.now())
        if stored != self._hub.stats.sessions:
            here = {user: login for user in self._hub.here() if (login := self._hub.login_of(user)) is not None}
            await connected_users.write_all(self._pool, self._node, connected=here, now=self._clock.now())
