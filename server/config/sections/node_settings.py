"""Settings of the start and stop of a node among others."""

from server.config.sections.setting_types import LongSeconds, Seconds, Switch
from server.config.sections.socket_settings import SocketSettings


class NodeSettings(SocketSettings, frozen=True, kw_only=True):
    """Settings of the start and stop of a node."""

    start_wait_s: LongSeconds = 60
    """How long a start waits for a database or a Redis that does not answer, before it fails."""
    drain_notice_s: LongSeconds = 2
    """With another node serving: how long a stopping node still accepts connections, with /readyz already at 503, until
    load balancers send it no new clients. At most a fifth of RONDO_DRAIN_S."""
    drain_s: Seconds = 25
    """How long a stop may take, from SIGTERM to exit; shorter than the platform's timeout before SIGKILL (30 s)."""
    clock_tolerance_s: Seconds = 0.5
    """Maximum difference between the clock of a starting node and those of the database, of Redis and of the other
    nodes: half a second is not noticeable in a grace of ten seconds, or an invite of twenty."""
    mixed_rules: Switch = False
    """Start beside nodes of the same release with different rules (graces, cooldowns …), with a warning in the log: for
    the rolling deploy that changes one. Off, such a start fails."""
