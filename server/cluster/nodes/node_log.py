"""Transitions of nodes in the log: one line when a node joins, leaves, or is lost.

The line's own `node` is who writes it; `other_node` is the node it is about.
"""

from collections.abc import Mapping
from typing import Final

import structlog

FRESH_MS: Final = 1_000
"""A node that was heard this recently before it left the list has left by itself; a dead one is silent for longer."""
ABSENT_S: Final = 2.0
"""How long a node must be off the list to be called gone: after a flush all are, until their next heartbeat."""

log = structlog.get_logger()


class NodeLog:
    """What the log has said of the other nodes."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._ages: dict[str, int] | None = None
        """Nodes that are known, and how long each had been silent (ms) when it was last heard."""
        self._absent_since: dict[str, float] = {}

    def record_nodes(self, alive: Mapping[str, int], *, now: float) -> None:
        """Log who has joined or left. *alive*: how long each node that lives has been silent (ms); *now* in seconds."""
        others = {node: age for node, age in alive.items() if node != self._node}
        if self._ages is None:  # those that were here before us have not joined
            self._ages = others
            return
        for node in others.keys() - self._ages.keys():
            log.info("node_joined", other_node=node, nodes=len(others) + 1)
        self._ages.update(others)
        absent = self._ages.keys() - others.keys()
        self._absent_since = {node: self._absent_since.get(node, now) for node in absent}
        for node in [node for node, since in self._absent_since.items() if now - since > ABSENT_S]:
            if self._ages.pop(node) <= FRESH_MS:
                log.info("node_left", other_node=node, nodes=len(others) + 1)

    def lost(self, node: str, *, users: int, has_ended: bool, is_cut_off: bool, silent_s: float) -> None:
        """Log that *node* is dead, or only cut off from Redis; *users*: whose link between this node and it is cut."""
        if self._ages is not None:
            self._ages.pop(node, None)
        if is_cut_off:  # its database heartbeat continues
            log.warning("node_cut_off", other_node=node, users=users, silent_s=silent_s)
        else:
            reason = "process_ended" if has_ended else "heartbeat_timeout"
            log.warning("node_lost", other_node=node, reason=reason, users=users, silent_s=silent_s)
