"""The other nodes as the people services need them."""

from collections.abc import Callable, Coroutine
from typing import Any

from matchmaker.domain.ids import UserId
from server.cluster.broadcast import Hear
from server.cluster.cluster import Cluster
from server.cluster.wire.messages import BroadcastMessage


class ClusterNodes:
    """Implements `server.people.nodes.Nodes`: notices of own topics, each to one node."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def name(self) -> str:
        """What this node is called by the others."""
        return self._cluster.node

    @property
    def is_single(self) -> bool:
        """False: there may be others."""
        return False

    @property
    def is_deaf(self) -> bool:
        """Whether messages of other nodes cannot arrive just now: Redis does not answer."""
        return self._cluster.membership.has_redis and self._cluster.membership.is_cut_off

    def owns(self, user: UserId) -> bool:
        """Return whether this node owns *user*."""
        return self._cluster.context.owns(user)

    @property
    def others(self) -> list[str]:
        """The other nodes that live; none where nodes cannot hear each other."""
        return self._cluster.context.reachable

    def is_dead(self, node: str) -> bool:
        """Return whether *node* does not live any more."""
        return self._cluster.membership.is_dead(node)

    async def owner_of(self, user: UserId) -> str | None:
        """Return the node that owns *user*, this one if they are on the way; None: none. Raises `Unavailable`."""
        entry = await self._cluster.context.directory.lookup(user)
        return None if entry is None or self.is_dead(entry.node) else entry.node

    def send(self, node: str, topic: str, body: bytes) -> None:
        """Send a message to *node*."""
        self._cluster.context.send(node, BroadcastMessage(topic, body, is_kept=False))

    def on(self, topic: str, take: Hear) -> None:
        """Give *take* every message of this topic."""
        self._cluster.broadcast.on(topic, take)

    def on_loss(self, call: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have *call* make good that messages of other nodes, or for them, may have been lost."""
        self._cluster.broadcast.on_loss(call)
