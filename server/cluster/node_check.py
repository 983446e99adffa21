"""Compare this process, before it serves, with the nodes on the same Redis, whose cards come with their heartbeats."""

import asyncio
import time
from typing import Final

import structlog

from server.cluster.cluster import Cluster
from server.cluster.heartbeats_redis import RedisHeartbeats
from server.cluster.node_records import NodeRecord, differences, objection, require_common_time
from server.config.errors import StartupError

DECIDE_S: Final = 4.0
"""How long a start may take to know whether a node that has its name, or differs from it, still lives."""
LOOK_S: Final = 0.15

log = structlog.get_logger()


class NodeCheck:
    """Looks at the nodes that came before this one."""

    def __init__(self, cluster: Cluster, heartbeats: RedisHeartbeats, *, tolerance_s: float, takes_over: bool) -> None:
        """*takes_over*: another process may have the same name."""
        self._cluster = cluster
        self._heartbeats = heartbeats
        self._tolerance_s = tolerance_s
        self._takes_over = takes_over

    async def insist(self) -> None:
        """Pass if no node that lives objects; called once this one has had a heartbeat.

        Raises:
            StartupError: its name is taken, or it differs in what all must have in common.
            Unavailable: Redis or PostgreSQL does not answer.
        """
        require_common_time(self._heartbeats.offset, "Redis", tolerance_s=self._tolerance_s)
        until = time.monotonic() + DECIDE_S
        while why := self._objection(others := await self._others()):
            if time.monotonic() > until:
                raise StartupError(why)
            await asyncio.sleep(LOOK_S)
        for other in others:
            if differing := differences(self._own, other):
                log.warning("node_rules_differ", other_node=other.name, differing=differing)

    @property
    def _own(self) -> NodeRecord:
        own = self._heartbeats.card
        assert own is not None
        return own

    async def _others(self) -> list[NodeRecord]:
        """Return the cards of the nodes that came before, and live as far as is known now."""
        supervision, lives = self._cluster.supervision, self._cluster.membership.is_heard
        await supervision.poll_postgres()
        await supervision.beat()
        cards = await self._heartbeats.older_cards()
        return [card for node, card in cards.items() if card is not None and lives(node)]

    def _objection(self, others: list[NodeRecord]) -> str | None:
        """Return why one of *others* is against this node."""
        own, give_ms = self._own, self._heartbeats.offset.give_ms
        for other in others:
            if other.name == own.name and not self._takes_over:
                return f"another process is called {own.name} and lives: stop it, or set RONDO_NODE to another name"
            if why := objection(own, other, tolerance_s=self._tolerance_s, give_ms=give_ms):
                return why
        return None
