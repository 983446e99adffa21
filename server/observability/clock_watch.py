"""Follows the system's clock: what was decided by another time of day is looked at again when it is set."""

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
"""From which size on a step is worth a line in the log."""

log = structlog.get_logger()


class ClockWatch:
    """Looks once a second."""

    def __init__(
        self, clock: WallClock, matchmaker: Matchmaker, authenticator: TokenAuthenticator, limits: AttemptLimits
    ) -> None:
        self.steps = 0
        """How often the clock was set by more than a second, or the machine was suspended for longer."""
        self._clock = clock
        self._matchmaker = matchmaker
        self._authenticator = authenticator
        self._limits = limits
        self._rooms_are_stale = False

    async def run(self) -> None:
        """Look again and again; runs until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.check()

    async def check(self) -> None:
        """Follow the system's clock, and store the open rooms again if it was set: restarts read them by the new time.

        Sessions that were begun before keep the time that they were told: their clients count on it.
        """
        step_ms = self._clock.follow_system_clock()
        if abs(step_ms) > STEP_MS:
            self.steps += 1
            log.warning("clock_stepped", step_s=round(step_ms / 1_000, 1))
            self._authenticator.forget_all()
            self._limits.forget()
        self._rooms_are_stale |= step_ms != 0
        if self._rooms_are_stale:
            with suppress(Unavailable):  # tried again at the next look
                await self._matchmaker.store_rooms_again()
                self._rooms_are_stale = False
