"""Readiness of this process for users, and the reason if it is not."""

from types import MappingProxyType
from typing import Literal, Protocol

from matchmaker.domain.errors import Unavailable
from server.cluster.ports.redis_fault import RedisFault
from server.db.nodes.heartbeats import NodeHeartbeat
from server.db.pool import DatabaseFault

Reason = DatabaseFault | RedisFault | Literal["starting", "draining"]

MESSAGES: MappingProxyType[Reason, str] = MappingProxyType(
    {
        "starting": "starting",
        "draining": "draining",
        "database_unreachable": "PostgreSQL does not answer",
        "database_read_only": "PostgreSQL is read-only",
        "database_full": "PostgreSQL is out of disk, memory or connections",
        "redis_unreachable": "Redis does not answer",
        "redis_read_only": "Redis is a replica",
        "redis_full": "Redis is out of memory or disk",
        "redis_no_replicas": "Redis has fewer replicas than it needs to take writes",
        "redis_loading": "Redis is loading its data",
        "redis_login_refused": "Redis refuses the user or password of REDIS_URL",
        "redis_tls_failed": "the TLS connection to Redis fails",
    }
)


class NotReady(Unavailable):
    """The process runs and must not be sent users now."""

    def __init__(self, reason: Reason) -> None:
        super().__init__()
        self.message = f"not ready: {MESSAGES[reason]} ({reason})"


class ClusterHealth(Protocol):
    """What this process knows of itself as one of several nodes."""

    def redis_fault(self) -> RedisFault | None:
        """Return why Redis cannot be used; None: it can, or there is none."""
        ...

    def has_compared_rooms(self) -> bool:
        """Return whether the rooms of this node have been compared with PostgreSQL since it was last away."""
        ...


class Health:
    """Readiness: users need a node that serves and can write to the database."""

    def __init__(self, node: NodeHeartbeat, cluster: ClusterHealth | None) -> None:
        """*cluster*: None for a process that is not one of several."""
        self._node = node
        self._cluster = cluster
        self.phase: Literal["starting", "serving", "draining"] = "starting"
        """Set to `serving` between the end of recovery and the first SIGTERM."""
        self.is_giving_notice = False
        """Whether sockets are still accepted while draining, until load balancers have noticed."""

    def redis_fault(self) -> RedisFault | None:
        """Return why Redis cannot be used; None: it can, or there is none."""
        return None if self._cluster is None else self._cluster.redis_fault()

    def serve(self) -> None:
        """Accept users from now on."""
        self.phase = "serving"

    def drain(self) -> None:
        """Accept no more users."""
        self.phase = "draining"

    def give_notice(self, *, on: bool) -> None:
        """Set whether sockets are accepted while draining."""
        self.is_giving_notice = on

    def require_open(self) -> None:
        """Check that a socket may be opened here.

        Raises:
            NotReady: the process starts, or drains.
        """
        if self.phase != "serving" and not self.is_giving_notice:
            raise NotReady(self.phase)

    def reason(self) -> Reason | None:
        """Return why users may not be sent here; None: they may. As of the latest heartbeat, without a query.

        A node without Redis is not ready only while other nodes have it: during an outage for all of them, pages and
        log-in stay available. After an outage of PostgreSQL a node is ready once it has given up the rooms
        that others have taken over, and closed the sockets of their users.
        """
        if self.phase != "serving":
            return self.phase
        if self._node.fault is not None:
            return self._node.fault
        if self._cluster is not None and not self._cluster.has_compared_rooms():
            return "database_unreachable"
        return self.redis_fault() if self._node.others_reach_redis else None

    def status(self) -> tuple[bool, str]:
        """Return whether users may be sent here, and what is wrong; the latter may be Redis
        although users may be sent.
        """
        reason = self.reason()
        return reason is None, reason or self.redis_fault() or ""
