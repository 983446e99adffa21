"""Detection of steps of the system clock: deadlines stored in wall clock time are written again after a step."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from matchmaker.domain.clock import WallClock
from matchmaker.domain.errors import Unavailable
from matchmaker.matchmaker import Matchmaker
from server.auth.attempt_limits import AttemptLimits
from server.auth.tokens import TokenAuthenticator

EVERY_S: Final = 1.0
STEP_MS: Final = 1_000
"""Minimum size of a step that is logged."""

log = structlog.get_logger()


class ClockWatch:
    """Checks once a second."""

    def __init__(
        self, clock: WallClock, matchmaker: Matchmaker, authenticator: TokenAuthenticator, limits: AttemptLimits
    ) -> None:
        self.steps = 0
        """Number of clock steps of more than a second, and suspensions of the machine of more than a second."""
        self._clock = clock
        self._matchmaker = matchmaker
        self._authenticator = authenticator
        self._limits = limits
        self._rooms_are_stale = False

    async def run(self) -> None:
        """Check periodically; runs until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.check()

    async def check(self) -> None:
        """Read the system clock, and store the open rooms again after a step, so that a restart reads deadlines of the
        new time.

        Sessions that began before keep the server time of their welcome, which their clients use.
        """
        step_ms = self._clock.follow_system_clock()
        if abs(step_ms) > STEP_MS:
            self.steps += 1
            log.warning("clock_stepped", step_s=round(step_ms / 1_000, 1))
            self._authenticator.forget_all()
            self._limits.forget()
        self._rooms_are_stale |= step_ms != 0
        if self._rooms_are_stale:
            with suppress(Unavailable):  # retried at the next check
                await self._matchmaker.store_rooms_again()
                self._rooms_are_stale = False
