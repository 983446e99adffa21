"""Log lines of nodes: one when a node joins, leaves, or is lost.

The line's own `node` is the writer; `other_node` is the subject.
"""

from collections.abc import Mapping
from typing import Final

import structlog

FRESH_MS: Final = 1_000
"""A node whose last heartbeat was this recent when it left the list has stopped; a dead one is silent for longer."""
ABSENT_S: Final = 2.0
"""How long a node must be off the list to be logged as left: after a flush all are, until their next heartbeat."""

log = structlog.get_logger()


class NodeLog:
    """The nodes as last logged."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._ages: dict[str, int] | None = None
        """Known nodes, and the age (ms) of their last heartbeat when it was read."""
        self._absent_since: dict[str, float] = {}

    def record_nodes(self, alive: Mapping[str, int], *, now: float) -> None:
        """Log nodes that have joined or left. *alive*: silence (ms) of each live node; *now* in seconds."""
        others = {node: age for node, age in alive.items() if node != self._node}
        if self._ages is None:  # nodes that were there before this one have not joined
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
        """Log that *node* is dead, or only cut off from Redis; *users*: number of users whose link to it is cut."""
        if self._ages is not None:
            self._ages.pop(node, None)
        if is_cut_off:  # its database heartbeat continues
            log.warning("node_cut_off", other_node=node, users=users, silent_s=silent_s)
        else:
            reason = "process_ended" if has_ended else "heartbeat_timeout"
            log.warning("node_lost", other_node=node, reason=reason, users=users, silent_s=silent_s)
