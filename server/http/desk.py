"""What the resources work with, wired once in `server.app`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from matchmaker.clock import Clock
from matchmaker.ids import UserId
from matchmaker.matchmaker import Matchmaker
from server.door import Doorkeeper
from server.http.limits import Limits
from server.ledger.people import People
from server.ledger.pool import Pool
from server.ledger.sessions import Sessions
from server.metrics import Metrics, Scrape
from server.passwords import Passwords
from server.settings import Settings

if TYPE_CHECKING:  # their handlers take a desk
    from server.http.health import Health
    from server.http.ice import Ice


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a handler may reach for."""

    settings: Settings
    clock: Clock
    door: Doorkeeper
    people: People
    sessions: Sessions
    pool: Pool
    matchmaker: Matchmaker
    close_user: Callable[[UserId], object]
    """Closes the sockets of a person with 4401."""
    close_login: Callable[[str], object]
    """Closes the socket of a session with 4401."""
    limits: Limits
    passwords: Passwords
    ice: "Ice"
    health: "Health"
    metrics: Metrics
    scrape: Scrape
    openapi: bytes
    asyncapi: bytes
