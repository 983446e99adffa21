"""Warning when a proxy in front is not trusted, so that all users appear to have the same address."""

import structlog

from matchmaker.domain.clock import Clock
from server.config.settings import Settings
from server.db.accounts.login_origins import users_without_network
from server.db.pool import Pool

USERS_MIN = 3
"""Minimum number of users: fewer may be the operator and friends in a private network."""

log = structlog.get_logger()


class ProxyWatch:
    """Checks for users without a network (product.md, section 1), on a service with a public URL."""

    def __init__(self, settings: Settings, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._is_over = settings.public_url is None

    async def check(self) -> None:
        """Log one warning, once per process, if no user of the last day came from a network.

        Raises:
            Unavailable: the database cannot be reached.
        """
        if self._is_over:
            return
        users = await users_without_network(self._pool, now=self._clock.now())
        if users >= USERS_MIN:
            self._is_over = True
            log.warning("users_without_network", users=users, setting="RONDO_TRUSTED_PROXIES")
