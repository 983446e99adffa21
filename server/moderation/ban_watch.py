"""Enforcement of decisions by other nodes, and of those that a crash or a database failure interrupted."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import Unavailable
from server.db.moderation import reports
from server.db.pool import Pool
from server.db.safety import bans
from server.moderation.enforcement import BanEnforcer
from server.moderation.network_bans import NetworkBans
from server.runtime.fault_log import Faults

WATCH_S = 1.0
"""Interval of the checks for decisions of other nodes, in seconds."""
OVERLAP_MS = 10_000
"""How far back a check looks: further than clocks differ and transactions last. Enforcing a ban
twice changes nothing."""


class BanWatch:
    """Checks for decisions every second, and immediately when notified of one."""

    def __init__(
        self,
        pool: Pool,
        *,
        decided: asyncio.Event,
        enforcer: BanEnforcer,
        network_bans: NetworkBans,
        clock: Clock,
        faults: Faults,
        deaths: Callable[[], int],
    ) -> None:
        """*decided* is set when there may be a decision to enforce; *deaths* counts the nodes that were found dead."""
        self._pool = pool
        self._decided = decided
        self._enforcer = enforcer
        self._network_bans = network_bans
        self._clock = clock
        self._faults = faults
        self._deaths = deaths
        self._deaths_seen = -1
        """The value of *deaths* at the last check of all users in rooms; a node may have died before this process
        started."""

    async def run(self) -> None:
        """Enforce decisions; runs until cancelled."""
        since = self._clock.now()
        while True:
            began, deaths = self._clock.now(), self._deaths()
            try:
                await self._enforce(since=min(since, began) - OVERLAP_MS, looks_back=deaths != self._deaths_seen)
                since, self._deaths_seen = began, deaths
            except Unavailable:
                pass  # The next check covers the same period.
            except Exception as fault:  # noqa: BLE001 - reported, and tried again
                self._faults.report("ban_not_enforced", fault)
            with suppress(TimeoutError):
                async with asyncio.timeout(WATCH_S):
                    await self._decided.wait()
            self._decided.clear()

    async def _enforce(self, *, since: int, looks_back: bool) -> None:
        users, ip_stamp = await bans.changed(self._pool, since=since)
        if looks_back:  # a dead node may not have enforced its decisions
            self._enforcer.owe(await reports.left_together(self._pool))
            users += await bans.in_rooms(self._pool)
        for user in users:
            ban = await bans.in_force(self._pool, user, now=self._clock.now())
            if ban is None:
                self._enforcer.lift(user)
            else:
                await self._enforcer.enforce(user, ban)
        await self._enforcer.part_owed()
        await self._network_bans.enforce(ip_stamp)
