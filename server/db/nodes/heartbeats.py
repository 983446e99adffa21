"""Heartbeats: which processes serve, when each was last alive, and whether this one can write to the database."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable
from server.db.pool import DatabaseFault, Pool, fault_of
from server.runtime.background import keep_running
from server.runtime.outage import Outage

BEAT_S = 0.5
ANSWER_S = 2.0
"""Timeout of a heartbeat; the timeout of platforms for /readyz is rarely more than five seconds."""
LIVES_MS = 1_300
"""Two heartbeats, and a margin for different clocks."""
FORGET_MS = 7 * 86_400_000

log = structlog.get_logger()

# Whether others reach Redis is read in the same statement: it has to be known the moment that this node does not.
BEAT = """
WITH own AS (UPDATE nodes SET seen_at = at_ms($2), reaches_redis = $3 WHERE node_id = $1)
SELECT EXISTS (SELECT FROM nodes WHERE node_id <> $1 AND left_at IS NULL AND reaches_redis AND seen_at > at_ms($2 - $4))
"""


def needs_no_redis() -> bool:
    """Return True: without other nodes there is no Redis that could be away."""
    return True


def _log_fault(fault: Exception) -> None:
    log.error("heartbeat_failed", exc_info=fault)


class NodeHeartbeat:
    """The heartbeat of this process in the database: twice a second between `join` and `leave`.

    A heartbeat is a write, so it also shows whether users can be served: one log line when that ends or starts again.
    """

    def __init__(
        self,
        pool: Pool,
        node_id: str,
        clock: Clock,
        *,
        beat_s: float = BEAT_S,
        answer_s: float = ANSWER_S,
        offers_redis: Callable[[], bool] = needs_no_redis,
        on_fault: Callable[[Exception], None] = _log_fault,
    ) -> None:
        """*offers_redis* returns whether this node reaches Redis, and takes users who would go to one that does not.
        *on_fault* gets unexpected exceptions.
        """
        self._pool = pool
        self._node_id = node_id
        self._clock = clock
        self._beat_s = beat_s
        self._answer_s = answer_s
        self._heart: asyncio.Task[None] | None = None
        self._outage = Outage[DatabaseFault]("database_lost", "database_restored")
        self._offers_redis = offers_redis
        self._on_fault = on_fault
        self.others_reach_redis = False
        """Whether another living node reached Redis at its latest heartbeat, as of ours, and did not drain."""

    @property
    def fault(self) -> DatabaseFault | None:
        """Why the latest heartbeat could not be written; None: it was written."""
        return self._outage.fault

    async def join(self) -> int | None:
        """Start the heartbeat; return when another process was last alive (Unix milliseconds), None if none ever was.

        At a start after a crash this is the time of the crash, to half a second.

        Raises:
            Unavailable: the database cannot be reached.
        """
        now = self._clock.now()
        last_seen = await self.last_seen()
        await self._pool.execute(
            """INSERT INTO nodes (node_id, started_at, seen_at) VALUES ($1, at_ms($2), at_ms($2))
               ON CONFLICT (node_id) DO UPDATE SET
                   started_at = EXCLUDED.started_at, seen_at = EXCLUDED.seen_at, left_at = NULL""",
            self._node_id,
            now,
        )
        await forget(self._pool, now=now)
        self._heart = asyncio.create_task(keep_running(self._beat, self._on_fault), name="heartbeat")
        return last_seen

    async def last_seen(self) -> int | None:
        """Return when any process was last alive: one of this name as well, unless it is this one, after `join`."""
        own = self._node_id if self._heart is not None else ""
        last_seen: int | None = await self._pool.fetchval(
            "SELECT unix_ms(max(GREATEST(seen_at, left_at))) FROM nodes WHERE node_id <> $1", own
        )
        return last_seen

    async def leave(self) -> None:
        """Stop the heartbeat and delete its row, if the database answers; idempotent."""
        heart, self._heart = self._heart, None
        if heart is None:
            return
        heart.cancel()
        with suppress(asyncio.CancelledError):
            await heart
        with suppress(Unavailable):
            await self._pool.execute(
                "UPDATE nodes SET seen_at = at_ms($2), left_at = at_ms($2) WHERE node_id = $1",
                self._node_id,
                self._clock.now(),
            )

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._beat_s)
            until = loop.time() + self._answer_s
            try:
                async with asyncio.timeout_at(until):
                    self.others_reach_redis = await self._pool.fetchval(
                        BEAT, self._node_id, self._clock.now(), self._offers_redis(), LIVES_MS
                    )
            except (Unavailable, TimeoutError) as error:
                self._outage.record(fault_of(error), late_s=loop.time() - until)
            else:
                self._outage.record(None)


async def forget(pool: Pool, *, now: int) -> int:
    """Delete processes without a heartbeat for a week, and return how many there were."""
    return int(
        (await pool.execute("DELETE FROM nodes WHERE seen_at < at_ms($1)", now - FORGET_MS)).removeprefix("DELETE ")
    )
