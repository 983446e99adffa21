"""Settings of a node among others: how it starts beside them, and how it leaves."""

from server.config.sections.setting_types import LongSeconds, Seconds, Switch
from server.config.sections.socket_settings import SocketSettings


class NodeSettings(SocketSettings, frozen=True, kw_only=True):
    """What the operator decided about the start and the end of a node."""

    start_wait_s: LongSeconds = 60
    """How long a start waits for a database that does not answer yet, before it ends with an error."""
    drain_notice_s: LongSeconds = 2
    """How long a stop beside another node that serves goes on to take connections, with /readyz already at 503: so long
    load balancers need until they send no clients here. At most a fifth of RONDO_DRAIN_S."""
    drain_s: Seconds = 25
    """How long a stop may take, from SIGTERM to exit; shorter than the platform's patience (30 s)."""
    clock_tolerance_s: Seconds = 0.5
    """How far the clock of a machine that starts a node may be from those of the database, of Redis and of the other
    nodes: half a second of a grace of ten, or of an invite of twenty, is not noticed."""
    mixed_rules: Switch = False
    """Start beside nodes of the same release whose rules (graces, cooldowns …) are set otherwise, with a warning in the
    log: for the rolling deploy that changes one. Off, such a start is refused."""
